/**
 * What to sum, per cost mode. The expressions are written out instead of reading `cost_usd`, because
 * a mode may be asked for that is not the configured one, and so that there is one way for both.
 */
import type { Reader } from '../store/types.ts';
import { BY_SESSION, type Relation, USAGE } from './filters.ts';
import { parseUsd } from './money.ts';
import type { CostMode } from './types.ts';

/** Sums of a group of events, as the store answers. */
export interface SumsRow {
  model: string;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
  reasoningTokens: number;
  unclassifiedTokens: number;
  totalTokens: number;
  /** Billionths of a dollar. */
  cost: bigint;
  /** The part of the cost that was computed from prices. */
  estimated: bigint;
  unpricedTokens: number;
  unpricedRequests: number;
}

const TOKENS = [
  'sum(requests) AS requests_',
  'sum(input_tokens) AS inputTokens',
  'sum(output_tokens) AS outputTokens',
  'sum(cache_write_5m_tokens) + sum(cache_write_1h_tokens) AS cacheCreationTokens',
  'sum(cache_read_tokens) AS cacheReadTokens',
  'sum(reasoning_tokens) AS reasoningTokens',
  'sum(unclassified_tokens) AS unclassifiedTokens',
  'sum(total_tokens) AS totalTokens',
];

/** The select list behind {@link SumsRow}; `requests_` because an alias hides its column. */
export function sumsOf(relation: Relation, mode: CostMode): string {
  const columns = relation === USAGE ? events(mode) : hourly(mode, relation);
  return [
    ...TOKENS,
    `toString(${columns.cost}) AS cost`,
    `toString(${columns.estimated}) AS estimated`,
    `${columns.unpricedTokens} AS unpricedTokens`,
    `${columns.unpricedRequests} AS unpricedRequests`,
  ].join(', ');
}

/** A {@link SumsRow} as it arrives: decimals as text. */
export type RawSums = Omit<SumsRow, 'requests' | 'cost' | 'estimated'> & {
  requests_: number;
  cost: string;
  estimated: string;
};

/** An event's cost. */
export function eventCost(mode: CostMode): string {
  switch (mode) {
    case 'auto':
      return 'coalesce(reported_cost_usd, calculated_cost_usd, 0)';
    case 'calculate':
      return 'ifNull(calculated_cost_usd, 0)';
    case 'display':
      return 'ifNull(reported_cost_usd, 0)';
  }
}

/**
 * Whether an event has tokens, or is one whose source tells none, and nothing says what it costs. Without
 * tokens there is no calculated cost only where the source tells neither.
 */
export function eventUnpriced(mode: CostMode): string {
  const missing = {
    auto: 'calculated_cost_usd IS NULL AND reported_cost_usd IS NULL',
    calculate: 'calculated_cost_usd IS NULL',
    display: 'reported_cost_usd IS NULL',
  }[mode];
  return `(${missing} AND (total_tokens > 0 OR calculated_cost_usd IS NULL))`;
}

interface CostColumns {
  cost: string;
  /** The part of the cost that was computed from prices. */
  estimated: string;
  unpricedTokens: string;
  unpricedRequests: string;
}

function events(mode: CostMode): CostColumns {
  const estimated = {
    auto: `sum(${eventCost('auto')}) - sum(ifNull(reported_cost_usd, 0))`,
    calculate: 'sum(ifNull(calculated_cost_usd, 0))',
    display: 'toDecimal64(0, 9)',
  }[mode];
  return {
    cost: `sum(${eventCost(mode)})`,
    estimated,
    unpricedTokens: `sumIf(total_tokens, ${eventUnpriced(mode)})`,
    unpricedRequests: `sumIf(requests, ${eventUnpriced(mode)})`,
  };
}

/**
 * Of the hourly sums, unpriced is what has no calculated cost: exact for `calculate`; see unpriced.ts for
 * the others. The sums per session know all three.
 */
function hourly(mode: CostMode, relation: Relation): CostColumns {
  const columns = {
    auto: ['sum(auto_cost_usd)', 'sum(auto_cost_usd) - sum(reported_cost_usd)'],
    calculate: ['sum(calculated_cost_usd)', 'sum(calculated_cost_usd)'],
    display: ['sum(reported_cost_usd)', 'toDecimal64(0, 9)'],
  } as const;
  const [cost, estimated] = columns[mode];
  const unpriced =
    relation === BY_SESSION
      ? { auto: 'auto_unpriced', calculate: 'unpriced', display: 'unreported' }[mode]
      : 'unpriced';
  return {
    cost,
    estimated,
    unpricedTokens: `sum(${unpriced}_tokens)`,
    unpricedRequests: `sum(${unpriced}_requests)`,
  };
}

/** Numbers as numbers, should a server send 64-bit ones as text; costs as what sums exactly. */
export function tidy<T extends RawSums>(row: T): Omit<T, keyof RawSums> & SumsRow {
  return {
    ...row,
    requests: Number(row.requests_),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    cacheCreationTokens: Number(row.cacheCreationTokens),
    cacheReadTokens: Number(row.cacheReadTokens),
    reasoningTokens: Number(row.reasoningTokens),
    unclassifiedTokens: Number(row.unclassifiedTokens),
    totalTokens: Number(row.totalTokens),
    unpricedTokens: Number(row.unpricedTokens),
    unpricedRequests: Number(row.unpricedRequests),
    cost: parseUsd(row.cost),
    estimated: parseUsd(row.estimated),
  };
}

/** The mode in force: the one asked for, else the store's. */
export async function modeInForce(mode: CostMode | undefined, reader: Reader): Promise<CostMode> {
  if (mode) return mode;
  const [row] = await reader.rows<{ mode: string }>(
    "SELECT argMax(value, set_at) AS mode FROM tallyd.settings WHERE name = 'cost_mode'",
  );
  return row?.mode === 'calculate' || row?.mode === 'display' ? row.mode : 'auto';
}

/** Whether something is missing from the cost. The tokens of it may be unknown: 0. */
export function lacksCost({
  unpricedTokens,
  unpricedRequests,
}: Pick<SumsRow, 'unpricedTokens' | 'unpricedRequests'>): boolean {
  return unpricedTokens > 0 || unpricedRequests > 0;
}

/** Whether a part of the costs was computed from prices. */
export function anyEstimated(rows: readonly SumsRow[]): boolean {
  return rows.some((row) => row.estimated !== 0n);
}
