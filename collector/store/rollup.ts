/** Keeps `usage_hourly` equal to the events: hours that changed are computed again. */
import type { Engine } from './engine.ts';

const KEYS = 'hour, generation, source, dataset, provider, model, user, project, status';
const QUANTILES = 'quantilesTDigest(0.5, 0.9, 0.95, 0.99)';
/** More hours than this in a month and the month is read by its range, not hour by hour. */
const HOURS_BY_LIST = 72;

export class Rollup {
  readonly #engine: Engine;

  readonly #keptDays: number | undefined;

  /**
   * @param keptDays how long events are kept; undefined: for ever. Older hours are history: their
   *   events are gone or going, and computing them again would lose what their sums still tell.
   */
  constructor(engine: Engine, keptDays?: number) {
    this.#engine = engine;
    this.#keptDays = keptDays;
  }

  /** Marks hours before their events change. `select` gives one column, the hour. */
  async mark(select: string): Promise<void> {
    await this.#engine.command(
      `INSERT INTO tallyd.stale_hours (hour, done) SELECT DISTINCT hour, 0 FROM (${select})`,
    );
  }

  /** Every hour that has events: for a change of prices. */
  async markAll(): Promise<void> {
    await this.mark(
      'SELECT toStartOfHour(ts) AS hour FROM tallyd.usage_events UNION DISTINCT SELECT hour FROM tallyd.usage_hourly_rows',
    );
  }

  /** Computes every marked hour. Safe to repeat; a crash leaves the marks. */
  async refresh(): Promise<void> {
    const rows = await this.#engine.rows<{ hour: number }>(
      'SELECT toUnixTimestamp(hour) AS hour FROM tallyd.stale_hours FINAL WHERE done = 0 ORDER BY hour',
    );
    const oldest = this.#keptDays === undefined ? 0 : Date.now() / 1000 - this.#keptDays * 86_400;
    const hours = rows.map((row) => row.hour);
    for (const month of byMonth(hours.filter((hour) => hour >= oldest))) await this.#recompute(month);
    await this.#markDone(hours.filter((hour) => hour < oldest));
  }

  async #recompute(hours: number[]): Promise<void> {
    const first = hours[0]!;
    const last = hours.at(-1)!;
    const list = `(${hours.map((hour) => `toDateTime(${hour}, 'UTC')`).join(', ')})`;
    const exact = hours.length <= HOURS_BY_LIST ? ` AND toStartOfHour(ts) IN ${list}` : '';
    // Of a strict comparison with whole seconds the engine (26.7) prunes wrongly: a part whose only event
    // lies in the last second before the limit is skipped.
    const events = `ts >= toDateTime(${first}, 'UTC') AND ts < toDateTime64(${last + 3600}, 3, 'UTC')${exact}`;
    const sums = `hour >= toDateTime(${first}, 'UTC') AND hour <= toDateTime(${last}, 'UTC')${exact.replace('toStartOfHour(ts)', 'hour')}`;
    await this.#engine.command(recomputeSql(events, sums));
    await this.#markDone(hours);
  }

  async #markDone(hours: readonly number[]): Promise<void> {
    if (hours.length === 0) return;
    const values = hours.map((hour) => `(toDateTime(${hour}, 'UTC'), 1)`).join(', ');
    await this.#engine.command(`INSERT INTO tallyd.stale_hours (hour, done) VALUES ${values}`);
  }
}

/** The cost by mode `auto`; NULL where neither the source nor the price list knows one. */
const auto = 'coalesce(reported_cost_usd, calculated_cost_usd)';

