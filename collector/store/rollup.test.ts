/** `usage_hourly` and `usage_by_session` equal the sums over `usage`, whatever happened to the events. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookOf, openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { claudeCode } from '../formats/claude-code/recognise.ts';
import { HISTOGRAM_BOUNDS } from './histograms.ts';
import type { Store } from './store.ts';

const folder = temporaryFolder('rollup');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), {
    prices: bookOf({
      'claude-a': { input: '3', output: '15', cacheRead: '0.3', cacheWrite5m: '3.75' },
      'claude-b': { input: '1', output: '2' },
    }),
  });
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

interface Copy {
  id: number;
  /** A later part of a streamed response has more. */
  output: number;
  /** Hours apart, some of them months. */
  hour: number;
  model: string;
  project: string;
}

function lineOf({ id, output, hour, model, project }: Copy): string {
  const timestamp = new Date(Date.UTC(2026, 0, 31, 20) + hour * 3_600_000 + id * 1000).toISOString();
  const usage = {
    input_tokens: 5,
    cache_creation_input_tokens: 3,
    cache_read_input_tokens: 70,
    output_tokens: output,
  };
  return JSON.stringify({
    type: 'assistant',
    sessionId: ['', 's', 't'][id % 3],
    timestamp,
    cwd: project,
    message: { id: `msg_${id}`, model, usage },
  });
}

let files = 0;
async function write(copies: Copy[], dataset: string, mode: 'append' | 'replace'): Promise<void> {
  const path = join(folder.path, `${files++}.jsonl`);
  writeFileSync(path, copies.map((copy) => `${lineOf(copy)}\n`).join(''));
  await store.write({
    format: claudeCode,
    dataset,
    input: { kind: 'files', files: [{ path, size: statSync(path).size }] },
    uploadId: '',
    arrivedAt: Date.now(),
    mode,
    live: false,
  });
}

const KEYS = 'hour, source, dataset, provider, model, user, project, status';
const SUMS = [
  'requests',
  'input_tokens',
  'cache_read_tokens',
  'output_tokens',
  'total_tokens',
  'auto_cost_usd',
  'cache_read_saved_usd',
  'cache_write_cost_usd',
  'cache_write_extra_usd',
];

/** Every key of usage_hourly beside the same key summed over usage. */
async function expectEqual(): Promise<void> {
  const events = await store.rows(
    `SELECT toStartOfHour(toDateTime(ts, 'UTC')) AS hour, ${KEYS.replace('hour, ', '')}, count() AS events, ` +
      `${SUMS.map((c) => `toString(sum(${c})) AS ${c}_sum`).join(', ')}, toString(sum(cost_usd)) AS cost, ` +
      `toString(max(ts)) AS newest, toUInt64(count()) AS n FROM tallyd.usage GROUP BY ${KEYS} ORDER BY ${KEYS}`,
  );
  const hours = await store.rows(
    `SELECT ${KEYS}, sum(u.events) AS events, ${SUMS.map((c) => `toString(sum(u.${c})) AS ${c}_sum`).join(', ')}, ` +
      `toString(sum(u.cost_usd)) AS cost, toString(max(u.newest_ts)) AS newest, toUInt64(sum(u.events)) AS n ` +
      `FROM tallyd.usage_hourly AS u GROUP BY ${KEYS} ORDER BY ${KEYS}`,
  );
  expect(hours).toEqual(events);
  expect(await compared()).toEqual(await comparedEvents());
  expect(await bySession('usage_by_session')).toEqual(await bySession('usage'));
}

/** Histograms, and costs of requests that have both: what the hours have, and the events. */
function compared(): Promise<unknown[]> {
  return store.rows(
    `SELECT hour, sum(h.compared_requests) AS both, toString(sum(h.compared_reported_usd)) AS reported, ` +
      `toString(sum(h.compared_calculated_usd)) AS calculated, sumForEach(h.tokens_histogram) AS tokens, ` +
      `sumForEach(h.cost_histogram) AS cost, sumForEach(h.duration_histogram) AS duration ` +
      `FROM tallyd.usage_hourly AS h GROUP BY hour ORDER BY hour`,
  );
}

function comparedEvents(): Promise<unknown[]> {
  const both = 'u.reported_cost_usd IS NOT NULL AND u.calculated_cost_usd IS NOT NULL';
  const value = 'coalesce(u.reported_cost_usd, u.calculated_cost_usd)';
  // counted bar by bar, as the store does not
  const bars = (of: string, bounds: readonly number[]): string =>
    `[${bounds.map((from, i) => `countIf(u.grain = 'request' AND ${of} >= ${from}${bounds[i + 1] === undefined ? '' : ` AND ${of} < ${bounds[i + 1]}`})`).join(', ')}]`;
  return store.rows(
    `SELECT toStartOfHour(toDateTime(u.ts, 'UTC')) AS hour, sumIf(u.requests, ${both}) AS both, ` +
      `toString(sumIf(ifNull(u.reported_cost_usd, 0), ${both})) AS reported, toString(sumIf(ifNull(u.calculated_cost_usd, 0), ${both})) AS calculated, ` +
      `${bars('u.total_tokens', HISTOGRAM_BOUNDS.tokens)} AS tokens, ${bars(`toFloat64(${value})`, HISTOGRAM_BOUNDS.cost)} AS cost, ` +
      `${bars('u.duration_ms', HISTOGRAM_BOUNDS.duration)} AS duration FROM tallyd.usage AS u GROUP BY hour ORDER BY hour`,
  );
}

