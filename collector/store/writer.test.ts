import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookOf, openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { claudeCode } from '../formats/claude-code/recognise.ts';
import type { Store } from './store.ts';
import type { Batch } from './types.ts';

const folder = temporaryFolder('writer');
let store: Store;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), {
    prices: bookOf({
      'claude-sonnet-4-5': {
        input: '3',
        output: '15',
        cacheRead: '0.3',
        cacheWrite5m: '3.75',
        cacheWrite1h: '6',
      },
    }),
  });
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

function line(id: string, output: number, timestamp: string, more: object = {}): string {
  return JSON.stringify({
    type: 'assistant',
    sessionId: 's1',
    requestId: 'req_1',
    timestamp,
    cwd: '/src/a',
    message: {
      id,
      model: 'claude-sonnet-4-5',
      usage: { input_tokens: 10, output_tokens: output, cache_read_input_tokens: 1000 },
    },
    ...more,
  });
}

function batchOf(name: string, text: string, more: Partial<Batch> = {}): Batch {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return {
    format: claudeCode,
    dataset: 'home',
    input: { kind: 'files', files: [{ path, size: statSync(path).size }] },
    uploadId: '',
    arrivedAt: 1,
    mode: 'append',
    live: false,
    ...more,
  };
}

describe('a batch', () => {
  it('stores the last word of a streamed response once, priced, in the day of the winning copy', async () => {
    const report = await store.write(
      batchOf(
        'a.jsonl',
        `${line('msg_1', 1, '2026-01-31T23:59:58.000Z')}\n${line('msg_1', 500, '2026-02-01T00:00:01.000Z')}\n{"broken\n`,
      ),
    );
    expect(report.rows).toEqual({ read: 3, accepted: 1, duplicate: 1, rejected: 1, revised: 0 });
    expect(report.rejections).toMatchObject([
      { record: 3, line: 3, reason: 'not valid JSON (cut off or broken)' },
    ]);
    const rows = await store.rows(
      'SELECT toString(ts) AS ts, output_tokens, total_tokens, cost_usd, cost_source FROM tallyd.usage',
    );
    expect(rows).toEqual([
      {
        ts: '2026-02-01 00:00:01.000',
        output_tokens: 500,
        total_tokens: 1510,
        cost_usd: 0.00783,
        cost_source: 'calculated',
      },
    ]);
  });

  it('moves an event to another month when a better copy comes, and the rollup follows', async () => {
    const report = await store.write(
      batchOf('b.jsonl', `${line('msg_1', 900, '2026-03-01T00:00:01.000Z')}\n`),
    );
    expect(report.rows).toEqual({ read: 1, accepted: 0, duplicate: 1, rejected: 0, revised: 1 });
    expect(
      await store.rows('SELECT toString(hour) AS hour, events, output_tokens FROM tallyd.usage_hourly'),
    ).toEqual([{ hour: '2026-03-01 00:00:00', events: 1, output_tokens: 900 }]);
  });

  it('changes nothing when it comes again', async () => {
    const report = await store.write(
      batchOf('b.jsonl', `${line('msg_1', 900, '2026-03-01T00:00:01.000Z')}\n`),
    );
    expect(report.rows).toEqual({ read: 1, accepted: 0, duplicate: 1, rejected: 0, revised: 0 });
    expect(await store.rows('SELECT count() AS n FROM tallyd.usage')).toEqual([{ n: 1 }]);
  });

  it('replaces everything a dataset held, and nothing of another', async () => {
    await store.write(batchOf('c.jsonl', `${line('msg_2', 1, '2026-04-01T00:00:00Z')}\n`, { dataset: 'x' }));
    await store.write(
      batchOf('d.jsonl', `${line('msg_3', 1, '2026-04-02T00:00:00Z')}\n`, { dataset: 'x', mode: 'replace' }),
    );
    const ids = await store.rows('SELECT dataset, toDate(ts)::String AS day FROM tallyd.usage ORDER BY day');
    expect(ids).toEqual([
      { dataset: 'home', day: '2026-03-01' },
      { dataset: 'x', day: '2026-04-02' },
    ]);
    await store.sweep();
    expect(
      await store.rows('SELECT dataset, toDate(ts)::String AS day FROM tallyd.usage ORDER BY day'),
    ).toEqual(ids);
    expect(
      await store.rows('SELECT dataset, toDate(hour)::String AS day FROM tallyd.usage_hourly ORDER BY day'),
    ).toEqual(ids);
  });

  it('prices the past anew when prices change', async () => {
    await store.usePrices(bookOf({ 'claude-sonnet-4-5': { input: '1', output: '1' } }));
    expect(await store.rows("SELECT cost_usd FROM tallyd.usage WHERE dataset = 'home'")).toEqual([
      { cost_usd: 0.00191 },
    ]);
    expect(await store.rows("SELECT cost_usd FROM tallyd.usage_hourly WHERE dataset = 'home'")).toEqual([
      { cost_usd: 0.00191 },
    ]);
  });

  it('finds five-hour blocks and sessions', async () => {
    expect(
      await store.rows('SELECT toString(start_time) AS s, entries FROM tallyd.blocks ORDER BY s'),
    ).toEqual([
      { s: '2026-03-01 00:00:00', entries: 1 },
      { s: '2026-04-02 00:00:00', entries: 1 },
    ]);
    expect(await store.rows('SELECT session_id, events FROM tallyd.sessions ORDER BY dataset')).toHaveLength(
      2,
    );
  });
});