/** The columns that an hour's events give, and how; a key that an hour no longer has gets empty ones. */
const COLUMNS: [name: string, of: string, empty?: string][] = [
  ['events', 'count()'],
  ['requests', 'sum(requests)'],
  ...[
    'input_tokens',
    'cache_write_5m_tokens',
    'cache_write_1h_tokens',
    'cache_read_tokens',
    'output_tokens',
    'reasoning_tokens',
    'unclassified_tokens',
    'total_tokens',
  ].map((tokens): [string, string] => [tokens, `sum(${tokens})`]),
  ['reported_cost_usd', 'sum(ifNull(reported_cost_usd, 0))'],
  ['calculated_cost_usd', 'sum(ifNull(calculated_cost_usd, 0))'],
  ['auto_cost_usd', `sum(ifNull(${auto}, 0))`],
  ['not_billable_auto_cost_usd', `sumIf(ifNull(${auto}, 0), NOT billable)`],
  ['unpriced_requests', 'sumIf(requests, calculated_cost_usd IS NULL)'],
  ['unpriced_tokens', 'sumIf(total_tokens, calculated_cost_usd IS NULL)'],
  ['cache_read_saved_usd', 'sum(cache_read_saved_usd)'],
  ['cache_write_cost_usd', 'sum(cache_write_cost_usd)'],
  ['cache_write_extra_usd', 'sum(cache_write_extra_usd)'],
  ['auto_unpriced_requests', `sumIf(requests, ${auto} IS NULL)`],
  ['auto_unpriced_tokens', `sumIf(total_tokens, ${auto} IS NULL)`],
  ['newest_ts', 'max(ts)'],
  ['not_billable_calculated_cost_usd', 'sumIf(ifNull(calculated_cost_usd, 0), NOT billable)'],
  ['not_billable_unpriced_tokens', 'sumIf(total_tokens, calculated_cost_usd IS NULL AND NOT billable)'],
  ['tokens_quantiles', `${quantiles('StateIf')}(total_tokens, grain = 'request')`, noQuantiles('UInt64')],
  [
    'cost_quantiles',
    `${quantiles('StateIf')}(toFloat64(ifNull(${auto}, 0)), grain = 'request' AND ${auto} IS NOT NULL)`,
    noQuantiles('Float64'),
  ],
  [
    'duration_quantiles',
    `${quantiles('StateIf')}(assumeNotNull(duration_ms), grain = 'request' AND duration_ms IS NOT NULL)`,
    noQuantiles('UInt32'),
  ],
];

function quantiles(combinator: string): string {
  return QUANTILES.replace('(', `${combinator}(`);
}

function noQuantiles(type: string): string {
  return `arrayReduce('${quantiles('State')}', emptyArray${type}())`;
}

/** One insert: the sums of the hours, and a deleted row for every key they no longer have. */
function recomputeSql(events: string, sums: string): string {
  return `
INSERT INTO tallyd.usage_hourly_rows (${KEYS}, ${COLUMNS.map(([name]) => name).join(', ')}, version, is_deleted)
SELECT toStartOfHour(toDateTime(ts, 'UTC')) AS hour, ${KEYS.replace('hour, ', '')},
    ${COLUMNS.map(([, of]) => of).join(',\n    ')},
    toUnixTimestamp64Nano(now64(9)), 0
FROM tallyd.usage_all_generations
WHERE ${events}
GROUP BY ${KEYS}
UNION ALL
SELECT ${KEYS}, ${COLUMNS.map(([, , empty]) => empty ?? '0').join(', ')}, toUnixTimestamp64Nano(now64(9)), 1
FROM tallyd.usage_hourly_rows FINAL
WHERE ${sums} AND (${KEYS}) NOT IN (
    SELECT toStartOfHour(toDateTime(ts, 'UTC')), ${KEYS.replace('hour, ', '')}
    FROM tallyd.usage_events FINAL WHERE ${events})
SETTINGS max_partitions_per_insert_block = 0`;
}

function byMonth(hours: number[]): number[][] {
  const months = new Map<string, number[]>();
  for (const hour of hours) {
    const month = new Date(hour * 1000).toISOString().slice(0, 7);
    const list = months.get(month);
    if (list) list.push(hour);
    else months.set(month, [hour]);
  }
  return [...months.values()];
}
