import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookOf } from '../../../tests/support/store.ts';
import { type Golden, type GoldenEvent, openGolden, type Row } from '../../../tests/support/golden.ts';
import { ask } from '../../testing/ask.ts';
import { type Choices, expand } from '../../testing/expand.ts';
import { sqlQueriesOf, variablesOf } from '../../testing/panels.ts';
import { shapeProblems } from '../../testing/shapes.ts';
import { models } from './models.ts';

const prices = bookOf({
  opus: { input: '10', output: '50', cacheRead: '1' },
  mini: { input: '1', output: '4' },
});
const M = 1_000_000;

const events: GoldenEvent[] = [
  // mini: 101 requests of 1 to 101 ms, all on one day; every tenth failed, one was aborted
  ...Array.from({ length: 101 }, (_, index): GoldenEvent => ({
    ts: '2026-03-03 10:00:00',
    provider: index === 0 ? '' : 'openai',
    model: 'mini',
    input_tokens: 10_000,
    duration_ms: index + 1,
    status: index % 10 === 5 ? 'error' : index === 7 ? 'aborted' : 'ok',
  })),
  { ts: '2026-03-03 11:00:00', provider: 'anthropic', model: 'opus', input_tokens: M, output_tokens: M, duration_ms: 4000 },
  { ts: '2026-03-04 11:00:00', provider: 'anthropic', model: 'opus', cache_read_tokens: M, duration_ms: 4000 },
  // a bucket tells no latency; this one was asked most after mini
  { ts: '2026-03-04 12:00:00', source: 'export', grain: 'bucket', requests: 40, model: "o'1", output_tokens: 100 },
]; // prettier-ignore

const choices: Choices = {
  from: new Date('2026-03-03T00:00:00Z'),
  to: new Date('2026-03-05T00:00:00Z'),
  variables: { granularity: 'day' },
};

let golden: Golden;
beforeAll(async () => {
  golden = await openGolden('models', prices, events);
});
afterAll(() => golden?.close());

function rows(title: string, variables: Record<string, string | string[]> = {}): Promise<Row[]> {
  return golden.rows(models(), title, { ...choices, variables: { ...choices.variables, ...variables } });
}

describe('the table of models', () => {
  it('has what each was asked, cost and how it answered', async () => {
    const [opus, mini, other, ...none] = await rows('Models');
    expect(none).toEqual([]);
    expect(opus).toMatchObject({
      model: 'opus',
      provider: 'anthropic',
      requests: 2,
      tokens: 3 * M,
      cost: 61,
      'per request': 30.5,
      'cache hit rate': 0.5,
      'error share': 0,
      'latency p50': 4000,
    });
    expect(opus!['per 1,000 tokens']).toBeCloseTo(61 / 3000, 12);
    expect(opus!['share of cost']).toBeCloseTo(61 / 62.01, 12);
    expect(mini).toMatchObject({ model: 'mini', provider: '(none), openai', requests: 101, cost: 1.01, 'cache hit rate': 0 });
    expect(mini!['error share']).toBeCloseTo(10 / 101, 12);
    // exact: 51 and 96
    expect(mini!['latency p50']).toBeGreaterThan(49);
    expect(mini!['latency p50']).toBeLessThan(53);
    expect(mini!['latency p95']).toBeGreaterThan(94);
    expect(mini!['latency p95']).toBeLessThan(98);
    expect(other).toMatchObject({ model: "o'1", requests: 40, cost: 0, 'cache hit rate': null, 'latency p50': null });
  }); // prettier-ignore
});

