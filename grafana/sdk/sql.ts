/**
 * Pieces of SQL that every panel shares: the time range, the variables' filters, the buckets of time.
 * `$__fromTime` and `$__toTime` are expanded by the plugin, `$__conditionalAll` and `${…}` in the
 * browser; alert rules have neither variables nor that macro (see grafana/alerts).
 */
/** The variables that filter, and the columns they filter. */
export const DIMENSIONS = ['source', 'dataset', 'provider', 'model', 'user', 'project'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** What the variables offer for an empty value; an empty option cannot be chosen in Grafana. */
export const NONE = '(none)';

/** A column as people see it. */
export function shown(column: string): string {
  return `if(${column} = '', '${NONE}', toString(${column}))`;
}

/**
 * The conditions of the dashboard's variables over those columns that the table has. The columns are
 * qualified with the table's alias, because an unqualified one would be a column of the SELECT where
 * that has the name (`any(project) AS project`).
 */
export function filters(columns: readonly Dimension[] = DIMENSIONS, table = 'u'): string {
  return columns
    .map(
      (column) =>
        `$__conditionalAll(${shown(`${table}.${column}`)} IN (\${${column}:singlequote}), $${column})`,
    )
    .join('\n    AND ');
}

/** The configured time zone: for rules, and where the dashboard says none. */
export const STORED_TIMEZONE =
  "(SELECT if(max(value) = '', 'UTC', argMax(value, set_at)) FROM tallyd.settings WHERE name = 'timezone')";

/**
 * The dashboard's time zone as a constant: Grafana puts the browser's zone by its name, and UTC as
 * `utc`, which ClickHouse does not know. (A look into system.time_zones cost 3 ms each time.)
 */
export const TIMEZONE = "if('${__timezone}' IN ('utc', 'browser', ''), 'UTC', '${__timezone}')";

/**
 * Sums per hour from `from` to the end of the range, as `u`, for days in the dashboard's zone: where its
 * midnight divides a UTC hour, that hour comes in quarters (migration 0010 tells how). Besides `hour`, a
 * row has `until`, the end of its time; a row belongs to the range when it ends after the beginning.
 */
export function sumsFrom(from: string): string {
  return `FROM tallyd.usage_in_zone(zone = '\${__timezone}', from = ${from}, to = $__toTime) AS u`;
}

/** Sums per hour in the range that the variables choose. */
export function fromHourly(columns?: readonly Dimension[]): string {
  return `${sumsFrom('$__fromTime')}
WHERE ${filters(columns)}`;
}

/**
 * Single events in the range that the variables choose. A range that begins within an hour has the whole
 * hour in its sums, and the events from the moment on. The range is told in seconds, the last included.
 */
export function fromEvents(columns?: readonly Dimension[]): string {
  return `FROM tallyd.usage AS u
WHERE u.ts >= $__fromTime AND u.ts < toDateTime64($__toTime + 1, 3)
    AND ${filters(columns)}`;
}

/** Whole hours of the range, that in which it begins included, by a table's column `hour`. */
function hours(table: string, columns?: readonly Dimension[]): string {
  return `FROM tallyd.${table} AS u
WHERE u.hour >= toStartOfHour($__fromTime) AND u.hour <= $__toTime
    AND ${filters(columns)}`;
}

/** Sums per hour of UTC as they are, for what has no days and for columns that have no quarters. */
export function fromWholeHours(columns?: readonly Dimension[]): string {
  return hours('usage_hourly', columns);
}

/** Sums per hour and session, of what has a session. */
export function fromSessions(columns?: readonly Dimension[]): string {
  return `${hours('usage_by_session', columns)} AND u.session_id != ''`;
}

/** The beginning of the period before: as long as the range. */
const PREVIOUS_FROM = '$__fromTime - ($__toTime - $__fromTime)';

/** Longest range, in hours, that `auto` shows by the hour, the day and the week. */
const AUTO_HOURS = { hour: 72, day: 24 * 125, week: 24 * 750 };

/** The start of a row's bucket by the variable `granularity`, in the dashboard's zone. */
export function bucket(column = 'hour'): string {
  const is = (unit: string, limit: string): string =>
    `'$granularity' = '${unit}' OR '$granularity' = 'auto' AND dateDiff('hour', $__fromTime, $__toTime) <= ${limit}`;
  return `multiIf(${is('hour', String(AUTO_HOURS.hour))}, toStartOfHour(${column}, ${TIMEZONE}),
    ${is('day', String(AUTO_HOURS.day))}, toStartOfDay(${column}, ${TIMEZONE}),
    ${is('week', String(AUTO_HOURS.week))}, toDateTime(toStartOfWeek(${column}, 1, ${TIMEZONE}), ${TIMEZONE}),
    toDateTime(toStartOfMonth(${column}, ${TIMEZONE}), ${TIMEZONE}))`;
}

/** The chosen cost column: the variable's values are names of columns of `usage` and `usage_hourly`. */
export const COST = '${cost_mode}';

/** Dollars as a number that every panel takes. */
export const costSum = `toFloat64(sum(${COST}))`;

/** Tokens of the prompt: what a cache could have answered. */
export const PROMPT_TOKENS =
  'input_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens';

/** Share of the prompt's tokens that came from the cache; NULL where there was no prompt. */
export const HIT_RATE = `sum(cache_read_tokens) / nullIf(sum(${PROMPT_TOKENS}), 0)`;

/** What caching saved in dollars: what reads saved less what writes cost above plain input. */
export const CACHE_SAVED = 'toFloat64(sum(cache_read_saved_usd) - sum(cache_write_extra_usd))';

/**
 * A value now and in the period before, as two rows in time: the panel shows the later one and how it
 * differs from the earlier. `value` gives an expression for a condition: `(when) => sumIf(x, ${when})`.
 * Expressions see the columns of `usage_hourly`.
 */
export function againstPeriodBefore(value: (when: string) => string): string {
  return `SELECT point.1 AS time, point.2 AS value
FROM (
    SELECT toFloat64(${value('until <= $__fromTime')}) AS before, toFloat64(${value('until > $__fromTime')}) AS current
    ${sumsFrom(PREVIOUS_FROM)}
    WHERE ${filters()}
)
ARRAY JOIN [(toDateTime(${PREVIOUS_FROM}), before), ($__fromTime, current)] AS point
ORDER BY time`;
}

/**
 * A column with all but its largest values put together as `other`, so that a chart stays readable.
 * Which are largest is judged by whole UTC hours: it need not be exact at midnight.
 * @param by what makes a value large; over `usage_hourly` in the range
 */
export function topOrOther(column: Dimension, by = `sum(${COST})`, most = 10): string {
  const largest = `SELECT ${column} FROM tallyd.usage_hourly AS u
    WHERE u.hour >= toStartOfHour($__fromTime) AND u.hour <= $__toTime AND ${filters()}
    GROUP BY ${column} ORDER BY ${by} DESC, ${column} LIMIT ${most}`;
  return `if(${column} IN (${largest}), ${shown(column)}, 'other')`;
}
