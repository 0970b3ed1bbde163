/**
 * Row 7: every panel's statement over the events of a year, through the read endpoint of a collector that
 * runs, over its dashboard's range and over everything; each beside the same statement on the raw events.
 * What is slow is said statement by statement. `DASHBOARDS=tallyd-cost,tallyd-cache` takes only some.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLE } from '../grafana/dashboards/budgets/history.ts';
import { dashboards as makers } from '../grafana/dashboards/index.ts';
import { ask } from '../grafana/testing/ask.ts';
import { expand } from '../grafana/testing/expand.ts';
import { type PanelQuery, sqlQueriesOf, variablesOf } from '../grafana/testing/panels.ts';
import { rangeOf } from '../grafana/testing/range.ts';
import { DAYS, filledStore } from './data/filled-store.ts';
import { onRawEvents } from './data/raw-events.ts';
import { compare, type Measurement } from './measuring/measurement.ts';
import type { Context, Scenario } from './measuring/scenario.ts';
import { percentile, summarise } from './measuring/summary.ts';
import { Collector, environment } from './tallyd.ts';

const EVENTS = 10_000_000;
const SLOW_MS = 100;
/** The read endpoint's own limit: what reaches it took at least this long. */
const LIMIT_SECONDS = 30;
/** What the same on the raw events may take: for hundreds of statements that each take half a minute nobody waits. */
const RAW_LIMIT_SECONDS = 2;

export const dashboards: Scenario = {
  name: 'dashboards',
  rows: [7],
  about: "every panel's statement over 10,000,000 events, against the same on the raw events",
  measure,
};

interface Statement {
  name: string;
  sql: string;
  /** On the raw events; undefined where it reads nothing that was summed up. */
  raw: string | undefined;
}

interface Timing {
  name: string;
  tallyd: number[];
  raw: number[];
}

async function measure(context: Context): Promise<Measurement[]> {
  const events = context.entries ?? (context.small ? EVENTS / 10 : EVENTS);
  const { home, until } = await filledStore(context.data, events, context.say);
  mkdirSync(join(home, '.config/tallyd'), { recursive: true });
  writeFileSync(join(home, '.config/tallyd/tallyd.yaml'), EXAMPLE);
  const collector = await Collector.start(environment(home, { TALLYD_TAIL: 'none' }));
  const now = new Date(until);
  const whole = { from: new Date(until - DAYS * 86_400_000), to: now };
  const ranges = [
    {
      id: 'default',
      title: "the dashboard's range",
      of: (query: PanelQuery) => rangeOf(query.dashboard.time!, now),
    },
    { id: 'whole', title: 'the whole year', of: () => whole },
  ];
  const measurements: Measurement[] = [];
  for (const range of ranges) {
    const statements = panels().map((query) => statementOf(query, range.of(query)));
    const timings = await timed(context, collector.url('store'), statements);
    context.say(listing(range.title, timings));
    measurements.push(rowOf(range, timings, events, context.runs));
  }
  await collector.end();
  return measurements;
}

function panels(): PanelQuery[] {
  const only = process.env['DASHBOARDS']?.split(',');
  const made = makers.map((make) => make()).filter((one) => only?.includes(one.uid!) ?? true);
  return made.flatMap(sqlQueriesOf);
}

function statementOf({ dashboard, panel, query }: PanelQuery, range: { from: Date; to: Date }): Statement {
  const sql = expand(query.rawSql, variablesOf(dashboard), range);
  return { name: `${dashboard.title}: ${panel.title} (${query.refId})`, sql, raw: onRawEvents(sql) };
}

/** In turn, run by run; the raw events are asked in the first. A statement that has no pair counts as its own. */
async function timed(context: Context, url: string, statements: readonly Statement[]): Promise<Timing[]> {
  const timings: Timing[] = statements.map(({ name }) => ({ name, tallyd: [], raw: [] }));
  for (let run = 0; run < context.runs; run++) {
    for (const [i, { sql, raw }] of statements.entries()) {
      const { tallyd, raw: ofRaw } = timings[i]!;
      const took = await time(url, sql, LIMIT_SECONDS);
      tallyd.push(took);
      if (raw === undefined) ofRaw.push(took);
      else ofRaw.push(ofRaw[0] ?? (await time(url, raw, RAW_LIMIT_SECONDS)));
    }
  }
  return timings;
}

async function time(url: string, sql: string, limitSeconds: number): Promise<number> {
  const begun = performance.now();
  try {
    await ask(url, sql, limitSeconds);
    return performance.now() - begun;
  } catch (error) {
    // neither in the time nor in the memory that the endpoint has for a statement
    if (!/TIMEOUT_EXCEEDED|MEMORY_LIMIT_EXCEEDED/.test((error as Error).message)) throw error;
    return limitSeconds * 1000;
  }
}

function rowOf(
  range: { id: string; title: string },
  timings: readonly Timing[],
  events: number,
  runs: number,
): Measurement {
  const p95 = (of: (timing: Timing) => readonly number[]): number[] =>
    Array.from({ length: runs }, (_, run) =>
      percentile(
        timings.map((timing) => of(timing)[run]!),
        95,
      ),
    );
  return compare({
    ...{
      row: 7,
      id: `dashboards/raw/${range.id}`,
      pair: 'the same on the raw events',
      measure: 'p95',
      unit: 'ms',
    },
    work: `${timings.length} panels' statements over ${range.title}, ${events.toLocaleString('en')} events`,
    tallyd: p95(({ tallyd }) => tallyd),
    other: p95(({ raw }) => raw),
    ...(range.id === 'default' && { goal: { of: 'value', atMost: SLOW_MS } }),
  });
}

/** The slowest first. */
function listing(title: string, timings: readonly Timing[]): string {
  const summaries = timings
    .map(({ name, tallyd, raw }) => ({ name, raw: summarise(raw).median, ...summarise(tallyd) }))
    .sort((a, b) => b.median - a.median);
  const slow = summaries.filter(({ median }) => median > SLOW_MS).length;
  const lines = summaries.map(({ name, min, median, max, raw }) => {
    const columns = [min, median, max, raw].map((ms) => ms.toFixed(0).padStart(6));
    return `${columns.join('  ')}  ${median > SLOW_MS ? '!' : ' '} ${name}`;
  });
  const head = `${title}: ${timings.length} statements, ${slow} over ${SLOW_MS} ms`;
  return [head, '   min  median     max     raw', ...lines].join('\n');
}
