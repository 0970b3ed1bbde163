/** What the panels show is what `tallyd report` says, in every time zone. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report } from '../collector/reports/report.ts';
import { createReadEndpoint } from '../collector/store/read-endpoint/endpoint.ts';
import type { Store } from '../collector/store/store.ts';
import type { Daily, DailyRow } from '../collector/reports/types.ts';
import { overview } from '../grafana/dashboards/overview.ts';
import { ask, type Frame } from '../grafana/testing/ask.ts';
import { type Choices, expand } from '../grafana/testing/expand.ts';
import { sqlQueriesOf, variablesOf } from '../grafana/testing/panels.ts';
import { openTestStore, quiet, temporaryFolder } from './support/store.ts';
import { fillUsage, usagePrices } from './support/usage.ts';

const folder = temporaryFolder('dashboards-report');
let store: Store;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), { prices: usagePrices });
  await fillUsage(store, { events: 20_000, days: 40, until: new Date('2026-04-12T15:20:00Z') });
  const endpoint = await createReadEndpoint({ engine: store.embedded!, log: quiet }).listen({
    host: '127.0.0.1',
    port: 0,
  });
  url = `http://127.0.0.1:${endpoint.address.port}`;
  close = endpoint.close;
});
afterAll(async () => {
  await close();
  await store.close();
  folder.remove();
});

async function panel(title: string, choices: Choices): Promise<Frame> {
  const dashboard = overview();
  const { query } = sqlQueriesOf(dashboard).find((one) => one.panel.title === title)!;
  return await ask(url, expand(query.rawSql, variablesOf(dashboard), choices));
}

/** The moments at which two days begin in a zone, and the days between. */
async function midnights(zone: string, first: string, afterLast: string): Promise<{ from: Date; to: Date }> {
  const [row] = await store.rows<{ from: number; to: number }>(
    `SELECT toUnixTimestamp(toDateTime('${first} 00:00:00', '${zone}')) AS from, toUnixTimestamp(toDateTime('${afterLast} 00:00:00', '${zone}')) AS to`,
  );
  return { from: new Date(row!.from * 1000), to: new Date(row!.to * 1000 - 1000) };
}

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/Los_Angeles',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/St_Johns',
];

describe.each(ZONES)('in %s, over days when clocks change', (zone) => {
  let daily: Daily;
  let choices: Choices;
  beforeAll(async () => {
    const options = { since: '20260306', until: '20260409', timezone: zone };
    daily = (await report('daily', options, store)).json as Daily;
    choices = {
      ...(await midnights(zone, '2026-03-06', '2026-04-10')),
      timezone: zone,
      variables: { granularity: 'day' },
    };
  });

  it('the days of "Cost by model" cost what the daily report says', async () => {
    const { rows } = await panel('Cost by model', choices);
    const days = new Map<string, number>();
    for (const [time, , cost] of rows as [string, string, number][])
      days.set(time.slice(0, 10), (days.get(time.slice(0, 10)) ?? 0) + cost);
    const expected = daily.daily.map(({ date, totalCost }: DailyRow) => [date, totalCost.toFixed(6)]);
    expect([...days].map(([day, cost]) => [day, cost.toFixed(6)])).toEqual(expected);
  });

  it('the headlines say what the report adds up', async () => {
    const current = async (title: string): Promise<unknown> => (await panel(title, choices)).rows.at(-1)![1];
    expect(Number(await current('Cost')).toFixed(6)).toBe(daily.totals.totalCost.toFixed(6));
    expect(await current('Tokens')).toBe(daily.totals.totalTokens);
  });
});
