import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookOf } from '../../tests/support/store.ts';
import { type Golden, type GoldenEvent, openGolden, type Row } from '../../tests/support/golden.ts';
import type { Choices } from '../testing/expand.ts';
import { tokens } from './tokens.ts';

const events: GoldenEvent[] = [
  // the period before
  { ts: '2026-03-01 10:00:00', model: 'opus', user: 'ada', input_tokens: 50 },
  { ts: '2026-03-03 10:15:00', model: 'opus', user: 'ada', project: 'web', session_id: 's1', input_tokens: 10, cache_write_5m_tokens: 20, cache_write_1h_tokens: 30, cache_read_tokens: 40, output_tokens: 100, reasoning_tokens: 25 },
  { ts: '2026-03-03 10:45:00', model: 'mini', user: 'ada', project: 'web', session_id: 's2', input_tokens: 60 },
  // the same number of a session from another dataset is another session
  { ts: '2026-03-04 22:30:00', model: 'mini', user: 'grace', dataset: 'other', session_id: 's1', input_tokens: 40 },
  { ts: '2026-03-04 22:40:00', source: 'export', grain: 'bucket', requests: 7, model: '', unclassified_tokens: 100 },
]; // prettier-ignore

const choices: Choices = { from: new Date('2026-03-03T00:00:00Z'), to: new Date('2026-03-05T00:00:00Z') };

let golden: Golden;
beforeAll(async () => {
  golden = await openGolden('tokens', bookOf({}), events);
});
afterAll(() => golden?.close());

function rows(title: string, more: Partial<Choices> = {}): Promise<Row[]> {
  return golden.rows(tokens(), title, { ...choices, ...more });
}

async function value(title: string, more: Partial<Choices> = {}): Promise<unknown> {
  return Object.values((await rows(title, more)).at(-1)!).at(-1);
}

describe('the totals', () => {
  it('are those of the range, beside the period before', async () => {
    expect((await rows('Tokens')).map((row) => row['value'])).toEqual([50, 400]);
    expect((await rows('Input')).map((row) => row['value'])).toEqual([50, 110]);
    expect(await value('Cache writes')).toBe(50);
    expect(await value('Cache reads')).toBe(40);
    expect(await value('Output')).toBe(100);
    expect(await value('Unclassified')).toBe(100);
  });
});

describe('the averages', () => {
  it('divide by days, requests and sessions', async () => {
    expect(await value('Per day')).toBe(200);
    expect(await value('Per day with usage')).toBe(200);
    expect(await value('Largest day')).toBe(260);
    expect(await value('Per request')).toBe(40);
    // 200 and 60 and 40 tokens
    expect(await value('Per session')).toBe(100);
    expect(await value('Reasoning share')).toBe(0.25);
  });

  it('count the days of the dashboard’s time zone', async () => {
    // half past ten in the evening is the sixth hour of the next day in Delhi, where the third is a day of its own
    const delhi = { timezone: 'Asia/Kolkata', to: new Date('2026-03-06T00:00:00Z') };
    expect(await value('Per day with usage', delhi)).toBe(200);
    expect(await value('Per day', delhi)).toBeCloseTo(400 / 3, 9);
    expect((await rows('Tokens by type', { ...delhi, variables: { granularity: 'day' } })).map((row) => row['time'])).toEqual([
      '2026-03-03 00:00:00',
      '2026-03-05 00:00:00',
    ]); // prettier-ignore
  });
});

describe('the series', () => {
  it('of types add up to all tokens', async () => {
    const days = await rows('Tokens by type', { variables: { granularity: 'day' } });
    expect(days).toMatchObject([
      {
        input: 70,
        'cache write 5m': 20,
        'cache write 1h': 30,
        'cache read': 40,
        output: 100,
        unclassified: 0,
      },
      { input: 40, 'cache write 5m': 0, 'cache write 1h': 0, 'cache read': 0, output: 0, unclassified: 100 },
    ]);
    const hours = await rows('Tokens by type', { variables: { granularity: 'hour' } });
    expect(hours.map((row) => row['input'])).toEqual([70, 40]);
  });

  it('of a request tell its prompt and its output', async () => {
    expect(await rows('Tokens per request', { variables: { granularity: 'day' } })).toMatchObject([
      { prompt: 80, output: 50 },
      { prompt: 5, output: 0 },
    ]);
  });

  it.each([
    ['Tokens by model', [['mini', 60], ['opus', 200], ['(none)', 100], ['mini', 40]]],
    ['Tokens by project', [['web', 260], ['(none)', 140]]],
    ['Tokens by person', [['ada', 260], ['(none)', 100], ['grace', 40]]],
    ['Tokens by source', [['test', 260], ['export', 100], ['test', 40]]],
  ])('"%s" have one for each', async (title, expected) => {
    const days = await rows(title, { variables: { granularity: 'day' } });
    expect(days.map(({ label, tokens: sum }) => [label, sum])).toEqual(expected);
  }); // prettier-ignore
});

describe('the tables', () => {
  it('have each type, the share of all and the averages', async () => {
    const [opus, ...others] = await rows('Totals by model');
    expect(opus).toEqual({
      name: 'opus', requests: 1, input: 10, 'cache write 5m': 20, 'cache write 1h': 30, 'cache read': 40, output: 100, unclassified: 0,
      total: 200, share: 0.5, 'per request': 200, 'per day': 100,
    }); // prettier-ignore
    expect(others.map(({ name, total }) => [name, total])).toEqual([['(none)', 100], ['mini', 100]]); // prettier-ignore
    expect(await rows('Totals by person', { variables: { user: ['grace'] } })).toMatchObject([
      { name: 'grace', total: 40, share: 1 },
    ]);
    expect(await rows('Totals by project')).toMatchObject([
      { name: 'web', requests: 2, total: 260 },
      { name: '(none)', requests: 8, total: 140, 'per request': 17.5 },
    ]);
  });
});

it('no cell is NaN or infinite, neither with usage nor without', async () => {
  expect(await golden.notNumbers(tokens(), choices)).toEqual([]);
  const before = { from: new Date('2025-01-01T00:00:00Z'), to: new Date('2025-01-02T00:00:00Z') };
  expect(await golden.notNumbers(tokens(), before)).toEqual([]);
});
