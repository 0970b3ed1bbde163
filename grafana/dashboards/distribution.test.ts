/** How large single requests are: exact histograms, and percentiles that may differ by little. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { log125 } from '../../collector/store/histograms.ts';
import type { Store } from '../../collector/store/store.ts';
import { type Golden, type GoldenEvent, openGolden } from '../../tests/support/golden.ts';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { fillUsage, usagePrices } from '../../tests/support/usage.ts';
import type { Choices } from '../testing/expand.ts';
import { rowsOf } from '../testing/rows.ts';
import { KINDS } from './distribution/kinds.ts';
import { distribution } from './distribution.ts';

/** What a request has of each kind; NULL where it has none. */
const OF_EVENT: Record<string, string> = {
  tokens: 'total_tokens',
  cost: 'coalesce(reported_cost_usd, calculated_cost_usd)',
  duration: 'duration_ms',
};

describe('bounds of histograms', () => {
  it('grow by 1, 2, 5 and are numbers that people write', () => {
    expect(log125(0.0001, 0.02)).toEqual([0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02]);
    expect(log125(10, 1000)).toEqual([10, 20, 50, 100, 200, 500, 1000]);
  });

  it('ascend from 0, and no two bars have one name', () => {
    for (const { bounds, label } of KINDS) {
      expect(bounds[0]).toBe(0);
      expect([...bounds].sort((a, b) => a - b)).toEqual(bounds);
      const labels = bounds.map((from, index) => label(from, bounds[index + 1]));
      expect(new Set(labels).size).toBe(labels.length);
      // Grafana would take it for a variable
      for (const each of labels) expect(each).not.toMatch(/\$/);
    }
  });
});

describe('a few requests', () => {
  const range: Choices = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-08T00:00:00Z') };
  const events: GoldenEvent[] = [
    ...[0, 9, 10, 19, 20, 199, 6_000_000].map((tokens, index) => ({ ts: `2026-03-02 10:00:0${index}`, model: 'opus', input_tokens: tokens })),
    { ts: '2026-03-03 10:00:00', model: 'slow', output_tokens: 30, duration_ms: 1000, reported_cost_usd: '0.0002' },
    { ts: '2026-03-03 10:00:01', model: 'slow', output_tokens: 30, duration_ms: 4999, reported_cost_usd: '0' },
    // counts in nothing here
    { ts: '2026-03-03 11:00:00', model: 'many', grain: 'bucket', requests: 50, output_tokens: 500, duration_ms: 9, reported_cost_usd: '7' },
    { ts: '2026-02-01 11:00:00', model: 'before', output_tokens: 500, duration_ms: 9, reported_cost_usd: '7' },
  ]; // prettier-ignore
  let golden: Golden;
  beforeAll(async () => {
    golden = await openGolden('distribution', usagePrices, events);
  });
  afterAll(() => golden?.close());

  const bars = async (title: string): Promise<unknown[][]> =>
    (await golden.rows(distribution(), title, range)).map((row) => [row['size'], Number(row['requests'])]);

  it('stand in the bar from its lower bound on, with the empty bars between them', async () => {
    const tokens = await bars('Requests by tokens');
    expect(tokens.filter(([, requests]) => requests !== 0)).toEqual([
      ['0 – 10', 2],
      ['10 – 20', 2],
      ['20 – 50', 3],
      ['100 – 200', 1],
      ['5 M or more', 1],
    ]);
    expect(tokens.map(([size]) => size)).toEqual(
      KINDS[0]!.bounds.map((from, index, all) => KINDS[0]!.label(from, all[index + 1])),
    );
  });

  it('count for cost and duration only where they have one', async () => {
    expect(await bars('Requests by cost')).toEqual([
      // one that was free, and one without any tokens
      ['0 – 0.0001 USD', 2],
      ['0.0001 – 0.0002 USD', 0],
      ['0.0002 – 0.0005 USD', 1],
    ]);
    expect(await bars('Requests by duration')).toEqual([
      ['1 s – 2 s', 1],
      ['2 s – 5 s', 1],
    ]);
  });

  it('have percentiles per model, exact for so few', async () => {
    const models = await golden.rows(distribution(), 'Models by tokens', range);
    expect(models.map((row) => row['model'])).toEqual(['opus', 'slow']);
    expect(models[1]).toMatchObject({ p50: 30, p99: 30 });
    expect(await golden.notNumbers(distribution(), range)).toEqual([]);
  });

  it('have no percentiles where there are none', async () => {
    const empty = { from: new Date('2025-03-01T00:00:00Z'), to: new Date('2025-03-08T00:00:00Z') };
    const none = { p50: null, p90: null, p95: null, p99: null };
    expect(await golden.rows(distribution(), 'Percentiles of tokens', empty)).toEqual([none]);
    expect(await golden.notNumbers(distribution(), empty)).toEqual([]);
  });
});

