/**
 * Every panel's statement over 10,000,000 events of a year, through the read endpoint, over the
 * dashboard's own range and over everything. Prints each one's times and which are slow.
 * `BENCH_EVENTS=1000000 npm run bench -- dashboards` for less, `DASHBOARDS=tallyd-cost` for one.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { applyBudgets } from '../collector/budgets/apply.ts';
import { budgetsSchema } from '../collector/budgets/schema.ts';
import { createReadEndpoint } from '../collector/store/read-endpoint/endpoint.ts';
import type { Store } from '../collector/store/store.ts';
import { EXAMPLE } from '../grafana/dashboards/budgets/history.ts';
import { dashboards } from '../grafana/dashboards/index.ts';
import { ask } from '../grafana/testing/ask.ts';
import { expand } from '../grafana/testing/expand.ts';
import { type PanelQuery, sqlQueriesOf, variablesOf } from '../grafana/testing/panels.ts';
import { rangeOf } from '../grafana/testing/range.ts';
import { openTestStore, quiet, temporaryFolder } from '../tests/support/store.ts';
import { fillUsage, usagePrices } from '../tests/support/usage.ts';

const exampleBudgets = budgetsSchema.parse((parse(EXAMPLE) as { budgets: unknown }).budgets);
const only = process.env['DASHBOARDS']?.split(',');
const made = dashboards.map((make) => make()).filter((one) => only?.includes(one.uid!) ?? true);
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 10_000_000);
const DAYS = 365;
const RUNS = 5;
const SLOW_MS = 100;
const until = new Date();

const folder = temporaryFolder('bench-dashboards');
let store: Store;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), { prices: usagePrices });
  const begun = performance.now();
  await fillUsage(store, { events: EVENTS, days: DAYS, until });
  await applyBudgets(store, { timezone: 'UTC', budgets: exampleBudgets, alerts: {} });
  console.log(`${EVENTS.toLocaleString('en')} events made in ${seconds(performance.now() - begun)}`);
  const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet });
  const listening = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${listening.address.port}`;
  close = listening.close;
});
afterAll(async () => {
  await close?.();
  await store?.close();
  folder.remove();
});

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

interface Timing {
  name: string;
  /** Sorted; Infinity where the endpoint's limit of time was reached. */
  times: number[];
}

function median({ times }: Timing): number {
  return times[Math.floor(times.length / 2)]!;
}

async function time(
  { dashboard, panel, query }: PanelQuery,
  range: { from: Date; to: Date },
): Promise<Timing> {
  const sql = expand(query.rawSql, variablesOf(dashboard), range);
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const begun = performance.now();
    const failed = await ask(url, sql).then(
      () => false,
      (error: Error) => {
        if (!error.message.includes('TIMEOUT_EXCEEDED')) throw error;
        return true;
      },
    );
    times.push(failed ? Infinity : performance.now() - begun);
    if (failed) break;
  }
  return { name: `${dashboard.title}: ${panel.title} (${query.refId})`, times: times.sort((a, b) => a - b) };
}

function print(title: string, timings: Timing[]): void {
  const sorted = [...timings].sort((a, b) => median(b) - median(a));
  const slow = sorted.filter((one) => median(one) > SLOW_MS);
  const medians = timings.map(median).sort((a, b) => a - b);
  const p95 = medians[Math.min(medians.length - 1, Math.ceil(medians.length * 0.95) - 1)]!;
  console.log(
    `\n${title}: ${timings.length} statements, p95 of their medians ${p95.toFixed(0)} ms, ${slow.length} over ${SLOW_MS} ms`,
  );
  console.log('   min  median     max');
  for (const one of sorted) {
    const columns = [one.times[0]!, median(one), one.times.at(-1)!].map((ms) => ms.toFixed(0).padStart(6));
    console.log(`${columns.join('  ')}  ${median(one) > SLOW_MS ? '!' : ' '} ${one.name}`);
  }
}

it.each([
  ['the default range', (query: PanelQuery) => rangeOf(query.dashboard.time!, until)],
  ['the whole year', () => ({ from: new Date(until.getTime() - DAYS * 86_400_000), to: until })],
] as const)('every panel over %s', async (title, range) => {
  const timings: Timing[] = [];
  for (const query of made.flatMap(sqlQueriesOf)) timings.push(await time(query, range(query)));
  print(title, timings);
  expect(timings.length).toBeGreaterThan(0);
});
