/** What the panels of Budgets say about budgets and events that are known to the row. */
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyBudgets } from '../../collector/budgets/apply.ts';
import { budgetsSchema } from '../../collector/budgets/schema.ts';
import type { Store } from '../../collector/store/store.ts';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { usagePrices } from '../../tests/support/usage.ts';
import { rowsOf } from '../testing/rows.ts';
import { budgets } from './budgets.ts';
import { EXAMPLE } from './budgets/history.ts';

const folder = temporaryFolder('budgets');
const began = new Date();
let store: Store;

/** Half an hour's offset, so that periods begin within an hour of UTC. */
const ZONE = 'Asia/Kolkata';

const show = (
  title: string,
  variables: Record<string, string> = {},
): Promise<Record<string, number | string | null>[]> =>
  rowsOf(store, budgets(), title, {
    from: new Date(began.getTime() - 90 * 86_400_000),
    to: new Date(),
    variables,
  }) as Promise<Record<string, number | string | null>[]>;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), { prices: usagePrices });
  // dollars are reported, so they do not depend on prices; 250 tokens each
  const events = [
    [0, 'ada', 30],
    [0, 'bob', 10],
    [0, 'ada', 5],
    [40 * 24, 'ada', 70],
    [80 * 24, 'ada', 1],
  ] as const;
  const values = events.map(([hoursAgo, user, dollars], index) => {
    const ts = (began.getTime() - hoursAgo * 3_600_000) / 1000;
    return `(toDateTime64(${ts}, 3, 'UTC'), ${index + 1}, 0, 'codex', 'd', 'request', 1, '', 'gpt', '${user}', '', '', '', 'ok', 200, 0, 0, 0, 50, 0, 0, NULL, ${dollars}, true, 'standard', map(), 1, 0)`;
  });
  await store.command(
    `INSERT INTO tallyd.usage_events (ts, event_id, generation, source, dataset, grain, requests, provider, model, user, project,
    session_id, request_id, status, input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens,
    reasoning_tokens, unclassified_tokens, duration_ms, reported_cost_usd, billable, speed, tags, version, is_deleted) VALUES ${values.join(', ')}`,
  );
  await store.command(
    "INSERT INTO tallyd.priced_names (provider, model, priced, book) SELECT DISTINCT provider, model, 0, '' FROM tallyd.usage_events",
  );
  await store.usePrices({ ...usagePrices, fingerprint: 'budgets' });
  await applyBudgets(store, {
    timezone: ZONE,
    alerts: {},
    budgets: budgetsSchema.parse([
      { name: 'all', period: 'monthly', usd: 100 },
      { name: "ada's", period: 'monthly', usd: 25, scope: { user: 'ada' } },
      { name: 'tokens', period: 'daily', tokens: 1000 },
    ]),
  });
});

afterAll(async () => {
  await store.close();
  folder.remove();
});

it('counts budgets and those that are used up', async () => {
  const [row] = await show('At a glance');
  expect(row).toMatchObject({ budgets: 3, 'used up': 1 });
});

it('shows budgets in dollars and in tokens apart, with what is spent and left', async () => {
  expect(await show('Budgets in dollars')).toMatchObject([
    { name: "ada's", scope: 'user ada', amount: 25, spent: 35, share: 1.4, remaining: -10, requests: 2 },
    { name: 'all', scope: 'everything', amount: 100, spent: 45, share: 0.45, remaining: 55, requests: 3 },
  ]);
  expect(await show('Budgets in tokens')).toMatchObject([
    { name: 'tokens', period: 'daily', amount: 1000, spent: 750, share: 0.75, remaining: 250 },
  ]);
  const shares = await show('Budgets');
  expect(shares.map(({ name, spent }) => [name, spent])).toEqual([
    ["ada's", 1.4],
    ['tokens', 0.75],
    ['all', 0.45],
  ]);
});

it('draws the chosen budget up to now, and on to the forecast of its status', async () => {
  const points = await show('This period in dollars', { budget: 'all' });
  const [status] = (await show('Budgets in dollars')).filter(({ name }) => name === 'all');
  expect(points[0]).toMatchObject({ elapsed: 0, spent: 0, even_pace: 0, amount: 100 });
  const last = points.at(-1)!;
  expect(last).toMatchObject({ spent: null, even_pace: 100, amount: 100 });
  expect([28, 29, 30, 31]).toContain(last['elapsed']);
  // the status is asked a moment later
  expect(Number(last['forecast'])).toBeCloseTo(Number(status!['forecast']), 0);
  const drawn = points.filter(({ spent }) => spent !== null);
  expect(drawn.at(-1)).toMatchObject({ spent: 45, forecast: 45 });
  expect(drawn.slice(0, -1).every(({ forecast }) => forecast === null)).toBe(true);
  const [own] = (await show('This period in dollars', { budget: "ada's" })).filter(
    ({ spent, forecast }) => spent !== null && forecast !== null,
  );
  expect(own).toMatchObject({ spent: 35, amount: 25 });
});

it('draws a daily budget in hours, the first one when none is chosen', async () => {
  const points = await show('This period in tokens');
  expect(points.at(-1)).toMatchObject({ elapsed: 24, even_pace: 1000 });
  expect(points.filter(({ spent }) => spent !== null).at(-1)).toMatchObject({ spent: 750 });
});

it('lists earlier periods with what they took', async () => {
  const periods = (await show('Periods in dollars')).filter(({ name }) => name === 'all');
  expect(periods[0]).toMatchObject({ spent: 45, share: 0.45 });
  // 40 days ago is another month, and it may be the one before or two before
  const sums = periods.map(({ spent }) => spent);
  expect(sums.reduce((a, b) => Number(a) + Number(b), 0)).toBe(116);
  expect(sums).toContain(70);
  const labels = new Set((await show('Share per period')).map(({ label }) => label));
  expect([...labels].sort()).toEqual(["ada's", 'all', 'tokens']);
});

it('shows an example that tallyd reads', () => {
  const { budgets: list } = parse(EXAMPLE) as { budgets: unknown };
  expect(budgetsSchema.parse(list).map(({ unit }) => unit)).toEqual(['usd', 'usd', 'tokens']);
});
