import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookOf } from '../../../tests/support/store.ts';
import { type Golden, type GoldenEvent, openGolden, type Row } from '../../../tests/support/golden.ts';
import type { Choices } from '../../testing/expand.ts';
import { cost } from './cost.ts';

/** Dollars per million tokens, so that 1,000,000 tokens cost what stands there. */
const prices = bookOf({ opus: { input: '5', output: '25' }, mini: { input: '1', output: '2' } });

const M = 1_000_000;
const events: GoldenEvent[] = [
  // two sessions of ada, 5 + 25 and 1 dollars; a day without usage; then a third one
  { ts: '2026-03-02 10:00:00', provider: 'anthropic', model: 'opus', user: 'ada', project: 'web', session_id: 's1', input_tokens: M, output_tokens: M },
  { ts: '2026-03-02 11:00:00', provider: 'openai', model: 'mini', user: 'ada', project: 'web', session_id: 's2', input_tokens: M },
  { ts: '2026-03-04 10:00:00', provider: 'openai', model: 'mini', user: 'grace', project: '', session_id: 's2', output_tokens: 2 * M },
  // reported beside calculated (5), and not charged
  { ts: '2026-03-04 23:30:00', source: 'export', provider: 'anthropic', model: 'opus', user: 'grace', input_tokens: M, reported_cost_usd: '4', billable: false },
  // a bucket that is reported but has no price
  { ts: '2026-03-05 09:00:00', source: 'export', grain: 'bucket', requests: 6, model: 'mystery', output_tokens: M, reported_cost_usd: '2' },
  // neither: no price, no name, only a total
  { ts: '2026-03-05 10:00:00', source: 'export', model: 'mystery', input_tokens: 3 * M },
  { ts: '2026-03-05 10:00:00', source: 'export', input_tokens: 500 },
  { ts: '2026-03-05 10:30:00', source: 'export', provider: 'openai', model: 'mini', unclassified_tokens: 2 * M },
]; // prettier-ignore

/** Four days, whole. */
const choices: Choices = { from: new Date('2026-03-02T00:00:00Z'), to: new Date('2026-03-06T00:00:00Z') };

let golden: Golden;
beforeAll(async () => {
  golden = await openGolden('cost', prices, events);
});
afterAll(() => golden?.close());

function rows(title: string, more: Partial<Choices> = {}): Promise<Row[]> {
  return golden.rows(cost(), title, { ...choices, ...more });
}

async function value(title: string, more: Partial<Choices> = {}): Promise<unknown> {
  return Object.values((await rows(title, more)).at(-1)!).at(-1);
}

describe('the averages of cost', () => {
  // 30 + 1 + 4 + 4 + 2 = 41
  it('divide by days, requests, sessions and thousands of tokens', async () => {
    expect(await value('Cost')).toBeCloseTo(41, 9);
    expect(await value('Per day')).toBeCloseTo(41 / 4, 9);
    expect(await value('Per day with usage')).toBeCloseTo(41 / 3, 9);
    expect(await value('Per request')).toBeCloseTo(41 / 13, 9);
    expect(await value('Per session')).toBeCloseTo(35 / 2, 9);
    expect(await value('Per 1,000 tokens')).toBeCloseTo(41_000 / (12 * M + 500), 9);
  });

  it('follow the variable "Cost"', async () => {
    expect(await value('Cost', { variables: { cost_mode: 'calculated_cost_usd' } })).toBeCloseTo(40, 9);
    expect(await value('Cost', { variables: { cost_mode: 'reported_cost_usd' } })).toBeCloseTo(6, 9);
  });
});

describe('the breakdown of cost', () => {
  it('is by one column', async () => {
    expect(await rows('Breakdown', { variables: { group_by: ['model'] } })).toMatchObject([
      { model: 'opus', cost: 34, requests: 2, tokens: 3 * M, share: 34 / 41, 'per request': 17 },
      { model: 'mini', cost: 5, requests: 3, tokens: 5 * M, 'per 1,000 tokens': 0.001 },
      { model: 'mystery', cost: 2, requests: 7 },
      { model: '(none)', cost: 0, requests: 1, tokens: 500 },
    ]);
  });

  it('is by several columns together', async () => {
    const together = await rows('Breakdown', { variables: { group_by: ['user', 'provider'] } });
    expect(together.map(({ user, provider, cost }) => [user, provider, cost])).toEqual([
      ['ada', 'anthropic', 30],
      ['grace', 'anthropic', 4],
      ['grace', 'openai', 4],
      ['(none)', '(none)', 2],
      ['ada', 'openai', 1],
      ['(none)', 'openai', 0],
    ]);
    const largest = await rows('Largest', { variables: { group_by: ['user', 'provider'] } });
    expect(largest[0]).toEqual({ name: 'ada / anthropic', cost: 30 });
    const all = ['model', 'provider', 'project', 'user', 'source', 'dataset'];
    expect(await rows('Breakdown', { variables: { group_by: all } })).toHaveLength(7);
  });

  it('over time puts what is not among the ten largest together', async () => {
    const by = { variables: { group_by: ['project', 'model'], granularity: 'day' } };
    expect(await rows('Cost over time, broken down', by)).toMatchObject([
      { label: 'web / mini', cost: 1 },
      { label: 'web / opus', cost: 30 },
      { label: '(none) / mini', cost: 4 },
      { label: '(none) / opus', cost: 4 },
      { label: '(none) / (none)', cost: 0 },
      { label: '(none) / mini', cost: 0 },
      { label: '(none) / mystery', cost: 2 },
    ]);
  });
});

