/** Weeks against weeks and months against months: whole ones only, and where the running one leads. */
import { type AnyPanel, barChart, change, column, table } from '../../sdk/panels.ts';
import { filters, TIMEZONE } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { MEASURE, measured } from './measure.ts';

type Unit = 'week' | 'month';

/** Periods that are shown; one more is read, to compare the first with. */
const SHOWN: Record<Unit, number> = { week: 13, month: 13 };

/** Up to where usage counts: a range may end in the future, or long ago. */
const MOMENT = 'least($__toTime, now())';

const startOf = (period: Unit, time: string): string =>
  period === 'week' ? `toStartOfWeek(${time}, 1, ${TIMEZONE})` : `toStartOfMonth(${time}, ${TIMEZONE})`;
const later = (period: Unit, day: string, count: string): string =>
  period === 'week' ? `${day} + 7 * (${count})` : `addMonths(${day}, ${count})`;

/**
 * One row per week (from Monday) or month, in the zone, up to the one that holds the range's end:
 * - `begins` (a date), `value`;
 * - `state`: `whole`; `running`, when it ends after the range or now; `begun late`, when the first
 *   usage of all lies in it, so that it may lack its beginning;
 * - `before`: the value of the one before, where both are whole, or that one is and this is running;
 * - `projected`: of the running one, its value by the share of its seconds that are over.
 */
export function periods(period: Unit): string {
  const now = `toDate(${startOf(period, MOMENT)})`;
  const oldest = later(period, now, `-${SHOWN[period]}`);
  return `(
    SELECT begins, value, state,
        if(state != 'begun late' AND lagInFrame(state, 1, '') OVER earlier = 'whole', lagInFrame(value, 1) OVER earlier, NULL) AS before,
        if(state = 'running', value * seconds / greatest(1, over), NULL) AS projected
    FROM (
        SELECT days.begins AS begins, ifNull(sums.value, 0) AS value,
            toDateTime(days.begins, ${TIMEZONE}) AS starts, toDateTime(${later(period, 'days.begins', '1')}, ${TIMEZONE}) AS ends,
            dateDiff('second', starts, ends) AS seconds, least(seconds, dateDiff('second', starts, ${MOMENT})) AS over,
            (SELECT min(u.hour) FROM tallyd.usage_hourly AS u WHERE ${filters()}) AS first_usage,
            multiIf(ends > ${MOMENT}, 'running', first_usage > starts, 'begun late', 'whole') AS state
        FROM (SELECT ${later(period, now, `-toInt32(number)`)} AS begins FROM numbers(${SHOWN[period] + 1})) AS days
        LEFT JOIN (
            SELECT ${startOf(period, 'u.hour')} AS begins, ${measured} AS value
            FROM tallyd.usage_in_zone(zone = '\${__timezone}', from = toDateTime(${oldest}, ${TIMEZONE}), to = ${MOMENT}) AS u
            WHERE ${filters()} GROUP BY begins
        ) AS sums USING (begins)
        WHERE ends > first_usage AND first_usage > toDateTime(0)
    )
    WINDOW earlier AS (ORDER BY begins ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)`;
}

const name = (period: Unit): string =>
  period === 'week' ? 'toString(begins)' : "formatDateTime(begins, '%Y-%m')";

/** How weeks and months are taken, for descriptions. */
const HOW = `Weeks begin on Monday, in the dashboard's time zone. It looks back from the end of the range, not from its beginning.`;

/** Two rows in time, of which a stat shows the later and how it differs. `rows` gives `begins`, `shown`, `before`. */
function againstBefore(rows: string): string {
  return `SELECT toDateTime(point.1, 'UTC') AS time, point.2 AS value
FROM ${rows}
ARRAY JOIN [(begins - 1, before), (begins, shown)] AS point
WHERE point.2 IS NOT NULL ORDER BY time`;
}

/** The newest whole period, and how it differs from the one before. */
function wholeChange(period: Unit) {
  return change({
    title: `Last whole ${period}: ${MEASURE}`,
    description: `The newest ${period} that is over, and its change against the ${period} before. ${HOW}`,
    unit: unit.count,
    width: 6,
    rise: 'neutral',
    sql: againstBefore(
      `(SELECT begins, toNullable(value) AS shown, before FROM ${periods(period)} WHERE state != 'running' ORDER BY begins DESC LIMIT 1)`,
    ),
  });
}

/** Where the running period leads, and how that differs from the whole one before. */
function projection(period: Unit) {
  return change({
    title: `Running ${period}, projected: ${MEASURE}`,
    description: `What the running ${period} comes to if it goes on as so far, by the time that is over, and its change against the ${period} before. ${HOW}`,
    unit: unit.count,
    width: 6,
    rise: 'neutral',
    sql: againstBefore(
      `(SELECT begins, projected AS shown, before FROM ${periods(period)} WHERE state = 'running')`,
    ),
  });
}

function bars(period: Unit) {
  return barChart({
    title: `${period === 'week' ? 'Weeks' : 'Months'}: ${MEASURE}`,
    description: `The last ${SHOWN[period]} ${period}s; on top of the running one stands what is still expected of it. ${HOW}`,
    x: period,
    stacked: true,
    unit: unit.count,
    sql: `SELECT ${name(period)} AS ${period}, value AS "so far", greatest(0, ifNull(projected - value, 0)) AS "still expected"
FROM ${periods(period)} ORDER BY begins`,
  }).overrideByName('still expected', [
    { id: 'custom.fillOpacity', value: 25 },
    { id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } },
  ]);
}

function rows(period: Unit) {
  return table({
    title: `Growth by ${period}: ${MEASURE}`,
    description: `Each ${period} against the one before. Only whole ${period}s are compared; the running one is by its projection. One that holds the first usage of all is not compared. ${HOW}`,
    unit: unit.count,
    sql: `SELECT ${name(period)} AS ${period}, state, value, projected, (ifNull(projected, value) - before) / nullIf(before, 0) AS growth
FROM ${periods(period)} ORDER BY begins DESC`,
  })
    .overrideByName(period, column({ title: period === 'week' ? 'Week from' : 'Month' }))
    .overrideByName('value', column({ title: 'So far' }))
    .overrideByName('growth', [
      ...column({
        unit: unit.share,
        decimals: 1,
        title: `${period === 'week' ? 'Week over week' : 'Month over month'}`,
      }),
    ]);
}

export const growth: AnyPanel[] = [
  wholeChange('week'),
  projection('week'),
  wholeChange('month'),
  projection('month'),
  bars('week'),
  bars('month'),
  rows('week'),
  rows('month'),
];
