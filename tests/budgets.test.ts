/** What was spent of budgets, against a count of every event that knows nothing of hours or sums. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyBudgets } from '../collector/budgets/apply.ts';
import { budgetsSchema } from '../collector/budgets/schema.ts';
import { createReadEndpoint } from '../collector/store/read-endpoint/endpoint.ts';
import { packageRoot } from '../collector/package-root.ts';
import { statements } from '../collector/store/statements.ts';
import type { Store } from '../collector/store/store.ts';
import { type BudgetEvent, countPeriods, localDay, writeEvents } from './support/budgets.ts';
import { openTestStore, quiet, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('budgets');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

/** The views of the migrations as they stand, except for the clock. */
async function setClock(now: string): Promise<void> {
  const views = new Map<string, string>();
  for (const name of ['0011_create_budgets.sql', '0015_plan_budgets_once.sql'])
    for (const statement of statements(
      readFileSync(join(packageRoot, 'clickhouse/migrations', name), 'utf8'),
    )) {
      const view = /^CREATE (?:OR REPLACE VIEW|VIEW IF NOT EXISTS) (\S+)/.exec(statement)?.[1];
      if (view) views.set(view, statement.replace('CREATE VIEW IF NOT EXISTS', 'CREATE OR REPLACE VIEW'));
    }
  for (const view of views.values())
    await store.command(view.replaceAll("now('UTC')", `toDateTime('${now}', 'UTC')`));
}

const use = (timezone: string, budgets: unknown[]): Promise<void> =>
  applyBudgets(store, { timezone, budgets: budgetsSchema.parse(budgets), alerts: {} });

async function only(events: readonly BudgetEvent[]): Promise<void> {
  for (const table of ['usage_events', 'usage_hourly_rows', 'stale_hours'])
    await store.command(`TRUNCATE TABLE tallyd.${table} SYNC`);
  await writeEvents(store, events);
}

interface PeriodRow {
  name: string;
  period_start: string;
  period_end: string;
  is_current: boolean;
  spent: number;
  requests: number;
}
const periods = (): Promise<PeriodRow[]> =>
  store.rows<PeriodRow>(
    'SELECT name, toString(period_start) AS period_start, toString(period_end) AS period_end, is_current, spent, requests ' +
      'FROM tallyd.budget_periods ORDER BY name, period_start',
  );
const status = (): Promise<Record<string, unknown>[]> =>
  store.rows<Record<string, unknown>>('SELECT * FROM tallyd.budget_status ORDER BY name');
const spentOf = async (): Promise<Record<string, unknown>> =>
  Object.fromEntries((await status()).map((row) => [String(row['name']), row['spent']] as const));