/** The same sums of both relations, by everything that the sums per session tell apart. */
function bySession(relation: 'usage' | 'usage_by_session'): Promise<unknown[]> {
  const events = relation === 'usage';
  const hour = events ? "toStartOfHour(toDateTime(ts, 'UTC'))" : 'hour';
  const late = events ? 'toUnixTimestamp64Milli(ts) % 3600000 != 0' : 'late';
  const missing = (when: string, name: string): string =>
    ['requests', 'total_tokens']
      .map((of) => (events ? `sumIf(${of}, ${when})` : `sum(${name}_${of.replace('total_', '')})`))
      .join(', ');
  const auto = 'reported_cost_usd IS NULL AND calculated_cost_usd IS NULL';
  const costs = ['reported_cost_usd', 'calculated_cost_usd', 'auto_cost_usd', 'cost_usd'];
  return store.rows(
    `SELECT ${hour} AS of_hour, source, dataset, session_id, grain, toUInt8(${late}) AS is_late, provider, model, user, project, tuple(` +
      `${events ? 'count()' : 'sum(events)'}, ${events ? "countIf(status = 'error')" : 'sum(errors)'}, ` +
      `toString(min(${events ? 'ts' : 'first_ts'})), toString(max(${events ? 'ts' : 'newest_ts'})), ` +
      [
        'requests',
        'input_tokens',
        'cache_write_5m_tokens',
        'cache_read_tokens',
        'output_tokens',
        'total_tokens',
      ]
        .map((of) => `sum(${of})`)
        .join(', ') +
      `, ${costs.map((of) => `toString(sum(ifNull(${of}, 0)))`).join(', ')}, ${missing('calculated_cost_usd IS NULL', 'unpriced')}, ` +
      `${missing(auto, 'auto_unpriced')}, ${missing('reported_cost_usd IS NULL AND (total_tokens > 0 OR calculated_cost_usd IS NULL)', 'unreported')}) AS sums ` +
      `FROM tallyd.${relation} GROUP BY of_hour, source, dataset, session_id, grain, is_late, provider, model, user, project ORDER BY ALL`,
  );
}

const copy: fc.Arbitrary<Copy> = fc.record({
  id: fc.nat({ max: 12 }),
  output: fc.nat({ max: 50 }),
  hour: fc.constantFrom(0, 1, 3, 4, 5, 30, 24 * 20, 24 * 60),
  model: fc.constantFrom('claude-a', 'claude-b', 'unknown'),
  project: fc.constantFrom('/p', '/q'),
});
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      copies: fc.array(copy, { minLength: 1, maxLength: 12 }),
      dataset: fc.constantFrom('x', 'y'),
      mode: fc.constant('append' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      copies: fc.array(copy, { maxLength: 8 }),
      dataset: fc.constantFrom('x', 'y'),
      mode: fc.constant('replace' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('sweep' as const, 'prices' as const) }) },
);

describe('the sums per hour, and per hour and session,', () => {
  it(
    'equal the events after any sequence of batches, corrections, moves, replaces and prices',
    { timeout: 600_000 },
    async () => {
      let prices = 1;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
          for (const each of steps) {
            if (each.do === 'write') await write(each.copies, each.dataset, each.mode);
            else if (each.do === 'sweep') await store.sweep();
            else await store.usePrices(bookOf({ 'claude-a': { input: String(++prices), output: '7' } }));
            await expectEqual();
          }
        }),
        { numRuns: 6, endOnFailure: true },
      );
    },
  );

  it('are computed at the next start for hours that a crash left', async () => {
    await expectEqual();
    await store.command(
      "INSERT INTO tallyd.stale_hours (hour, done) VALUES (toDateTime('2026-05-01 10:00:00', 'UTC'), 0)",
    );
    await store.command(
      'INSERT INTO tallyd.usage_events (ts, event_id, source, dataset, grain, requests, model, output_tokens, speed, status) ' +
        "VALUES ('2026-05-01 10:30:00.000', 777, 'claude-code', 'x', 'request', 1, 'claude-a', 3, 'standard', 'ok')",
    );
    const hour = () =>
      store.rows("SELECT events, output_tokens FROM tallyd.usage_hourly WHERE hour = '2026-05-01 10:00:00'");
    expect(await hour()).toEqual([]);
    await store.recover('auto');
    expect(await hour()).toEqual([{ events: 1, output_tokens: 3 }]);
    await expectEqual();
    expect(await store.rows('SELECT hour FROM tallyd.stale_hours FINAL WHERE done = 0')).toEqual([]);
  });

  it('have an event of the last millisecond of an hour that is alone in its part', async () => {
    await store.command(
      'INSERT INTO tallyd.usage_events (ts, event_id, source, dataset, grain, requests, model, output_tokens, speed, status) ' +
        "VALUES ('2026-05-02 05:59:59.999', 778, 'claude-code', 'x', 'request', 1, 'claude-a', 4, 'standard', 'ok')",
    );
    await store.command("INSERT INTO tallyd.stale_hours (hour, done) VALUES ('2026-05-02 05:00:00', 0)");
    await store.recover('auto');
    expect(
      await store.rows("SELECT output_tokens FROM tallyd.usage_hourly WHERE hour = '2026-05-02 05:00:00'"),
    ).toEqual([{ output_tokens: 4 }]);
    await expectEqual();
  });
});
