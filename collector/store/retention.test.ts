import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import { type EmbeddedEngine, openEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';
import { applyRetention, type Retention } from './retention.ts';

const folder = temporaryFolder('retention');
let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await openEmbedded({ path: join(folder.path, 'store'), poolThreads: 12, maxThreads: 1 });
  await migrate(engine);
});
afterAll(async () => {
  await engine.close();
  folder.remove();
});

/** Applies it and gives the statements that were needed. */
async function apply(retention: Retention): Promise<string[]> {
  const altered: string[] = [];
  const watched = {
    rows: <T>(sql: string) => engine.rows<T>(sql),
    command: (sql: string) => {
      altered.push(sql);
      return engine.command(sql);
    },
  };
  await applyRetention(watched as unknown as EmbeddedEngine, retention);
  return altered;
}

const TABLES = {
  usage_events: ['usage_events', 'usage_event_places', 'thread_turns', 'usage_by_session_rows'],
  usage_hourly: ['usage_hourly_rows'],
  rejected_records: ['rejected_records'],
  uploads: ['upload_reports'],
  billed_costs: ['billed_cost_rows'],
} as const;

describe('retention', () => {
  it.each(Object.entries(TABLES))('of %s is set, changed and removed', async (name, tables) => {
    expect(await apply({})).toEqual([]);
    for (const days of [30, 400]) {
      const altered = await apply({ [name]: days });
      expect(altered).toHaveLength(tables.length);
      for (const table of tables)
        expect(altered.join('\n')).toMatch(
          new RegExp(`ALTER TABLE tallyd\\.${table} MODIFY TTL .*toIntervalDay\\(${days}\\)`),
        );
      // nothing to do when it is asked for again, as at every start
      expect(await apply({ [name]: days })).toEqual([]);
    }
    expect(await apply({})).toEqual(tables.map((table) => `ALTER TABLE tallyd.${table} REMOVE TTL`));
    expect(await apply({})).toEqual([]);
  });

  it('lets rows go that are older, and keeps the others', async () => {
    await engine.command(
      "INSERT INTO tallyd.usage_events (ts, event_id, model) VALUES (now() - INTERVAL 40 DAY, 1, 'old'), (now() - INTERVAL 20 DAY, 2, 'new')",
    );
    await engine.command(
      'INSERT INTO tallyd.usage_event_places (event_id, ts) VALUES (1, now() - INTERVAL 40 DAY), (2, now() - INTERVAL 20 DAY)',
    );
    await engine.command(
      "INSERT INTO tallyd.rejected_records (path, rejected_at) VALUES ('old', now() - INTERVAL 40 DAY), ('new', now())",
    );
    await apply({ usage_events: 30, rejected_records: 30 });
    for (const table of ['usage_events', 'usage_event_places', 'rejected_records'])
      await engine.command(`OPTIMIZE TABLE tallyd.${table} FINAL`);
    expect(await engine.rows('SELECT model FROM tallyd.usage')).toEqual([{ model: 'new' }]);
    expect(await engine.rows('SELECT toUInt8(event_id) AS id FROM tallyd.usage_event_places FINAL')).toEqual([
      { id: 2 },
    ]);
    expect(await engine.rows('SELECT path FROM tallyd.rejected_records FINAL')).toEqual([{ path: 'new' }]);
  });
});