describe('periods', () => {
  it.each([
    // midnight in India is 18:30 UTC
    ['Asia/Kolkata', '2026-03-31T18:29:59.999Z', '2026-03-31T18:30:00.000Z', '2026-03-31 18:30:00'],
    // summer time began on 29 March in Berlin and on 8 March in Newfoundland, where midnight is at :30
    ['Europe/Berlin', '2026-03-31T21:59:59.999Z', '2026-03-31T22:00:00.000Z', '2026-03-31 22:00:00'],
    ['America/St_Johns', '2026-04-01T02:29:59.999Z', '2026-04-01T02:30:00.000Z', '2026-04-01 02:30:00'],
    ['Asia/Kathmandu', '2026-03-31T18:14:59.999Z', '2026-03-31T18:15:00.000Z', '2026-03-31 18:15:00'],
  ])('begin at midnight in %s, to the millisecond', async (zone, before, after, start) => {
    await setClock('2026-04-15 12:00:00');
    await only([
      { ts: before, usd: 1, tokens: 10 },
      { ts: after, usd: 2, tokens: 20 },
    ]);
    await use(zone, [
      { name: 'month', period: 'monthly', usd: 10 },
      { name: 'day', period: 'daily', tokens: 10 },
    ]);
    const rows = await periods();
    expect(rows.filter((row) => row.name === 'month')).toMatchObject([
      { spent: 1, requests: 1, period_end: start, is_current: false },
      { spent: 2, requests: 1, period_start: start, is_current: true },
    ]);
    const days = rows.filter((row) => row.name === 'day');
    expect(days.filter((row) => row.spent > 0)).toMatchObject([
      { spent: 10, period_end: start },
      { spent: 20, period_start: start },
    ]);
    expect(days.at(-1)).toMatchObject({ is_current: true, spent: 0 });
    expect(days).toHaveLength(16);
  });

  it('have 23 and 25 hours where the clocks change', async () => {
    await setClock('2026-11-20 12:00:00');
    await only([{ ts: '2026-03-28T12:00:00.000Z', usd: 1, tokens: 1 }]);
    await use('Europe/Berlin', [{ name: 'day', period: 'daily', usd: 1 }]);
    const hours = (await periods()).map(
      (row) =>
        [row.period_start, (Date.parse(row.period_end) - Date.parse(row.period_start)) / 3_600_000] as const,
    );
    expect(hours.filter(([, length]) => length !== 24)).toEqual([
      ['2026-03-28 23:00:00', 23],
      ['2026-10-24 22:00:00', 25],
    ]);
  });

  it('of weeks begin on Monday, or on Sunday where that is asked for', async () => {
    await setClock('2026-04-15 12:00:00');
    await only([{ ts: '2026-04-12T12:00:00.000Z', usd: 1, tokens: 1 }]); // a Sunday
    await use('UTC', [
      { name: 'monday', period: 'weekly', usd: 1 },
      { name: 'sunday', period: 'weekly', usd: 1, week_starts_on: 'sunday' },
    ]);
    expect(await periods()).toMatchObject([
      { name: 'monday', period_start: '2026-04-06 00:00:00', spent: 1 },
      { name: 'monday', period_start: '2026-04-13 00:00:00', spent: 0, is_current: true },
      { name: 'sunday', period_start: '2026-04-12 00:00:00', spent: 1, is_current: true },
    ]);
  });

  it('reach 400 days back and no further', async () => {
    await setClock('2026-04-15 12:00:00');
    await only([
      { ts: '2025-03-10T12:00:00.000Z', usd: 1, tokens: 1 },
      { ts: '2025-03-11T12:00:00.000Z', usd: 2, tokens: 1 },
    ]);
    await use('UTC', [
      { name: 'day', period: 'daily', usd: 1 },
      { name: 'month', period: 'monthly', usd: 1 },
    ]);
    const rows = await periods();
    expect(rows.find((row) => row.name === 'day')).toMatchObject({
      period_start: '2025-03-11 00:00:00',
      spent: 2,
    });
    expect(rows.filter((row) => row.name === 'day')).toHaveLength(401);
    expect(rows.find((row) => row.name === 'month')).toMatchObject({
      period_start: '2025-03-01 00:00:00',
      spent: 3,
    });
  });
});

