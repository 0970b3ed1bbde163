/** Cost per day, and the average of seven days. */
import { GraphDrawStyle, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import { DAY, FIRST_DAY, LAST_DAY } from '../../sdk/days.ts';
import { series } from '../../sdk/panels.ts';
import { COST, filters, sumsFrom, TIMEZONE } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';

/** The average of the range's first day looks back to days before it. */
const SUMMED_FROM = `toTimeZone(toDateTime(${FIRST_DAY} - 6, ${TIMEZONE}), 'UTC')`;
/** Of the usage that the variables choose, in any range. */
const FIRST_USAGE = `(SELECT toDate(min(u.hour), ${TIMEZONE}) FROM tallyd.usage_hourly AS u WHERE ${filters()})`;

/** Days as dates: they have 23 to 25 hours. Every day has a row, so that seven rows are seven days. */
const dollarsPerDay = `SELECT day, sum(amount) AS dollars FROM (
    SELECT ${DAY} AS day, toFloat64(u.${COST}) AS amount
    ${sumsFrom(SUMMED_FROM)}
    WHERE ${filters()}
    UNION ALL
    SELECT arrayJoin(arrayMap(i -> ${FIRST_DAY} - 6 + i, range(toUInt32(greatest(${LAST_DAY} - ${FIRST_DAY}, 0)) + 7))) AS day, 0. AS amount)
GROUP BY day`;

export const dailyTrend = series({
  title: 'Daily trend',
  description:
    'Cost per whole day in the dashboard’s time zone, and the average of that day and the six before it, or of fewer where usage began later. Today counts as it stands.',
  unit: unit.dollars,
  decimals: 2,
  width: 14,
  sql: `SELECT toDateTime(day, ${TIMEZONE}) AS time, dollars AS cost, mean AS "7-day average"
FROM (
    SELECT day, dollars, sum(dollars) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
        / greatest(1, least(7, day - ${FIRST_USAGE} + 1)) AS mean
    FROM (${dollarsPerDay}))
WHERE day >= ${FIRST_DAY}
ORDER BY time`,
}).overrideByName('7-day average', [
  { id: 'custom.drawStyle', value: GraphDrawStyle.Line },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.stacking', value: { mode: StackingMode.None, group: 'B' } },
]);
