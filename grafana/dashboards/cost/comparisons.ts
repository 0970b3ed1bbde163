/** Costs beside each other: reported and calculated, charged and not charged. */
import { column, series, table } from '../../sdk/panels.ts';
import { bucket, fromHourly, shown } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';

const dollars = column({ unit: unit.dollars, decimals: 2 });
const count = column({ unit: unit.count });
const share = column({ unit: unit.share, decimals: 1 });

/** `compared_…`: of requests that have both a reported and a calculated cost. */
export const reportedAgainstCalculated = [
  series({
    title: 'Reported and calculated cost',
    description:
      'Of requests whose source reports a cost and whose model has a price: both sums, whatever the variable "Cost" says.',
    unit: unit.dollars,
    decimals: 2,
    draw: 'lines',
    width: 10,
    sql: `SELECT ${bucket()} AS time, toFloat64(sum(u.compared_reported_usd)) AS reported, toFloat64(sum(u.compared_calculated_usd)) AS calculated
${fromHourly()} AND (u.compared_requests > 0 OR u.compared_reported_usd != 0)
GROUP BY time ORDER BY time`,
  }),
  table({
    title: 'Reported against calculated',
    description:
      'Difference: reported less calculated, of requests that have both. A steady one is a discount, a fee or a wrong price: an entry under prices in tallyd.yaml corrects that. Only reported: of requests whose model has no price.',
    width: 14,
    sql: `SELECT ${shown('u.source')} AS source, ${shown('u.model')} AS model, sum(u.compared_requests) AS compared,
    if(compared = 0, NULL, toFloat64(sum(u.compared_reported_usd))) AS reported,
    if(compared = 0, NULL, toFloat64(sum(u.compared_calculated_usd))) AS calculated, reported - calculated AS difference, difference / nullIf(calculated, 0) AS "relative difference",
    nullIf(toFloat64(sum(u.reported_cost_usd - u.compared_reported_usd)), 0) AS "only reported"
${fromHourly()} AND (u.compared_requests > 0 OR u.reported_cost_usd != 0)
GROUP BY source, model ORDER BY abs(ifNull(difference, 0)) DESC, compared DESC, source, model LIMIT 200`,
  })
    .overrideByName('compared', count)
    .overrideByName('reported', dollars)
    .overrideByName('calculated', dollars)
    .overrideByName('difference', dollars)
    .overrideByName('relative difference', share)
    .overrideByName('only reported', dollars),
];

const CHARGED = 'toFloat64(sum(u.auto_cost_usd) - sum(u.not_billable_auto_cost_usd))';
const NOT_CHARGED = 'toFloat64(sum(u.not_billable_auto_cost_usd))';

export const chargedAgainstNot = [
  series({
    title: 'Charged and not charged cost',
    description:
      'Not charged is what the source marks so, such as usage that a plan includes, at the cost it would have had: reported, else calculated, whatever the variable "Cost" says.',
    unit: unit.dollars,
    decimals: 2,
    width: 10,
    sql: `SELECT ${bucket('u.hour')} AS time, ${CHARGED} AS charged, ${NOT_CHARGED} AS "not charged"
${fromHourly()}
GROUP BY time ORDER BY time`,
  }),
  table({
    title: 'Charged against not charged',
    description: 'The same per source and model. Sources that do not tell count as charged.',
    width: 14,
    sortBy: 'not charged',
    sql: `SELECT ${shown('u.source')} AS source, ${shown('u.model')} AS model, ${CHARGED} AS charged, ${NOT_CHARGED} AS "not charged",
    "not charged" / nullIf(toFloat64(sum(u.auto_cost_usd)), 0) AS "share not charged"
${fromHourly()}
GROUP BY source, model ORDER BY "not charged" DESC, charged DESC, source, model LIMIT 200`,
  })
    .overrideByName('charged', dollars)
    .overrideByName('not charged', dollars)
    .overrideByName('share not charged', share),
];