describe('a scope', () => {
  const at = '2026-04-15T10:00:00.000Z';
  it('counts what matches a value of each column, with wildcards, and nothing else', async () => {
    await setClock('2026-04-15 12:00:00');
    await only([
      { ts: at, usd: 1, tokens: 0, model: 'claude-opus-4', user: 'ada', project: '/src/a_b', session: 's1' },
      { ts: at, usd: 2, tokens: 0, model: 'claude-sonnet', user: 'bob', project: '/src/axb', session: 's1' },
      {
        ts: at,
        usd: 4,
        tokens: 0,
        model: 'gpt',
        user: '',
        project: '',
        session: 's2',
        tags: { 'git.branch': 'main' },
      },
      { ts: at, usd: 8, tokens: 0, model: "o'\\%", user: 'ada', project: '/x', session: '', billable: false },
    ]);
    const scopes: [string, unknown, number][] = [
      ['all', undefined, 15],
      ['one value', { model: 'gpt' }, 4],
      ['several values', { model: ['gpt', 'claude-sonnet'] }, 6],
      ['ends in anything', { model: 'claude-*' }, 3],
      ['begins with anything', { project: '*/a_b' }, 1],
      ['both', { project: '*src*' }, 3],
      ['two columns', { model: 'claude-*', user: 'ada' }, 1],
      ['unknown', { user: '' }, 4],
      ['odd characters', { model: "o'\\%" }, 8],
      ['nothing', { model: 'claude' }, 0],
      ['session', { session_id: 's1' }, 3],
      ['session and tag', { session_id: 's*', 'tags.git.branch': 'm*' }, 4],
      ['no such tag', { 'tags.agent': '' }, 15],
      ['grain', { grain: 'request' }, 15],
      ['status', { status: 'ok', source: 'test', dataset: 'd', provider: 'p' }, 15],
    ];
    await use(
      'UTC',
      scopes.map(([name, scope]) => ({
        name,
        period: 'daily',
        usd: 100,
        ...(scope !== undefined && { scope }),
      })),
    );
    expect(await spentOf()).toEqual(Object.fromEntries(scopes.map(([name, , spent]) => [name, spent])));
  });

  it('can leave out what was not charged', async () => {
    await use('UTC', [
      { name: 'charged', period: 'monthly', usd: 100, charged_only: true },
      { name: 'ada', period: 'monthly', usd: 100, charged_only: true, scope: { user: 'ada' } },
      { name: 'value', period: 'monthly', usd: 100 },
    ]);
    expect(await spentOf()).toEqual({ charged: 7, ada: 1, value: 15 });
  });

  it('is shown in words', async () => {
    await use('UTC', [
      { name: 'a', period: 'daily', usd: 1 },
      { name: 'b', period: 'daily', usd: 1, scope: { model: 'o*', user: ['ada', ''] }, charged_only: true },
    ]);
    expect(await store.rows('SELECT scope, scope_text FROM tallyd.budgets ORDER BY name')).toEqual([
      { scope: {}, scope_text: 'everything' },
      {
        scope: { model: ['o*'], user: ['ada', ''] },
        scope_text: 'model o* and user ada or (unknown), charged only',
      },
    ]);
  });
});

