/** Blocks as panels show them and as `tallyd report blocks` does, over the same store and range. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report } from '../../collector/reports/report.ts';
import { eventOf, insertEvents, type TestEvent } from '../../collector/reports/testing/events.ts';
import type { Block, ReportOptions } from '../../collector/reports/types.ts';
import type { Store } from '../../collector/store/store.ts';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { usagePrices } from '../../tests/support/usage.ts';
import type { Choices } from '../testing/expand.ts';
import { rowsOf } from '../testing/rows.ts';
import { blocks } from './blocks.ts';

const HOUR = 3_600_000;
const begin = Date.parse('2026-03-01T00:00:00Z');
const end = begin + 22 * 24 * HOUR;

/** Numbers that look random and are the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Weeks of use without a pause that matters, with pauses, and often at exactly an hour: where blocks end. */
function walk(source: string, model: string, seed: number, longPauses: number, atHours = 0.35): TestEvent[] {
  const random = numbers(seed);
  const events: TestEvent[] = [];
  for (let ts = begin; ts < begin + 21 * 24 * HOUR;) {
    const kind = random();
    if (kind < atHours) ts = (Math.floor(ts / HOUR) + 1) * HOUR;
    else if (kind < 1 - longPauses) ts += Math.ceil(random() * 1.5 * HOUR);
    else ts += Math.ceil(random() * 14 * HOUR);
    const size = Math.ceil(random() * 50_000);
    events.push(
      eventOf({ ts, source, model, input: size, output: 17, cacheRead: size * 3, cacheWrite5m: 5 }),
    );
  }
  return events;
}

const events = [
  ...walk('claude-code', 'claude-opus-4-5', 7, 0.1),
  ...walk('codex', 'gpt-5.1-codex', 11, 0),
  ...walk('gemini', 'gemini-3-pro', 13, 0.05, 0),
  // what runs at the end
  ...['claude-code claude-opus-4-5', 'codex gpt-5.1-codex', 'gemini gemini-3-pro'].flatMap((each, index) =>
    [10, 25.5, 47].map((minutes) => {
      const [source, model] = each.split(' ');
      return eventOf({ ts: end + minutes * 60_000, source, model, input: 1000 * (index + 1), output: 333 });
    }),
  ),
  // a bucket has no hours of its own
  eventOf({ ts: begin + 5, source: 'openai-usage-csv', model: 'gpt-5-mini', grain: 'bucket', requests: 40, input: 9 }),
]; // prettier-ignore
const sources = ['claude-code', 'codex', 'gemini'];

const folder = temporaryFolder('blocks-dashboard');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), { prices: usagePrices });
  await insertEvents(store, events);
});
afterAll(async () => {
  await store?.close();
  folder.remove();
});

async function reported(now: number, more: Partial<ReportOptions> = {}): Promise<Block[]> {
  const { json } = await report('blocks', { timezone: 'UTC', source: sources, now, ...more }, store);
  return (json as { blocks: Block[] }).blocks;
}

const panel = (title: string, choices: Choices): Promise<Record<string, unknown>[]> =>
  rowsOf(store, blocks(), title, choices);

const iso = (time: unknown): string => new Date(`${String(time).replace(' ', 'T')}Z`).toISOString();
const cents = (dollars: unknown): string => Number(dollars).toFixed(6);
const key = (a: { source: string; startTime: string }): string => `${a.startTime} ${a.source}`;

/** What a block of the report has that a row of the table has too. */
function ofReport(block: Block) {
  const { tokenCounts: t } = block;
  return {
    source: block.source,
    startTime: block.startTime,
    endTime: block.endTime,
    last: block.actualEndTime,
    state: block.isActive ? 'running' : 'over',
    requests: block.entries,
    tokens: [t.inputTokens, t.cacheCreationInputTokens, t.cacheReadInputTokens, t.outputTokens, block.totalTokens],
    cost: cents(block.costUSD),
    models: block.models.join(', '),
  };
} // prettier-ignore

function ofPanel(row: Record<string, unknown>) {
  return {
    source: String(row['source']),
    startTime: iso(row['starts']),
    endTime: iso(row['ends']),
    last: iso(row['last']),
    state: row['state'],
    requests: Number(row['requests']),
    tokens: ['input', 'cache_write', 'cache_read', 'output', 'total'].map((name) => Number(row[name])),
    cost: cents(row['cost']),
    models: row['models'],
  };
}

const lastOf = (source: string): number =>
  Math.max(...events.filter((e) => e.source === source).map((e) => e.ts));
const sorted = <T extends { source: string; startTime: string }>(list: T[]): T[] =>
  list.sort((a, b) => (key(a) < key(b) ? -1 : 1));

describe('the table of blocks', () => {
  const to = Math.ceil((Math.max(...sources.map(lastOf)) + 60_000) / 1000) * 1000;

  it.each([
    ['of everything', begin],
    ['of a range that begins within a block', begin + 9.6 * 24 * HOUR],
    ['of a range that begins at exactly an hour', begin + 14 * 24 * HOUR + 7 * HOUR],
  ])('agrees with the report: %s', async (_, from) => {
    const whole = Math.floor(from / HOUR) * HOUR;
    const expected = (await reported(to)).filter((b) => !b.isGap && Date.parse(b.startTime) >= whole);
    const shown = await panel('Blocks', { from: new Date(from), to: new Date(to) });
    expect(expected.length).toBeGreaterThan(20);
    expect(sorted(shown.map(ofPanel))).toEqual(sorted(expected.map(ofReport)));
  });

  it('says how long nothing was used where the report has a gap', async () => {
    const gaps = (await reported(to)).filter((each) => each.isGap);
    const shown = await panel('Blocks', { from: new Date(begin), to: new Date(to) });
    const idle = shown
      .filter((row) => row['idle_before'] !== null)
      .map((row) => ({ source: String(row['source']), startTime: iso(row['first']), seconds: Number(row['idle_before']) }));
    expect(gaps.length).toBeGreaterThan(5);
    expect(sorted(idle)).toEqual(
      sorted(gaps.map((gap) => ({
        source: gap.source,
        startTime: gap.endTime,
        seconds: (Date.parse(gap.endTime) - Date.parse(gap.startTime) + 5 * HOUR) / 1000,
      }))),
    );
  }); // prettier-ignore
});

