/** Five-hour blocks and the gaps between them. */
import { byCode, Adder } from './sums.ts';
import { BLOCK_SECONDS, blocksSql, firstOfStretchSql } from './block-sql.ts';
import { type RawSums, type SumsRow, tidy } from './costs.ts';
import { addDays, whereOfAnyDay } from './filters.ts';
import { burnRateOf, project, withLimits } from './burn-rate.ts';
import { LocalTime } from './local-time.ts';
import type { CheckedOptions } from './options.ts';
import type { Reader } from '../store/types.ts';
import type { Block, CostMode } from './types.ts';

const BLOCK_MS = BLOCK_SECONDS * 1000;
const RECENT_MS = 3 * 86_400_000;
/** Other agents have no such windows; ask for them by `source`. */
const DEFAULT_SOURCE = 'claude-code';

/** A block's sums for one model; `block` is its start in seconds, `first` and `last` are ms. */
export type BlockModelRow = SumsRow & {
  source: string;
  block: number;
  entries: number;
  first: number;
  last: number;
};

export async function readBlocks(
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<BlockModelRow[]> {
  const source = options.source?.length ? options.source : [DEFAULT_SOURCE];
  const chosen = { ...options, source };
  const from = await firstThatMatters(chosen, reader);
  const recent = from === undefined ? [] : [`s.hour >= toDateTime(${from}, 'UTC')`];
  const where = whereOfAnyDay(chosen, ["grain = 'request'", ...recent]);
  const rows = await reader.rows<RawSums & Omit<BlockModelRow, keyof SumsRow>>(blocksSql(where, mode));
  return rows.map((row) => ({
    ...tidy(row),
    block: Number(row.block),
    entries: Number(row.entries),
    first: Number(row.first),
    last: Number(row.last),
  }));
}

/** In seconds; undefined where everything does: the largest block may be any, a session has no hours. */
async function firstThatMatters(options: CheckedOptions, reader: Reader): Promise<number | undefined> {
  if (options.tokenLimit === 'max' || options.sessionId !== undefined) return undefined;
  const { now, since } = options;
  const starts: number[] = [];
  if (options.active) starts.push(now - BLOCK_MS);
  // an active block is shown whenever it began, and that is never longer ago
  if (options.recent) starts.push(now - RECENT_MS);
  // no zone is further than a day from UTC
  if (since) starts.push(Date.parse(`${addDays(since, -1)}T00:00:00Z`));
  if (starts.length === 0) return undefined;
  const from = Math.floor(Math.max(...starts) / 1000);
  const [row] = await reader.rows<{ first: number }>(firstOfStretchSql(whereOfAnyDay(options), from));
  return Number(row?.first ?? 0);
}

/** The blocks of the report: made of all there are, then those that the options leave. */
export function makeBlocks(rows: readonly BlockModelRow[], options: CheckedOptions): Block[] {
  const sources = new Map<string, BlockModelRow[]>();
  for (const row of rows) sources.set(row.source, [...(sources.get(row.source) ?? []), row]);
  const blocks = [...sources.keys()].sort(byCode).flatMap((source) => {
    const own = withGaps(source, sources.get(source)!, options.now);
    return options.tokenLimit === undefined ? own : withLimits(own, options.tokenLimit);
  });
  const local = new LocalTime(options.zone);
  const left = blocks.filter((block) => isAskedFor(block, options, local));
  const ordered = left.sort((a, b) => byCode(a.startTime, b.startTime) || byCode(a.source, b.source));
  return options.order === 'desc' ? ordered.reverse() : ordered;
}

function withGaps(source: string, rows: readonly BlockModelRow[], now: number): Block[] {
  const groups = new Map<number, BlockModelRow[]>();
  for (const row of rows) groups.set(row.block, [...(groups.get(row.block) ?? []), row]);
  const blocks: Block[] = [];
  let before: number | undefined;
  for (const start of [...groups.keys()].sort((a, b) => a - b)) {
    const group = groups.get(start)!;
    const first = Math.min(...group.map((row) => row.first));
    if (before !== undefined && first - before > BLOCK_MS) blocks.push(gap(source, before + BLOCK_MS, first));
    blocks.push(block(source, start * 1000, group, now));
    before = Math.max(...group.map((row) => row.last));
  }
  return blocks;
}

function block(source: string, start: number, rows: readonly BlockModelRow[], now: number): Block {
  const first = Math.min(...rows.map((row) => row.first));
  const last = Math.max(...rows.map((row) => row.last));
  const end = start + BLOCK_MS;
  const isActive = now - last < BLOCK_MS && now < end;
  const adder = new Adder();
  for (const row of rows) adder.add(row);
  const sums = adder.usage();
  const burnRate = isActive ? burnRateOf(sums, last - first) : null;
  return {
    id: iso(start),
    startTime: iso(start),
    endTime: iso(end),
    actualEndTime: iso(last),
    isActive,
    isGap: false,
    entries: rows.reduce((sum, row) => sum + row.entries, 0),
    tokenCounts: {
      inputTokens: sums.inputTokens,
      outputTokens: sums.outputTokens,
      cacheCreationInputTokens: sums.cacheCreationTokens,
      cacheReadInputTokens: sums.cacheReadTokens,
    },
    totalTokens: sums.totalTokens,
    costUSD: sums.totalCost,
    models: sums.modelsUsed,
    burnRate,
    projection: burnRate && project(sums, burnRate, end - now),
    source,
    ...(sums.unpricedTokens !== undefined && { unpricedTokens: sums.unpricedTokens }),
  };
}

function gap(source: string, start: number, end: number): Block {
  return {
    id: `gap-${iso(start)}`,
    startTime: iso(start),
    endTime: iso(end),
    actualEndTime: null,
    isActive: false,
    isGap: true,
    entries: 0,
    tokenCounts: { inputTokens: 0, outputTokens: 0, cacheCreationInputTokens: 0, cacheReadInputTokens: 0 },
    totalTokens: 0,
    costUSD: 0,
    models: [],
    burnRate: null,
    projection: null,
    source,
  };
}

/** Days are those on which a block begins. */
function isAskedFor(each: Block, options: CheckedOptions, local: LocalTime): boolean {
  if (options.active && !each.isActive) return false;
  const start = Date.parse(each.startTime);
  if (options.recent && !each.isActive && start < options.now - RECENT_MS) return false;
  if (!options.since && !options.until) return true;
  const day = local.day(start);
  return (!options.since || day >= options.since) && (!options.until || day <= options.until);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