describe('the status of a budget', () => {
  it('tells share, burn rate, forecast and when it runs out', async () => {
    await setClock('2026-04-16 12:00:00');
    // 2 dollars in each of the last three full hours and half a dollar in this one; 20 earlier
    await only([
      { ts: '2026-04-16T01:00:00.000Z', usd: 20, tokens: 1 },
      ...[9, 10, 11].map((hour) => ({
        ts: `2026-04-16T${String(hour).padStart(2, '0')}:30:00.000Z`,
        usd: 2,
        tokens: 1,
      })),
    ]);
    await use('UTC', [
      { name: 'day', period: 'daily', usd: 40, thresholds: [100, 50, 65] },
      { name: 'none', period: 'daily', usd: 40, scope: { model: 'absent' } },
      { name: 'over', period: 'daily', usd: 21 },
    ]);
    const [day, none, over] = await status();
    expect(day).toEqual({
      name: 'day',
      scope_text: 'everything',
      period: 'daily',
      unit: 'usd',
      amount: 40,
      period_start: '2026-04-16 00:00:00',
      period_end: '2026-04-17 00:00:00',
      is_current: true,
      spent: 26,
      share: 0.65,
      requests: 4,
      elapsed_share: 0.5,
      remaining: 14,
      burn_rate_per_hour: 2,
      expected_share: 0.5,
      burn_ratio: 1.3,
      forecast: 50,
      forecast_share: 1.25,
      runs_out_at: '2026-04-16 19:00:00',
      threshold_reached: 0.65,
      next_threshold: 1,
    });
    expect(none).toMatchObject({
      spent: 0,
      requests: 0,
      remaining: 40,
      burn_rate_per_hour: 0,
      forecast: 0,
      runs_out_at: null,
      threshold_reached: 0,
      next_threshold: 0.5,
    });
    // 20 at 01:00, 22 at 09:30: reached by the end of that hour
    expect(over).toMatchObject({
      remaining: -5,
      runs_out_at: '2026-04-16 10:00:00',
      threshold_reached: 1,
      next_threshold: null,
    });
  });

  it('takes a week for a month and a day for a week as the time of its burn rate', async () => {
    await setClock('2026-04-02 00:00:00');
    await only([{ ts: '2026-03-31T23:00:00.000Z', usd: 168, tokens: 24 }]);
    await use('UTC', [
      { name: 'month', period: 'monthly', usd: 1000 },
      { name: 'week', period: 'weekly', tokens: 1000 },
    ]);
    expect(await status()).toMatchObject([
      { name: 'month', spent: 0, burn_rate_per_hour: 1, forecast: 29 * 24 },
      { name: 'week', spent: 24, burn_rate_per_hour: 0 },
    ]);
  });

  it('is that of the new period from its first second, in a zone of half hours', async () => {
    const events = [
      { ts: '2026-03-31T18:29:00.000Z', usd: 5, tokens: 5 },
      { ts: '2026-03-31T18:30:00.000Z', usd: 1, tokens: 1 },
    ];
    await only(events);
    await use('Asia/Kolkata', [{ name: 'month', period: 'monthly', usd: 10 }]);
    await setClock('2026-03-31 18:29:59');
    expect(await status()).toMatchObject([{ period_end: '2026-03-31 18:30:00', spent: 5 }]);
    await setClock('2026-03-31 18:30:00');
    expect(await status()).toMatchObject([{ period_start: '2026-03-31 18:30:00', spent: 1 }]);
  });
});

describe('a changed tallyd.yaml', () => {
  const names = () => store.rows<{ name: string }>('SELECT name FROM tallyd.budgets ORDER BY name');
  it('puts its budgets in the place of all earlier ones, and taking them back gives the earlier ones', async () => {
    const first = [
      { name: 'a', period: 'daily', usd: 1 },
      { name: 'b', period: 'daily', usd: 1 },
    ];
    await use('UTC', first);
    expect(await names()).toEqual([{ name: 'a' }, { name: 'b' }]);
    await use('UTC', [{ name: 'c', period: 'daily', usd: 1 }]);
    expect(await names()).toEqual([{ name: 'c' }]);
    await use('UTC', []);
    expect(await names()).toEqual([]);
    expect(await status()).toEqual([]);
    expect(await periods()).toEqual([]);
    await use('UTC', first);
    expect(await names()).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('that says the same writes nothing', async () => {
    const count = () => store.rows<{ n: number }>('SELECT count() AS n FROM tallyd.settings');
    const before = await count();
    await use('UTC', [
      { name: 'a', period: 'daily', usd: 1 },
      { name: 'b', period: 'daily', usd: 1 },
    ]);
    expect(await count()).toEqual(before);
  });

  it('is refused when ClickHouse does not know its time zone', async () => {
    await expect(use('+05:30', [])).rejects.toThrow(
      /TALLYD_TIMEZONE is "\+05:30", a time zone that ClickHouse does not know/,
    );
  });
});

describe('the read endpoint', () => {
  it('shows every view of budgets', async () => {
    await use('Asia/Kolkata', [{ name: 'a', period: 'daily', usd: 1, scope: { 'tags.x': 'y' } }]);
    const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet });
    const listening = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    const ask = async (sql: string): Promise<unknown> => {
      const url = `http://127.0.0.1:${listening.address.port}/?query=${encodeURIComponent(sql)}`;
      const response = await fetch(url, { headers: { connection: 'close' } });
      return response.ok ? await response.text() : `${response.status} ${await response.text()}`;
    };
    try {
      expect(await ask('SELECT name, timezone FROM tallyd.budgets')).toBe('a\tAsia/Kolkata\n');
      expect(await ask('SELECT name, is_current FROM budget_periods')).toBe('a\ttrue\n');
      expect(await ask('SELECT name, spent FROM tallyd.budget_status')).toBe('a\t0\n');
      expect(await ask('SELECT count() FROM tallyd.alert_settings')).toBe('13\n');
    } finally {
      await listening.close();
    }
  });
});

