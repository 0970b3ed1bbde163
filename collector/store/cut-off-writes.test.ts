/** A batch that is cut off between its events and their places, and a file that has grown when it is read again. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { claudeCode } from '../formats/claude-code/recognise.ts';
import { claudeLine } from '../sources/upload/testing.ts';
import type { Store } from './store.ts';
import type { Batch } from './types.ts';

const folder = temporaryFolder('cut-off');
const path = join(folder.path, 'store');
let store: Store;

beforeAll(async () => {
  store = await openTestStore(path);
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

function batchOf(text: string): Batch {
  const file = join(folder.path, 'session.jsonl');
  writeFileSync(file, text);
  return {
    ...{ format: claudeCode, dataset: 'home', uploadId: '', arrivedAt: 1, mode: 'append', live: false },
    input: { kind: 'files', files: [{ path: file, size: statSync(file).size }] },
  };
}

/** Writes a batch with a store that refuses a table from now on. */
async function cutOff(batch: Batch, table: string): Promise<void> {
  const { engine } = store;
  const command = engine.command.bind(engine);
  engine.command = (sql) =>
    sql.startsWith(`INSERT INTO tallyd.${table} `)
      ? Promise.reject(new Error('the store is gone'))
      : command(sql);
  await expect(store.write(batch)).rejects.toThrow('the store is gone');
  engine.command = command;
}

async function reopen(): Promise<void> {
  await store.close();
  store = await openTestStore(path);
}

async function shown(): Promise<{ events: unknown[]; hours: unknown[] }> {
  return {
    events: await store.rows(
      'SELECT output_tokens AS output, toString(ts) AS ts FROM tallyd.usage ORDER BY ts',
    ),
    hours: await store.rows(
      'SELECT output_tokens AS output, toString(hour) AS hour FROM tallyd.usage_hourly WHERE events > 0 ORDER BY hour',
    ),
  };
}

const part = (id: string, output: number, time: string): string => `${claudeLine(id, output, time)}\n`;

describe.each(['goes on', 'is started again'])('a collector that %s after a batch was cut off', (how) => {
  it('counts a response once when its next part lies in another hour', async () => {
    const id = `msg_${how.length}`;
    await store.command('TRUNCATE TABLE tallyd.usage_events');
    await store.command('TRUNCATE TABLE tallyd.usage_event_places');
    await store.command('TRUNCATE TABLE tallyd.usage_hourly_rows');
    const text = part(id, 1, '2026-01-31T22:59:59.000Z');
    await cutOff(batchOf(text), 'usage_event_places');
    if (how === 'is started again') await reopen();
    const more = text + part(id, 20, '2026-01-31T23:00:01.000Z');
    await store.write(batchOf(more));
    expect(await shown()).toEqual({
      events: [{ output: 20, ts: '2026-01-31 23:00:01.000' }],
      hours: [{ output: 20, hour: '2026-01-31 23:00:00' }],
    });
    // now the part that moves it is cut off, over the end of a month
    const most = more + part(id, 300, '2026-02-01T00:00:02.000Z');
    await cutOff(batchOf(most), 'usage_event_places');
    // of an insert into two months, one may be there without the other
    await store.command(
      "DELETE FROM tallyd.usage_events WHERE toStartOfHour(ts) = '2026-01-31 23:00:00' AND is_deleted",
    );
    await store.command(
      `INSERT INTO tallyd.usage_events SELECT * REPLACE (toDateTime64('2026-01-31 23:00:01', 3, 'UTC') AS ts, version - 1 AS version, 20 AS output_tokens) ` +
        `FROM tallyd.usage_events FINAL WHERE output_tokens = 300`,
    );
    if (how === 'is started again') await reopen();
    await store.write(batchOf(most + part(id, 4000, '2026-02-01T01:00:00.000Z')));
    expect(await shown()).toEqual({
      events: [{ output: 4000, ts: '2026-02-01 01:00:00.000' }],
      hours: [{ output: 4000, hour: '2026-02-01 01:00:00' }],
    });
  });
});
