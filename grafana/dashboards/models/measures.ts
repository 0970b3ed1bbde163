/** What is told of a model, here once for the table and the two side by side. */
import { COST, PROMPT_TOKENS } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';

/** The states that usage_hourly keeps. */
const QUANTILES = [0.5, 0.9, 0.95, 0.99];

/** Milliseconds within which a share of the requests was answered; NULL where no source tells. */
export function latency(quantile: 0.5 | 0.9 | 0.95 | 0.99): string {
  const merged = `quantilesTDigestMerge(${QUANTILES.join(', ')})(u.duration_quantiles)[${QUANTILES.indexOf(quantile) + 1}]`;
  return `if(isFinite(${merged}), toFloat64(${merged}), NULL)`;
}

const cost = `toFloat64(sum(u.${COST}))`;
const prompt = `sum(${PROMPT_TOKENS.split(' + ')
  .map((column) => `u.${column}`)
  .join(' + ')})`;

export interface Measure {
  name: string;
  /** An aggregate over `usage_hourly AS u`. */
  of: string;
  unit: string;
  decimals?: number;
}

export const MEASURES: readonly Measure[] = [
  { name: 'requests', of: 'sum(u.requests)', unit: unit.count },
  { name: 'tokens', of: 'sum(u.total_tokens)', unit: unit.count },
  { name: 'cost', of: cost, unit: unit.dollars, decimals: 2 },
  { name: 'per request', of: `${cost} / nullIf(sum(u.requests), 0)`, unit: unit.dollars, decimals: 4 },
  {
    name: 'per 1,000 tokens',
    of: `1000 * ${cost} / nullIf(sum(u.total_tokens), 0)`,
    unit: unit.dollars,
    decimals: 4,
  },
  {
    name: 'cache hit rate',
    of: `sum(u.cache_read_tokens) / nullIf(${prompt}, 0)`,
    unit: unit.share,
    decimals: 1,
  },
  {
    name: 'error share',
    of: `sumIf(u.requests, u.status = 'error') / nullIf(sum(u.requests), 0)`,
    unit: unit.share,
    decimals: 1,
  },
  { name: 'latency p50', of: latency(0.5), unit: unit.milliseconds, decimals: 0 },
  { name: 'latency p95', of: latency(0.95), unit: unit.milliseconds, decimals: 0 },
];
