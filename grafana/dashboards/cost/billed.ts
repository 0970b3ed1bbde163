/** What providers billed beside what usage says. Bills are per UTC day, so these panels are, too. */
import { column, series, table } from '../../sdk/panels.ts';
import { filters } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';

const dollars = column({ unit: unit.dollars, decimals: 2 });

/** Days of the range, of providers that have sent a bill at all: the others have nothing to compare. */
const FROM_BILLED = `FROM tallyd.billed_vs_calculated AS u
WHERE u.day >= toDate($__fromTime, 'UTC') AND u.day <= toDate($__toTime, 'UTC')
    AND u.provider IN (SELECT provider FROM tallyd.billed_costs)
    AND ${filters(['provider', 'model'])}`;

export const billedAgainstCalculated = [
  series({
    title: 'Billed and calculated cost',
    description:
      'What the cost exports of providers say beside what tallyd calculates for the same UTC days, of providers that sent a bill. Bills are never part of any other panel.',
    unit: unit.dollars,
    decimals: 2,
    draw: 'lines',
    width: 10,
    sql: `SELECT toDateTime(u.day, 'UTC') AS time, toFloat64(sum(u.billed_usd)) AS billed, toFloat64(sum(u.calculated_usd)) AS calculated
${FROM_BILLED}
GROUP BY time ORDER BY time`,
  }),
  table({
    title: 'Billed against calculated',
    description:
      'By model over the range, with what explains the difference: rounding to cents, credits, models without a price, days that only one side has. "tallyd report billed" shows the same day by day.',
    width: 14,
    sortBy: 'billed',
    sql: `SELECT u.provider AS "provider name", if(u.model = '', '(no model)', u.model) AS "model name", toFloat64(sum(u.billed_usd)) AS billed,
    toFloat64(sum(u.calculated_usd)) AS calculated, toFloat64(sum(u.difference_usd)) AS difference,
    toFloat64(sum(u.credits_usd)) AS credits, uniqExact(u.day) AS days,
    arrayStringConcat(arraySort(arrayDistinct(arrayFlatten(groupArray(splitByString('; ', u.explanation))))), '; ') AS explanation
${FROM_BILLED}
GROUP BY u.provider, u.model ORDER BY billed DESC, "provider name", "model name" LIMIT 200`,
  })
    .overrideByName('billed', dollars)
    .overrideByName('calculated', dollars)
    .overrideByName('difference', dollars)
    .overrideByName('credits', dollars)
    .overrideByName('days', column({ unit: unit.count })),
];
