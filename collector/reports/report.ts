/**
 * The reports: pure functions over a Reader, the same numbers whether that is the store or a client
 * of the running collector's read endpoint. Only SELECTs, at most three, most often two.
 */
import type { Reader } from '../store/types.ts';
import { readBilled } from './billed.ts';
import { makeBlocks, readBlocks } from './blocks.ts';
import { anyEstimated, modeInForce, type SumsRow } from './costs.ts';
import { isFiltered } from './filters.ts';
import { usdNumber } from './money.ts';
import { type CheckedOptions, checkOptions } from './options.ts';
import { type Period, readPeriods } from './periods.ts';
import { readSessionDetail, readSessions, readWithoutSession, type SessionModelRow } from './sessions.ts';
import { Adder, addUp, byCode } from './sums.ts';
import type {
  About,
  CostMode,
  Report,
  ReportKind,
  ReportOptions,
  SessionRow,
  Sessions,
  Totals,
  UsageRow,
} from './types.ts';

/** Rejects with ReportOptionError for options that make no sense, with ClickHouseError otherwise. */
export async function report(kind: ReportKind, options: ReportOptions, reader: Reader): Promise<Report> {
  const checked = checkOptions(kind, options);
  const mode = await modeInForce(checked.mode, reader);
  switch (kind) {
    case 'daily':
    case 'weekly':
    case 'monthly':
      return await periodReport(kind, checked, mode, reader);
    case 'session':
      return checked.sessionId === undefined
        ? await sessionReport(checked, mode, reader)
        : await sessionDetail(checked.sessionId, checked, mode, reader);
    case 'blocks':
      return await blocksReport(checked, mode, reader);
    case 'billed':
      return {
        kind,
        about: aboutOf(checked, mode, [], new Adder()),
        json: await readBilled(checked, reader),
      };
  }
}

async function periodReport(
  kind: Period,
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<Report> {
  const rows = await readPeriods(kind, options, mode, reader);
  const { groups, all } = addUp(rows, (row) => row.period);
  const periods = [...groups].map(([period, group]) => ({ period, usage: group.usage() }));
  if (options.order === 'desc') periods.reverse();
  const about = aboutOf(options, mode, rows, all);
  const totals = all.totals();
  switch (kind) {
    case 'daily':
      return { kind, about, json: { daily: keyed('date', periods), totals } };
    case 'weekly':
      return { kind, about, json: { weekly: keyed('week', periods), totals } };
    case 'monthly':
      return { kind, about, json: { monthly: keyed('month', periods), totals } };
  }
}

function keyed<Key extends string>(
  key: Key,
  periods: readonly { period: string; usage: UsageRow }[],
): (Record<Key, string> & UsageRow)[] {
  return periods.map(({ period, usage }) => ({ [key]: period, ...usage }) as Record<Key, string> & UsageRow);
}

async function sessionReport(options: CheckedOptions, mode: CostMode, reader: Reader): Promise<Report> {
  const [rows, without] = await Promise.all([
    readSessions(options, mode, reader),
    readWithoutSession(options, mode, reader),
  ]);
  const { groups, all } = addUp(rows, sessionKey);
  const spans = spansOf(rows);
  const sessions = [...groups].map(([key, group]) => ({ ...spans.get(key)!, ...group.usage() }));
  sessions.sort(
    (a, b) =>
      byCode(a.lastActivity, b.lastActivity) ||
      byCode(a.sessionId, b.sessionId) ||
      byCode(a.source, b.source),
  );
  if (options.order === 'desc') sessions.reverse();
  const json: Sessions = { sessions, totals: all.totals() };
  if (without) json.withoutSession = summed(without);
  return { kind: 'session', about: aboutOf(options, mode, rows, all), json };
}

function sessionKey(row: SessionModelRow): string {
  return `${row.source}\0${row.sessionId}`;
}

type Span = Pick<SessionRow, 'sessionId' | 'projectPath' | 'firstActivity' | 'lastActivity' | 'source'>;

/** When each session began and ended, over all its models, and the project it was in last. */
function spansOf(rows: readonly SessionModelRow[]): Map<string, Span> {
  const spans = new Map<string, { first: number; last: number; project: string; row: SessionModelRow }>();
  for (const row of rows) {
    const span = spans.get(sessionKey(row));
    const later = !span || row.last > span.last || (row.last === span.last && row.lastProject > span.project);
    spans.set(sessionKey(row), {
      first: Math.min(row.first, span?.first ?? row.first),
      last: Math.max(row.last, span?.last ?? row.last),
      project: later ? row.lastProject : span.project,
      row,
    });
  }
  return new Map(
    [...spans].map(([key, span]) => [
      key,
      {
        sessionId: span.row.sessionId,
        projectPath: span.project,
        firstActivity: new Date(span.first).toISOString(),
        lastActivity: new Date(span.last).toISOString(),
        source: span.row.source,
      },
    ]),
  );
}

function summed(row: SumsRow): NonNullable<Sessions['withoutSession']> {
  return {
    requests: row.requests,
    totalTokens: row.totalTokens,
    totalCost: usdNumber(row.cost),
  };
}

async function sessionDetail(
  sessionId: string,
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<Report> {
  const { detail: json, unpriced } = await readSessionDetail(sessionId, options, mode, reader);
  const about = {
    ...aboutOf(options, mode, [], new Adder()),
    estimated: mode !== 'display',
    unpriced,
  };
  return { kind: 'session-detail', about, json };
}

async function blocksReport(options: CheckedOptions, mode: CostMode, reader: Reader): Promise<Report> {
  const rows = await readBlocks(options, mode, reader);
  const blocks = makeBlocks(rows, options);
  const shown = new Set(blocks.map((block) => `${block.source} ${block.startTime}`));
  const { all } = addUp(
    rows.filter((row) => shown.has(`${row.source} ${new Date(row.block * 1000).toISOString()}`)),
    () => '',
  );
  const { unpricedModels }: Totals = all.totals();
  return {
    kind: 'blocks',
    about: aboutOf(options, mode, rows, all),
    json: { blocks, ...(unpricedModels && { unpricedModels }) },
  };
}

function aboutOf(options: CheckedOptions, mode: CostMode, rows: readonly SumsRow[], all: Adder): About {
  return {
    mode,
    timezone: options.timezone,
    zone: options.zone,
    breakdown: options.breakdown ?? false,
    estimated: anyEstimated(rows),
    unpriced: all.unpriced(),
    filtered: isFiltered(options) || options.recent === true,
    activeOnly: options.active === true,
    now: options.now,
  };
}
