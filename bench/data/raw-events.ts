/** A panel's statement, which reads sums per hour, as it would be if there were only events. */
import { HISTOGRAM_BOUNDS, histogramSql } from '../../collector/store/histograms.ts';

const KEYS = ['source', 'dataset', 'provider', 'model', 'user', 'project', 'status'];
const SUMS = [
  ...['requests', 'input_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens', 'cache_read_tokens'],
  ...['output_tokens', 'reasoning_tokens', 'unclassified_tokens', 'total_tokens', 'cost_usd'],
  ...['cache_read_saved_usd', 'cache_write_cost_usd', 'cache_write_extra_usd'],
];
const AUTO = 'coalesce(e.reported_cost_usd, e.calculated_cost_usd)';
const QUANTILES = 'quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)';
const BOTH = 'e.reported_cost_usd IS NOT NULL AND e.calculated_cost_usd IS NOT NULL';
const TOKENS = SUMS.filter((column) => column.endsWith('_tokens'));
const BARS = [
  ['tokens', 'e.total_tokens', "e.grain = 'request'"],
  ['cost', `ifNull(${AUTO}, 0)`, `e.grain = 'request' AND ${AUTO} IS NOT NULL`],
  ['duration', 'assumeNotNull(e.duration_ms)', "e.grain = 'request' AND e.duration_ms IS NOT NULL"],
] as const;

/** What the sums per hour have, from events. */
function summed(where: string): string {
  return `(SELECT toDateTime(toStartOfHour(e.ts), 'UTC') AS hour, hour + 3600 AS until,
    ${KEYS.map((key) => `e.${key} AS ${key}`).join(', ')}, count() AS events,
    ${SUMS.map((column) => `sum(e.${column}) AS ${column}`).join(', ')},
    sum(ifNull(e.reported_cost_usd, 0)) AS reported_cost_usd, sum(ifNull(e.calculated_cost_usd, 0)) AS calculated_cost_usd,
    sum(ifNull(${AUTO}, 0)) AS auto_cost_usd, sumIf(ifNull(${AUTO}, 0), NOT e.billable) AS not_billable_auto_cost_usd,
    sumIf(e.requests, e.calculated_cost_usd IS NULL) AS unpriced_requests, sumIf(e.total_tokens, e.calculated_cost_usd IS NULL) AS unpriced_tokens,
    sumIf(e.requests, ${AUTO} IS NULL) AS auto_unpriced_requests, sumIf(e.total_tokens, ${AUTO} IS NULL) AS auto_unpriced_tokens,
    sumIf(e.requests, ${BOTH}) AS compared_requests, sumIf(ifNull(e.reported_cost_usd, 0), ${BOTH}) AS compared_reported_usd,
    sumIf(ifNull(e.calculated_cost_usd, 0), ${BOTH}) AS compared_calculated_usd,
    ${BARS.map(([name, value, when]) => `${histogramSql(HISTOGRAM_BOUNDS[name], value, when)} AS ${name}_histogram`).join(', ')},
    max(e.ts) AS newest_ts, ${QUANTILES}(e.total_tokens, e.grain = 'request') AS tokens_quantiles,
    ${QUANTILES}(toFloat64(ifNull(${AUTO}, 0)), e.grain = 'request' AND ${AUTO} IS NOT NULL) AS cost_quantiles,
    ${QUANTILES}(assumeNotNull(e.duration_ms), e.grain = 'request' AND e.duration_ms IS NOT NULL) AS duration_quantiles
FROM tallyd.usage AS e ${where} GROUP BY hour, ${KEYS.join(', ')})`;
}

/** What the sums per hour and session have. */
const BY_SESSION = `(SELECT toDateTime(toStartOfHour(e.ts), 'UTC') AS hour, toUnixTimestamp64Milli(e.ts) % 3600000 != 0 AS late,
    ${['source', 'dataset', 'session_id', 'grain', 'provider', 'model', 'user', 'project'].map((key) => `e.${key} AS ${key}`).join(', ')},
    count() AS events, sum(e.requests) AS requests, countIf(e.status = 'error') AS errors,
    ${TOKENS.map((column) => `sum(e.${column}) AS ${column}`).join(', ')}, sum(e.cost_usd) AS cost_usd,
    sum(ifNull(e.reported_cost_usd, 0)) AS reported_cost_usd, sum(ifNull(e.calculated_cost_usd, 0)) AS calculated_cost_usd,
    sum(ifNull(${AUTO}, 0)) AS auto_cost_usd, min(e.ts) AS first_ts, max(e.ts) AS newest_ts
FROM tallyd.usage AS e GROUP BY hour, late, source, dataset, session_id, grain, provider, model, user, project)`;

const IN_ZONE = 'tallyd.usage_in_zone(';

/** Undefined where the statement reads no sums. */
export function onRawEvents(sql: string): string | undefined {
  let text = sql;
  for (let at = text.indexOf(IN_ZONE); at !== -1; at = text.indexOf(IN_ZONE)) {
    const end = closing(text, at + IN_ZONE.length);
    const [, from, to] = /from = ([^]*), to = ([^]*)$/.exec(text.slice(at + IN_ZONE.length, end))!;
    const where = `WHERE e.ts >= toStartOfHour(${from}) AND e.ts < toDateTime64((${to}) + 1, 3, 'UTC')`;
    text = text.slice(0, at) + summed(where) + text.slice(end + 1);
  }
  text = text.replaceAll(/tallyd\.usage_hourly\b/g, () => summed(''));
  text = text.replaceAll(/tallyd\.usage_by_session\b/g, () => BY_SESSION);
  return text === sql ? undefined : text;
}

/** Where the bracket closes that was opened before `start`. */
function closing(text: string, start: number): number {
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  throw new Error('a bracket of usage_in_zone( is never closed');
}
