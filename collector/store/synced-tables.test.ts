import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { openEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';
import type { Store } from './store.ts';
import { synced } from './synced-tables.ts';

const folder = temporaryFolder('synced-tables');
afterAll(() => folder.remove());

async function unsynced(store: Store): Promise<string[]> {
  const rows = await store.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'tallyd' AND engine LIKE '%MergeTree' AND NOT " +
      "(create_table_query LIKE '%fsync_after_insert = 1%' AND create_table_query LIKE '%fsync_part_directory = 1%')",
  );
  return rows.map(({ name }) => name);
}

it('a statement that makes no table of parts stays as it is', () => {
  for (const statement of ['CREATE TABLE t ENGINE = Memory AS SELECT 1', 'CREATE VIEW v AS SELECT 1'])
    expect(synced(statement)).toBe(statement);
});

it('every table of a new store syncs its inserts', async () => {
  const store = await openTestStore(join(folder.path, 'new'));
  expect(await unsynced(store)).toEqual([]);
  await store.close();
});

it('tables that were made without get it when the store opens, and keep their retention', async () => {
  const path = join(folder.path, 'old');
  const engine = await openEmbedded({ path, poolThreads: 12, maxThreads: 2 });
  await migrate(engine);
  await engine.command(
    'ALTER TABLE tallyd.usage_events RESET SETTING fsync_after_insert, fsync_part_directory',
  );
  await engine.command('ALTER TABLE tallyd.stale_hours RESET SETTING fsync_after_insert');
  await engine.close();
  const store = await openTestStore(path, { retention: { usage_events: 3650 } });
  expect(await unsynced(store)).toEqual([]);
  const [table] = await store.rows<{ ddl: string }>(
    "SELECT create_table_query AS ddl FROM system.tables WHERE database = 'tallyd' AND name = 'usage_events'",
  );
  expect(table!.ddl).toContain('TTL toDateTime(ts) + toIntervalDay(3650) SETTINGS');
  await store.close();
});
