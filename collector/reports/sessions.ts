/** Usage per session. A session is in a range of days when its last activity is. */
import type { Reader } from '../store/types.ts';
import { eventCost, eventUnpriced, type RawSums, sumsOf, type SumsRow, tidy } from './costs.ts';
import { BY_SESSION, localDay, USAGE, whereClause, whereOfAnyDay } from './filters.ts';
import { parseUsd, usdNumber } from './money.ts';
import type { CheckedOptions } from './options.ts';
import { UNNAMED_MODEL } from './sums.ts';
import type { CostMode, SessionDetail, SessionEntry, UnpricedModel } from './types.ts';

/** A session's sums for one model. Times are ms since the epoch. */
export type SessionModelRow = SumsRow & {
  source: string;
  sessionId: string;
  lastProject: string;
  first: number;
  last: number;
};

/** In no order. */
export async function readSessions(
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<SessionModelRow[]> {
  const rows = await reader.rows<RawSums & Omit<SessionModelRow, keyof SumsRow>>(
    `SELECT source, session_id AS sessionId, model, ${sumsOf(BY_SESSION, mode)}, ` +
      `argMax(project, (newest_ts, project)) AS lastProject, ` +
      `toUnixTimestamp64Milli(min(first_ts)) AS first, toUnixTimestamp64Milli(max(newest_ts)) AS last ` +
      `FROM ${BY_SESSION.name} ${whereOfAnyDay(options, ["session_id != ''", ...inRange(options)])} ` +
      `GROUP BY source, session_id, model`,
  );
  return rows.map((row) => ({ ...tidy(row), first: Number(row.first), last: Number(row.last) }));
}

/** Sessions are chosen first; only those chosen are summed. */
function inRange(options: CheckedOptions): string[] {
  const { since, until, zone } = options;
  if (!since && !until) return [];
  const last = localDay({ ...BY_SESSION, time: 'max(newest_ts)' }, zone);
  const days = [since && `${last} >= toDate('${since}')`, until && `${last} <= toDate('${until}')`];
  const chosen = `SELECT source, session_id FROM ${BY_SESSION.name} ${whereOfAnyDay(options, ["session_id != ''"])} `;
  return [
    `(source, session_id) IN (${chosen} GROUP BY source, session_id HAVING ${days.filter(Boolean).join(' AND ')})`,
  ];
}

/** What names no session, so that a total which lacks it can say so. */
export async function readWithoutSession(
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<SumsRow | undefined> {
  const rows = await reader.rows<Omit<RawSums, 'model'>>(
    `SELECT ${sumsOf(USAGE, mode)} FROM ${USAGE.name} ` + whereClause(options, USAGE, ["session_id = ''"]),
  );
  // not in the select list: an alias `model` would hide the column from the filters
  const [row] = rows.map((each) => tidy({ ...each, model: '' }));
  return row && row.requests > 0 ? row : undefined;
}

/** A session's requests one by one, null when the store has none; and what of it has no price. */
export async function readSessionDetail(
  sessionId: string,
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<{ detail: SessionDetail | null; unpriced: UnpricedModel[] }> {
  const rows = await reader.rows<EntryRow>(
    `SELECT toUnixTimestamp64Milli(ts) AS at, input_tokens AS inputTokens, output_tokens AS outputTokens, ` +
      `cache_write_5m_tokens + cache_write_1h_tokens AS cacheCreationTokens, cache_read_tokens AS cacheReadTokens, ` +
      `unclassified_tokens AS unclassifiedTokens, total_tokens AS totalTokens, requests, model, ` +
      `toString(${eventCost(mode)}) AS cost, ${eventUnpriced(mode)} AS unpriced ` +
      `FROM ${USAGE.name} ${whereClause(options, USAGE)} ORDER BY ts, event_id`,
  );
  if (rows.length === 0) return { detail: null, unpriced: [] };
  const detail = {
    sessionId,
    totalCost: usdNumber(rows.reduce((sum, row) => sum + parseUsd(row.cost), 0n)),
    totalTokens: rows.reduce((sum, row) => sum + Number(row.totalTokens), 0),
    entries: rows.map(entry),
  };
  return { detail, unpriced: unpricedOf(rows) };
}

function unpricedOf(rows: readonly EntryRow[]): UnpricedModel[] {
  const models = new Map<string, UnpricedModel>();
  for (const row of rows.filter((each) => Number(each.unpriced))) {
    const model = row.model || UNNAMED_MODEL;
    const known = models.get(model) ?? { model, tokens: 0, requests: 0 };
    known.tokens += Number(row.totalTokens);
    known.requests += Number(row.requests);
    models.set(model, known);
  }
  return [...models.values()].sort((a, b) => b.tokens - a.tokens);
}

interface EntryRow {
  at: number;
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
  unclassifiedTokens: number;
  totalTokens: number;
  requests: number;
  model: string;
  cost: string;
  unpriced: number | boolean;
}

function entry(row: EntryRow): SessionEntry {
  return {
    timestamp: new Date(Number(row.at)).toISOString(),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    cacheCreationTokens: Number(row.cacheCreationTokens),
    cacheReadTokens: Number(row.cacheReadTokens),
    model: row.model,
    costUSD: Number(row.unpriced) ? null : usdNumber(parseUsd(row.cost)),
    ...(Number(row.unclassifiedTokens) > 0 && { unclassifiedTokens: Number(row.unclassifiedTokens) }),
  };
}
