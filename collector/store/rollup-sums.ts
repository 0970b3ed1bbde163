/** The tables of sums per hour: what their keys and columns are of an hour's events. */
import { HISTOGRAM_BOUNDS, histogramSql } from './histograms.ts';
import { LARGE_INSERT } from './sql.ts';

/** A table of rows that replace each other by key and version, deleted ones included. */
export interface SumsTable {
  table: string;
  /** The names of the sorting key, and what they are of an event where that is another thing. */
  keys: [name: string, of?: string][];
  /** What the events of a key give; a key that an hour no longer has gets `empty`, 0 unless told. */
  columns: [name: string, of: string, empty?: string][];
}

/** The cost by mode `auto`; NULL where neither the source nor the price list knows one. */
const AUTO = 'coalesce(reported_cost_usd, calculated_cost_usd)';
const BOTH = 'reported_cost_usd IS NOT NULL AND calculated_cost_usd IS NOT NULL';
const UNREPORTED = 'reported_cost_usd IS NULL AND (total_tokens > 0 OR calculated_cost_usd IS NULL)';
const HOUR = "toStartOfHour(toDateTime(ts, 'UTC'))";

const SUMS: SumsTable['columns'] = [
  ['events', 'count()'],
  ...[
    'requests',
    'input_tokens',
    'cache_write_5m_tokens',
    'cache_write_1h_tokens',
    'cache_read_tokens',
    'output_tokens',
    'reasoning_tokens',
    'unclassified_tokens',
    'total_tokens',
  ].map((column): [string, string] => [column, `sum(${column})`]),
  ['reported_cost_usd', 'sum(ifNull(reported_cost_usd, 0))'],
  ['calculated_cost_usd', 'sum(ifNull(calculated_cost_usd, 0))'],
  ['auto_cost_usd', `sum(ifNull(${AUTO}, 0))`],
  ['unpriced_requests', 'sumIf(requests, calculated_cost_usd IS NULL)'],
  ['unpriced_tokens', 'sumIf(total_tokens, calculated_cost_usd IS NULL)'],
  ['auto_unpriced_requests', `sumIf(requests, ${AUTO} IS NULL)`],
  ['auto_unpriced_tokens', `sumIf(total_tokens, ${AUTO} IS NULL)`],
  ['newest_ts', 'max(ts)'],
];

const HOURLY: SumsTable = {
  table: 'tallyd.usage_hourly_rows',
  keys: [
    ['hour', HOUR],
    ...['generation', 'source', 'dataset', 'provider', 'model', 'user', 'project', 'status'].map(
      (name): [string] => [name],
    ),
  ],
  columns: [
    ...SUMS,
    ['not_billable_auto_cost_usd', `sumIf(ifNull(${AUTO}, 0), NOT billable)`],
    ['not_billable_calculated_cost_usd', 'sumIf(ifNull(calculated_cost_usd, 0), NOT billable)'],
    ['not_billable_unpriced_tokens', 'sumIf(total_tokens, calculated_cost_usd IS NULL AND NOT billable)'],
    ['cache_read_saved_usd', 'sum(cache_read_saved_usd)'],
    ['cache_write_cost_usd', 'sum(cache_write_cost_usd)'],
    ['cache_write_extra_usd', 'sum(cache_write_extra_usd)'],
    ['compared_requests', `sumIf(requests, ${BOTH})`],
    ['compared_reported_usd', `sumIf(assumeNotNull(reported_cost_usd), ${BOTH})`],
    ['compared_calculated_usd', `sumIf(assumeNotNull(calculated_cost_usd), ${BOTH})`],
    ...distribution('tokens', 'UInt64', 'total_tokens', "grain = 'request'"),
    ...distribution(
      'cost',
      'Float64',
      `toFloat64(ifNull(${AUTO}, 0))`,
      `grain = 'request' AND ${AUTO} IS NOT NULL`,
    ),
    ...distribution(
      'duration',
      'UInt32',
      'assumeNotNull(duration_ms)',
      "grain = 'request' AND duration_ms IS NOT NULL",
    ),
  ],
};

const BY_SESSION: SumsTable = {
  table: 'tallyd.usage_by_session_rows',
  keys: [
    ['hour', HOUR],
    ...['generation', 'source', 'dataset', 'session_id', 'grain'].map((name): [string] => [name]),
    ['late', 'toUnixTimestamp64Milli(ts) % 3600000 != 0'],
    ...['provider', 'model', 'user', 'project'].map((name): [string] => [name]),
  ],
  columns: [
    ...SUMS,
    ['errors', "countIf(status = 'error')"],
    ['unreported_requests', `sumIf(requests, ${UNREPORTED})`],
    ['unreported_tokens', `sumIf(total_tokens, ${UNREPORTED})`],
    ['first_ts', 'min(ts)'],
  ],
};

export const SUMS_TABLES: readonly SumsTable[] = [HOURLY, BY_SESSION];

/** Quantiles and a histogram of what requests took of something. */
function distribution(
  name: keyof typeof HISTOGRAM_BOUNDS,
  type: string,
  value: string,
  when: string,
): SumsTable['columns'] {
  const quantiles = (combinator: string): string => `quantilesTDigest${combinator}(0.5, 0.9, 0.95, 0.99)`;
  return [
    [
      `${name}_quantiles`,
      `${quantiles('StateIf')}(${value}, ${when})`,
      `arrayReduce('${quantiles('State')}', emptyArray${type}())`,
    ],
    [`${name}_histogram`, histogramSql(HISTOGRAM_BOUNDS[name], value, when), '[]'],
  ];
}

/**
 * One insert: the sums of hours, and a deleted row for every key they no longer have.
 * @param events a condition on the hours' events; `sums` one on their sums, absent where there are none yet
 */
export function recomputeSql(
  { table, keys, columns }: SumsTable,
  events: string,
  sums: string | undefined,
): string {
  const names = keys.map(([name]) => name).join(', ');
  const ofEvents = keys.map(([name, of]) => (of ? `${of} AS ${name}` : name)).join(', ');
  const gone = `
UNION ALL
SELECT ${names}, ${columns.map(([, , empty]) => empty ?? '0').join(', ')}, toUnixTimestamp64Nano(now64(9)), 1
FROM ${table} FINAL
WHERE ${sums} AND (${names}) NOT IN (
    SELECT ${keys.map(([name, of]) => of ?? name).join(', ')} FROM tallyd.usage_events FINAL WHERE ${events})`;
  return `
INSERT INTO ${table} (${names}, ${columns.map(([name]) => name).join(', ')}, version, is_deleted)
SELECT ${ofEvents},
    ${columns.map(([, of]) => of).join(',\n    ')},
    toUnixTimestamp64Nano(now64(9)), 0
FROM tallyd.usage_all_generations
WHERE ${events}
GROUP BY ${names}${sums === undefined ? '' : gone}
${LARGE_INSERT}, group_by_two_level_threshold = 10000`;
}