describe('the daily trend', () => {
  it('has every day, and the average of as many days as there were, seven at most', async () => {
    const trend = await rows('Daily trend');
    expect(trend.map((row) => row['cost'])).toEqual([31, 0, 8, 2, 0]);
    expect(trend.map((row) => row['7-day average'])).toEqual([31, 31 / 2, 39 / 3, 41 / 4, 41 / 5]);
  });

  it('takes the days before the range into the average, and is of the dashboard’s days', async () => {
    const later = { from: new Date('2026-03-08T12:00:00Z'), to: new Date('2026-03-10T12:00:00Z') };
    const trend = await rows('Daily trend', later);
    expect(trend.map((row) => row['7-day average'])).toEqual([41 / 7, 10 / 7, 10 / 7]);
    // half past eleven is the fifth already
    const berlin = await rows('Daily trend', { timezone: 'Europe/Berlin' });
    expect(berlin.map((row) => row['cost'])).toEqual([31, 0, 4, 6, 0]);
  });
});

describe('costs beside each other', () => {
  it('compare reported and calculated only where both are known', async () => {
    const compared = await rows('Reported against calculated');
    expect(compared).toEqual([
      { source: 'export', model: 'opus', compared: 1, reported: 4, calculated: 5, difference: -1, 'relative difference': -0.2, 'only reported': null },
      { source: 'export', model: 'mystery', compared: 0, reported: null, calculated: null, difference: null, 'relative difference': null, 'only reported': 2 },
    ]); // prettier-ignore
    expect(await rows('Reported and calculated cost')).toMatchObject([{ reported: 4, calculated: 5 }]);
  });

  it('tell what was not charged', async () => {
    expect((await rows('Charged against not charged'))[0]).toEqual({
      source: 'export',
      model: 'opus',
      charged: 0,
      'not charged': 4,
      'share not charged': 1,
    });
    const days = await rows('Charged and not charged cost', { variables: { granularity: 'day' } });
    expect(days).toMatchObject([
      { charged: 31, 'not charged': 0 },
      { charged: 4, 'not charged': 4 },
      { charged: 2, 'not charged': 0 },
    ]);
  });
});

describe('unpriced models', () => {
  it('are listed with what each needs', async () => {
    const [mystery, totals, nameless, ...none] = await rows('Unpriced models');
    expect(none).toEqual([]);
    expect(mystery).toMatchObject({
      model: 'mystery',
      'requests without cost': 1,
      'tokens without cost': 3 * M,
      'requests without price': 7,
      'what to do': 'Give it a price under prices: in tallyd.yaml (model: mystery).',
    });
    expect(mystery!['last seen']).toContain('2026-03-05 10:00:00');
    expect(totals).toMatchObject({ model: 'mini', 'tokens without cost': 2 * M });
    expect(totals!['what to do']).toContain('only their total is known');
    expect(nameless).toMatchObject({ model: '(none)', 'tokens without cost': 500 });
    expect(nameless!['what to do']).toContain('names no model');
  });

  it('need nothing where the source reports the cost', async () => {
    const until = { to: new Date('2026-03-05T09:59:00Z') };
    expect(await rows('Unpriced models', until)).toMatchObject([
      { model: 'mystery', 'requests without cost': 0, 'requests without price': 6, 'what to do': 'Nothing: the source reports what it cost.' },
    ]); // prettier-ignore
  });
});

it('no cell is NaN or infinite, neither with usage nor without', async () => {
  expect(await golden.notNumbers(cost(), choices)).toEqual([]);
  const before = { from: new Date('2025-01-01T00:00:00Z'), to: new Date('2025-01-02T00:00:00Z') };
  expect(await golden.notNumbers(cost(), before)).toEqual([]);
});