describe('every event counts once', () => {
  const HOUR = 3_600_000;
  const now = Date.parse('2026-11-21T12:34:56Z');
  const event: fc.Arbitrary<BudgetEvent> = fc
    .record({
      // near the full and half hours of the last months, the changes of clocks among them
      at: fc.integer({ min: 0, max: 300 * 24 }),
      minutes: fc.constantFrom(0, 14, 15, 29, 30, 44, 45, 59),
      ms: fc.constantFrom(0, 1, 59_999),
      tokens: fc.nat({ max: 1000 }),
      cents: fc.nat({ max: 1000 }),
      model: fc.constantFrom('claude-opus', 'claude-sonnet', 'gpt'),
      user: fc.constantFrom('', 'ada', 'bob'),
      session: fc.constantFrom('s1', 's2'),
      billable: fc.boolean(),
    })
    .map(({ at, minutes, ms, cents, ...more }) => ({
      ...more,
      usd: cents / 100,
      ts: new Date(
        Math.floor(now / HOUR) * HOUR - at * HOUR + Math.min(minutes * 60_000 + ms, HOUR - 1) - HOUR,
      ).toISOString(),
    }));
  const budget = fc.record({
    period: fc.constantFrom('daily', 'weekly', 'monthly'),
    unit: fc.constantFrom('usd', 'tokens'),
    sunday: fc.boolean(),
    charged: fc.boolean(),
    scope: fc.constantFrom(
      {},
      { model: 'claude-*' },
      { model: ['gpt', '*sonnet'], user: 'ada' },
      { session_id: 's1' },
      { user: '' },
    ),
  });

  it('in the period of its local day, in any zone', { timeout: 180_000 }, async () => {
    await setClock('2026-11-21 12:34:56');
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 200 }),
        fc.array(budget, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(
          'UTC',
          'Asia/Kolkata',
          'Europe/Berlin',
          'America/St_Johns',
          'Australia/Lord_Howe',
          'Pacific/Chatham',
          'America/Santiago',
        ),
        async (events, drawn, zone) => {
          await only(events);
          const budgets = budgetsSchema.parse(
            drawn.map(({ period, unit, sunday, charged, scope }, i) => ({
              name: `b${i}`,
              period,
              [unit]: 100,
              scope,
              charged_only: charged,
              ...(period === 'weekly' && { week_starts_on: sunday ? 'sunday' : 'monday' }),
            })),
          );
          await applyBudgets(store, { timezone: zone, budgets, alerts: {} });
          const rows = await store.rows<{
            name: string;
            start: number;
            spent: number;
            requests: number;
            current: boolean;
          }>(
            'SELECT name, toUnixTimestamp(period_start) AS start, spent, requests, is_current AS current FROM tallyd.budget_periods',
          );
          const current = await store.rows<{ name: string; spent: number; requests: number }>(
            'SELECT name, spent, requests FROM tallyd.budget_status',
          );
          for (const one of budgets) {
            const own = rows.filter((row) => row.name === one.name);
            const found = own
              .filter((row) => row.requests > 0)
              .map((row) => [localDay(row.start * 1000, zone), row.requests, Math.round(row.spent * 100)]);
            expect(found.sort()).toEqual(countPeriods(events, one, zone));
            const last = own.find((row) => row.current)!;
            expect(current.find((row) => row.name === one.name)).toEqual({
              name: one.name,
              spent: last.spent,
              requests: last.requests,
            });
          }
        },
      ),
      { numRuns: 12 },
    );
  });
});