describe('the pictures of all models', () => {
  it('tell how often each was asked and how that ended', async () => {
    expect(await rows('How often each model is asked')).toEqual([
      { model: 'mini', ok: 90, aborted: 1, failed: 10 },
      { model: "o'1", ok: 40, aborted: 0, failed: 0 },
      { model: 'opus', ok: 2, aborted: 0, failed: 0 },
    ]);
    const days = await rows('Requests by model');
    expect(days.map(({ label, requests }) => [label, requests])).toEqual([
      ['mini', 101],
      ['opus', 1],
      ["o'1", 40],
      ['opus', 1],
    ]);
  });

  it('have a point only for models whose latency is known', async () => {
    const points = await rows('Cost against latency');
    expect(points).toMatchObject([
      { model: 'mini', 'cost per request': 0.01, requests: 101 },
      { model: 'opus', 'latency p50': 4000, 'cost per request': 30.5, requests: 2 },
    ]);
    expect(Object.keys(points[0]!).filter((name) => name !== 'model')[0]).toBe('latency p50');
    const days = await rows('Latency p95 by model');
    expect(days.map(({ label }) => label)).toEqual(['mini', 'opus', 'opus']);
  });
});

describe('two models side by side', () => {
  const chosen = { model_a: 'opus', model_b: "o'1" };

  it('have the numbers of the table', async () => {
    const [opus] = await rows('$model_a', chosen);
    const inTable = (await rows('Models'))[0]!;
    for (const [name, value] of Object.entries(opus!)) expect(inTable[name], name).toEqual(value);
    expect(Object.keys(opus!)).toHaveLength(9);
    expect(await rows('$model_b', chosen)).toMatchObject([{ requests: 40, tokens: 4000 / 40, 'latency p95': null }]);
  }); // prettier-ignore

  it('have their series next to each other and in one chart', async () => {
    expect(await rows('Tokens by type: $model_a', chosen)).toMatchObject([
      { input: M, output: M, 'cache read': 0 },
      { input: 0, output: 0, 'cache read': M },
    ]);
    expect(await rows('Tokens by type: $model_b', chosen)).toMatchObject([{ output: 100 }]);
    const requests = await rows('Requests: $model_a and $model_b', chosen);
    expect(requests.map(({ label, value }) => [label, value])).toEqual([
      ['opus', 1],
      ["o'1", 40],
      ['opus', 1],
    ]);
    const costs = await rows('Cost per request: $model_a and $model_b', { model_a: 'opus', model_b: 'opus' });
    expect(costs.map(({ label, value }) => [label, value])).toEqual([['opus', 60], ['opus', 1]]); // prettier-ignore
  });

  it('are the two that were asked most where none is chosen, whatever models the dashboard filters', async () => {
    expect(await rows('$model_a', { model: ['opus'] })).toMatchObject([{ requests: 101 }]);
    expect(await rows('$model_b', { model: ['opus'] })).toMatchObject([{ requests: 40 }]);
  });

  it('are offered in that order', async () => {
    const variables = variablesOf(models());
    const offer = async (name: string): Promise<unknown[]> => {
      const { query } = variables.find((one) => one.name === name)!;
      return (await ask(golden.url, expand(String(query), variables, choices))).rows.map(([value]) => value);
    };
    expect(await offer('model_a')).toEqual(['mini', "o'1", 'opus']);
    expect(await offer('model_b')).toEqual(["o'1", 'opus', 'mini']);
  });
});

it('no cell is NaN or infinite, neither with usage nor without', async () => {
  expect(await golden.notNumbers(models(), choices)).toEqual([]);
  const before = { from: new Date('2025-01-01T00:00:00Z'), to: new Date('2025-01-02T00:00:00Z') };
  expect(await golden.notNumbers(models(), before)).toEqual([]);
});

describe('what the chart of points draws', () => {
  const columns = [
    { name: 'model', type: 'String' },
    { name: 'latency p50', type: 'Nullable(Float64)' },
    { name: 'cost per request', type: 'Float64' },
    { name: 'requests', type: 'UInt64' },
  ];
  const { panel, query } = sqlQueriesOf(models()).find((one) => one.panel.title === 'Cost against latency')!;

  it('is there by its names', () => {
    expect(shapeProblems(panel, query, { columns, rows: [] })).toEqual([]);
  });

  it('is a problem where a name is misspelt', () => {
    const others = columns.map((column) => ({ ...column, name: `${column.name}s` }));
    expect(shapeProblems(panel, query, { columns: others, rows: [] })).toHaveLength(4);
  });
});