describe('percentiles from digests, over many requests', () => {
  const until = new Date('2026-03-18T15:20:00Z');
  const range: Choices = {
    from: new Date('2026-02-16T00:00:00Z'),
    to: new Date(until.getTime() + 1000),
    variables: { granularity: 'week' },
  };
  const folder = temporaryFolder('distribution-many');
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore(join(folder.path, 'store'), { prices: usagePrices });
    await fillUsage(store, { events: 40_000, days: 25, until });
  }, 120_000);
  afterAll(async () => {
    await store?.close();
    folder.remove();
  });

  const LEVELS = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

  /** The share of requests that are at most, and less than, a value. */
  async function shares(value: number, of: string, where: string): Promise<[number, number]> {
    const [row] = await store.rows<{ below: number; within: number }>(
      `SELECT countIf(x < ${value}) / count() AS below, countIf(x <= ${value}) / count() AS within
      FROM (SELECT toFloat64(${of}) AS x FROM tallyd.usage WHERE grain = 'request' AND ${of} IS NOT NULL AND ${where})`,
    );
    return [Number(row!.below), Number(row!.within)];
  }

  it.each(KINDS.map((kind) => [kind.name, kind] as const))(
    'put %s within half a percent of the requests of where they belong',
    async (name) => {
      const whole = (await rowsOf(store, distribution(), `Percentiles of ${name}`, range))[0]!;
      const weeks = await rowsOf(store, distribution(), `Percentiles of ${name} over time`, range);
      const models = await rowsOf(store, distribution(), `Models by ${name}`, range);
      const rows = [
        { ...whole, where: '1' },
        ...weeks.map((row) => ({
          ...row,
          where: `toStartOfWeek(ts, 1) = '${String(row['time']).slice(0, 10)}'`,
        })),
        ...models.map((row) => ({ ...row, where: `model = '${String(row['model'])}'` })),
      ] as Record<string, unknown>[];
      expect(weeks.length).toBeGreaterThanOrEqual(4);
      expect(models.length).toBeGreaterThanOrEqual(2);
      for (const row of rows)
        for (const [level, wanted] of Object.entries(LEVELS)) {
          const [below, within] = await shares(Number(row[level]), OF_EVENT[name]!, String(row['where']));
          const off = `${level} of ${name} where ${String(row['where'])} is ${String(row[level])}`;
          expect(below, off).toBeLessThanOrEqual(wanted + 0.005);
          expect(within, off).toBeGreaterThanOrEqual(wanted - 0.005);
        }
    },
  );

  it('are of as many requests as the histograms have', async () => {
    for (const { name } of KINDS) {
      const bars = await rowsOf(store, distribution(), `Requests by ${name}`, range);
      const [row] = await store.rows<{ n: number }>(
        `SELECT count() AS n FROM tallyd.usage AS u WHERE grain = 'request' AND ${OF_EVENT[name]!} IS NOT NULL`,
      );
      expect(bars.reduce((sum, bar) => sum + Number(bar['requests']), 0)).toBe(Number(row!.n));
    }
  });
});