describe('the view `blocks`', () => {
  it('has the blocks of the report', async () => {
    const rows = await store.rows<Record<string, unknown>>(
      `SELECT source, toString(start_time) AS starts, toString(last_activity) AS last, entries, total_tokens AS total,
        toFloat64(cost_usd) AS cost, models FROM tallyd.blocks WHERE source IN ('${sources.join("', '")}')`,
    );
    const expected = (await reported(end + 24 * HOUR)).filter((block) => !block.isGap);
    expect(expected.length).toBeGreaterThan(100);
    const facts = (source: unknown, starts: unknown, last: unknown, ...more: unknown[]): string =>
      [source, starts, last, ...more].map(String).join(' ');
    expect(
      rows
        .map((r) => facts(r['source'], iso(r['starts']), iso(r['last']), r['entries'], r['total'], cents(r['cost']), r['models']))
        .sort(),
    ).toEqual(
      expected
        .map((b) => facts(b.source, b.startTime, b.actualEndTime, b.entries, b.totalTokens, cents(b.costUSD), b.models))
        .sort(),
    );
  }); // prettier-ignore
});

describe('the chart of blocks', () => {
  it('has a bar for each block of the table and none for buckets', async () => {
    const range = { from: new Date(begin), to: new Date(begin + 21 * 24 * HOUR) };
    const table = await panel('Blocks', range);
    const bars = await panel('Tokens by block', range);
    expect(new Set(bars.map((row) => row['source']))).toEqual(new Set(sources));
    const facts = (rows: Record<string, unknown>[], time: string, value: string) =>
      rows.map((row) => `${String(row[time])} ${String(row['source'])} ${String(row[value])}`).sort();
    expect(facts(bars, 'time', 'in a block')).toEqual(facts(table, 'starts', 'total'));
  });
});

describe('the running block', () => {
  const to = end + 50 * 60_000 + 13_000;
  const range = { from: new Date(to - HOUR), to: new Date(to) };

  it('has the rates and the projection of the report', async () => {
    const expected = await reported(to, { active: true });
    const shown = await panel('Running blocks', range);
    expect(expected.map((block) => block.source)).toEqual(sources);
    expect(shown.map((row) => row['source']).sort()).toEqual(sources);
    for (const block of expected) {
      const row = shown.find(({ source }) => source === block.source)!;
      expect(Number(row['tokens_per_minute'])).toBeCloseTo(block.burnRate!.tokensPerMinute, 6);
      expect(Number(row['cost_per_hour'])).toBeCloseTo(block.burnRate!.costPerHour, 6);
      expect(Number(row['projected_tokens'])).toBe(block.projection!.totalTokens);
      expect(Number(row['projected_cost'])).toBe(block.projection!.totalCost);
      expect(Math.round(Number(row['seconds_left']) / 60)).toBe(block.projection!.remainingMinutes);
    }
  });

  it('is measured by the largest block before, as the report does with the limit "max"', async () => {
    // of the source without requests at exactly an hour, which the hourly sums cannot tell apart
    const options = { active: true, tokenLimit: 'max', source: ['gemini'] } as const;
    const [{ tokenLimitStatus: limit }] = (await reported(to, options)) as [Block];
    const ofGemini = async (title: string) => (await panel(title, range)).find((row) => row['source'] === 'gemini')!;
    expect(Number((await ofGemini('Running blocks'))['token_limit'])).toBe(limit!.limit);
    expect(Number((await ofGemini('Against the limit'))['tokens at its end']) * 100).toBeCloseTo(limit!.percentUsed, 6);
    const all = (await reported(to, { source: ['gemini'] })).filter((block) => !block.isActive);
    expect(Number((await ofGemini('Running blocks'))['cost_limit'])).toBeCloseTo(Math.max(...all.map((b) => b.costUSD)), 6);
  }); // prettier-ignore

  it('has no rate while it is but one request, and ends five hours after the last', async () => {
    const alone = Math.ceil((to + 9 * HOUR) / HOUR) * HOUR + 90_000;
    await insertEvents(store, [eventOf({ ts: alone, model: 'claude-opus-4-5', input: 10 })]);
    const at = (now: number): Choices => ({ from: new Date(now - HOUR), to: new Date(now) });
    const [row, ...more] = await panel('Running blocks', at(alone + 60_000));
    expect(more).toEqual([]);
    expect(row).toMatchObject({ source: 'claude-code', tokens_per_minute: null, projected_tokens: null });
    expect(Number(row!['seconds_left'])).toBe(5 * 3600 - 150);
    expect(await panel('Running blocks', at(alone + 5 * HOUR + 1000))).toEqual([]);
  });

  it('is measured by the limits of tallyd.yaml where they are set', async () => {
    const settings = [['tokens', '1234567'], ['usd', '8.5']].map(([name, value]) => `('alerts.block_limit_${name}', '${value}')`);
    await store.command(`INSERT INTO tallyd.settings (name, value) VALUES ${settings.join(', ')}`);
    for (const row of await panel('Running blocks', range))
      expect(row).toMatchObject({ token_limit: 1_234_567, cost_limit: 8.5 });
  }); // prettier-ignore
});