describe('a replace', () => {
  it('of which nothing could be read leaves the dataset as it was', async () => {
    const before = await store.rows('SELECT count() AS n, sum(total_tokens) AS total FROM tallyd.usage');
    const report = await store.write(
      batchOf('e.jsonl', '{"usage"\nbroken\n', { dataset: 'x', mode: 'replace' }),
    );
    expect(report.rows).toMatchObject({ read: 2, rejected: 2 });
    expect(await store.rows('SELECT count() AS n, sum(total_tokens) AS total FROM tallyd.usage')).toEqual(
      before,
    );
  });
});

describe('a batch that is read ahead', () => {
  const tables = () =>
    store.rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'tallyd' AND startsWith(name, 'batch_') ORDER BY name",
    );

  it('is stored as any other, after the one that is being stored', async () => {
    const first = batchOf('first.jsonl', `${line('ahead_1', 1, '2026-03-01T10:00:00.000Z')}\n`);
    const second = batchOf(
      'second.jsonl',
      `${line('ahead_1', 7, '2026-03-01T11:00:01.000Z')}\n${line('ahead_2', 1, '2026-03-01T11:00:00.000Z')}\n{"broken\n`,
    );
    const writing = store.write(first);
    const ahead = store.readAhead(second)!;
    const reports = await Promise.all([writing, store.write({ ...second, ahead })]);
    expect(reports.map(({ rows }) => rows)).toEqual([
      { read: 1, accepted: 1, duplicate: 0, rejected: 0, revised: 0 },
      { read: 3, accepted: 1, duplicate: 1, rejected: 1, revised: 1 },
    ]);
    expect(await tables()).toEqual([]);
  });

  it('is the only one: a second waits until the first is given to be written', async () => {
    const first = batchOf('one.jsonl', `${line('ahead_3', 1, '2026-03-02T10:00:00.000Z')}\n`);
    const second = batchOf('two.jsonl', `${line('ahead_4', 1, '2026-03-02T10:00:00.000Z')}\n`);
    const ahead = store.readAhead(first)!;
    expect(store.readAhead(second)).toBeUndefined();
    const writing = store.write({ ...first, ahead });
    const next = store.readAhead(second)!;
    await writing;
    await next.drop();
    await next.drop();
    expect(await tables()).toEqual([]);
    await store.readAhead(second)!.drop();
  });

  it('and cannot be read fails when it is written, and leaves nothing', async () => {
    const gone = batchOf('gone.jsonl', `${line('ahead_5', 1, '2026-03-03T10:00:00.000Z')}\n`);
    const input = { kind: 'files' as const, files: [{ path: join(folder.path, 'never.jsonl'), size: 10 }] };
    const ahead = store.readAhead({ ...gone, input })!;
    await expect(store.write({ ...gone, input, ahead })).rejects.toThrow(/never\.jsonl/);
    expect(await tables()).toEqual([]);
    expect((await store.write(gone)).rows.accepted).toBe(1);
  });
});
