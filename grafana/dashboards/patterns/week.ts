/** When in the week and in the day models are used, in the dashboard's time zone. */
import {
  BigValueTextMode,
  ReduceDataOptionsBuilder,
  TableCellDisplayMode,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { type AnyPanel, barChart, column, stat, table } from '../../sdk/panels.ts';
import { filters, fromHourly, TIMEZONE } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { clock, MEASURE, measured, weekday } from './measure.ts';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const label = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** The range up to now, from the hour of its first usage: what an average divides by. */
const SLOTS = `SELECT toStartOfHour($__fromTime) + 3600 * number AS at
        FROM numbers(toUInt64(greatest(0, dateDiff('hour', toStartOfHour($__fromTime), least($__toTime, now())))) + 1)
        WHERE at >= (
            SELECT min(u.hour) FROM tallyd.usage_hourly AS u
            WHERE u.hour >= toStartOfHour($__fromTime) AND u.hour <= $__toTime AND ${filters()}
        )`;

/**
 * The 168 hours of a week: `day` (Monday is 1), `h`, `hours` (how often the range has it, by the clock of
 * the zone, so a change of the clock counts; NULL where it has none) and `total`, the sum.
 */
const hoursOfWeek = `(
    SELECT grid.day AS day, grid.h AS h, nullIf(slots.hours, 0) AS hours, sums.total AS total
    FROM (SELECT toUInt8(intDiv(number, 24) + 1) AS day, toUInt8(number % 24) AS h FROM numbers(168)) AS grid
    LEFT JOIN (
        SELECT toDayOfWeek(at, 0, ${TIMEZONE}) AS day, toHour(at, ${TIMEZONE}) AS h, count() AS hours
        FROM (${SLOTS}) GROUP BY day, h
    ) AS slots USING (day, h)
    LEFT JOIN (
        SELECT toDayOfWeek(u.hour, 0, ${TIMEZONE}) AS day, toHour(u.hour, ${TIMEZONE}) AS h, ${measured} AS total
        ${fromHourly()} GROUP BY day, h
    ) AS sums USING (day, h)
)`;

/** A sum or an average over groups of those hours; `span` is how many hours one occurrence has. */
function shownValue(span = 1): string {
  return `if('$per' = 'sum', sum(total), sum(total) / sum(hours) * ${span})`;
}

const AVERAGES =
  'An average is over every such time in the range since its first usage; the variable "Show" makes it a sum.';
const HALF_HOURS =
  'Where the zone differs from UTC by half an hour, usage counts for the hour in which its UTC hour begins.';

/**
 * A table with coloured cells, because Grafana's heat map wants points in time on its horizontal axis
 * and has none for "Mondays". Colours are comparable over the whole table.
 */
export const heat: AnyPanel = weekTable();

function weekTable() {
  const panel = table({
    title: `Hours of the week: ${MEASURE}`,
    description: `Usage by weekday and hour, in the dashboard's time zone. ${AVERAGES} ${HALF_HOURS}`,
    width: 24,
    height: 10,
    sql: `SELECT ${weekday('day')} AS weekday, ${HOURS.map((hour) => `sumIf(cell, h = ${hour}) AS "${label(hour)}"`).join(', ')}
FROM (SELECT day, h, if(isNull(any(hours)), NULL, ${shownValue()}) AS cell FROM ${hoursOfWeek} GROUP BY day, h)
GROUP BY day ORDER BY day`,
  })
    .filterable(false)
    .unit(unit.count)
    .cellOptions({ type: TableCellDisplayMode.ColorBackground })
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.ContinuousBlues))
    .minWidth(50)
    .overrideByName('weekday', [
      ...column({ title: 'Weekday', width: 100 }),
      { id: 'custom.cellOptions', value: { type: 'auto' } },
    ]);
  return panel;
}

export const profiles: AnyPanel[] = [
  barChart({
    title: `By hour of the day: ${MEASURE}`,
    description: `All weekdays together, in the dashboard's time zone. ${AVERAGES} ${HALF_HOURS}`,
    x: 'hour',
    unit: unit.count,
    sql: `SELECT ${clock('h')} AS hour, ifNull(${shownValue()}, 0) AS value FROM ${hoursOfWeek} GROUP BY h ORDER BY h`,
  }).overrideByName('value', column({ title: MEASURE })),
  barChart({
    title: `By weekday: ${MEASURE}`,
    description: `A whole day of each weekday, in the dashboard's time zone. ${AVERAGES}`,
    x: 'weekday',
    unit: unit.count,
    sql: `SELECT ${weekday('day')} AS weekday, ifNull(${shownValue(24)}, 0) AS value FROM ${hoursOfWeek} GROUP BY day ORDER BY day`,
  }).overrideByName('value', column({ title: MEASURE })),
];

/** A name as a stat: Grafana shows numbers only, unless a field is named. */
function peak(title: string, description: string, name: string, by: string, span = 1) {
  return stat({
    title,
    description,
    sql: `SELECT ${name} AS peak FROM ${hoursOfWeek} GROUP BY ${by} HAVING sum(total) > 0 ORDER BY ${shownValue(span)} DESC, ${by} LIMIT 1`,
  })
    .textMode(BigValueTextMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('/^peak$/').values(false));
}

function share(title: string, description: string, condition: string) {
  return stat({
    title,
    description,
    unit: unit.share,
    decimals: 1,
    width: 6,
    sql: `SELECT sumIf(total, ${condition}) / nullIf(sum(total), 0) AS share FROM ${hoursOfWeek}`,
  });
}

export const peaks: AnyPanel[] = [
  peak(
    'Busiest hour of the week',
    'The weekday and hour with the most of what is chosen, by average or sum as chosen.',
    `concat(${weekday('day')}, ' ', ${clock('h')})`,
    'day, h',
  ),
  peak(
    'Busiest hour of the day',
    'The hour of the day with the most of what is chosen, all weekdays together.',
    clock('h'),
    'h',
  ),
  peak(
    'Busiest weekday',
    'The weekday with the most of what is chosen, by average or sum as chosen.',
    weekday('day'),
    'day',
    24,
  ),
  share('At weekends', 'Share of the sum that falls on Saturdays and Sundays.', 'day > 5'),
  share('At night', 'Share of the sum that falls between 22:00 and 06:00, on any day.', 'h >= 22 OR h < 6'),
];
