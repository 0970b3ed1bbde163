/** `clickhouse/schema.sql` against the migrations it stands for. `npm run schema` writes it anew. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import { type EmbeddedEngine, openEmbedded } from './embedded.ts';
import { migrate, readMigrations } from './migrate.ts';
import { describeSchema, fingerprintOf, readSnapshot, SNAPSHOT_FILE } from './schema-snapshot.ts';

const folder = temporaryFolder('schema-snapshot');
let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await openEmbedded({ path: join(folder.path, 'store'), poolThreads: 12, maxThreads: 1 });
});
beforeEach(() => engine.command('DROP DATABASE IF EXISTS tallyd SYNC'));
afterAll(async () => {
  await engine.close();
  folder.remove();
});

const all = readMigrations();

/** One migration after the other, as a store grew up with them. */
async function migrateStepByStep(): Promise<void> {
  for (const { version } of all) await migrate(engine, all.slice(0, version));
}

describe('the snapshot of the schema', () => {
  it('is what the migrations make', async () => {
    await migrateStepByStep();
    await expect(await describeSchema(engine, all)).toMatchFileSnapshot(SNAPSHOT_FILE);
  });

  it('gives a new store the same columns, keys and settings, and the list of migrations', async () => {
    const everything = async () => ({
      tables: await engine.rows(
        'SELECT name, engine, create_table_query, partition_key, sorting_key, primary_key ' +
          "FROM system.tables WHERE database = 'tallyd' ORDER BY name",
      ),
      columns: await engine.rows(
        'SELECT table, position, name, type, default_kind, default_expression, compression_codec ' +
          "FROM system.columns WHERE database = 'tallyd' ORDER BY table, position",
      ),
      applied: await engine.rows('SELECT version, name, hash FROM tallyd.schema_migrations ORDER BY version'),
    });
    await migrateStepByStep();
    const grown = await everything();
    await engine.command('DROP DATABASE tallyd SYNC');
    const statements: string[] = [];
    const watched = Object.assign(Object.create(engine) as EmbeddedEngine, {
      command: (sql: string) => {
        statements.push(sql);
        return engine.command(sql);
      },
      rows: engine.rows.bind(engine),
    });
    await migrate(watched);
    expect(statements.some((sql) => sql.includes('ALTER TABLE'))).toBe(false);
    expect(await everything()).toEqual(grown);
  });

  it('has views whose columns are what their queries give', async () => {
    await migrate(engine);
    const views = await engine.rows<{ name: string; query: string }>(
      "SELECT name, as_select AS query FROM system.tables WHERE database = 'tallyd' AND engine = 'View'",
    );
    expect(views.length).toBeGreaterThan(10);
    for (const { name, query } of views) {
      if (query.includes('{')) continue; // has parameters
      const columns = await engine.rows(
        `SELECT name, type FROM system.columns WHERE database = 'tallyd' AND table = '${name}' ORDER BY position`,
      );
      const described = await engine.rows<{ name: string; type: string }>(`DESCRIBE TABLE (${query})`);
      expect(
        described.map((column) => ({ name: column.name, type: column.type })),
        name,
      ).toEqual(columns);
    }
  });

  it('is of these migrations and no others', () => {
    expect(readSnapshot().of).toBe(fingerprintOf(all));
    expect(fingerprintOf(all.slice(1))).not.toBe(fingerprintOf(all));
  });
});
