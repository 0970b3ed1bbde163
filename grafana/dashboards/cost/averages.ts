/** What was spent, and what that is per day, request, session and 1,000 tokens. */
import { DAY, DAYS } from '../../sdk/days.ts';
import { change, series, stat } from '../../sdk/panels.ts';
import { againstPeriodBefore, bucket, COST, costSum, fromHourly, fromSessions } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';

const BEFORE = 'The change is against a period of the same length before the dashboard’s range.';

export const averages = [
  change({
    title: 'Cost',
    description: `What the chosen usage cost, by the variable "Cost". ${BEFORE}`,
    unit: unit.dollars,
    decimals: 2,
    rise: 'bad',
    sql: againstPeriodBefore((when) => `sumIf(${COST}, ${when})`),
  }),
  stat({
    title: 'Per day',
    description: 'The cost by the days of the range, days without usage included, up to now.',
    unit: unit.dollars,
    decimals: 2,
    sql: `SELECT toFloat64(sum(u.${COST})) / ${DAYS} AS cost ${fromHourly()}`,
  }),
  stat({
    title: 'Per day with usage',
    description: 'The cost by the days that had any usage, in the dashboard’s time zone.',
    unit: unit.dollars,
    decimals: 2,
    sql: `SELECT toFloat64(sum(u.${COST})) / nullIf(uniqExact(${DAY}), 0) AS cost ${fromHourly()}`,
  }),
  change({
    title: 'Per request',
    description: `The cost by requests, those without a price included at 0. ${BEFORE}`,
    unit: unit.dollars,
    decimals: 4,
    rise: 'bad',
    sql: againstPeriodBefore(
      (when) => `toFloat64(sumIf(${COST}, ${when})) / nullIf(sumIf(requests, ${when}), 0)`,
    ),
  }),
  stat({
    title: 'Per session',
    description:
      'The cost of sessions within the range by their number. What has no session, such as most exports, is in neither.',
    unit: unit.dollars,
    decimals: 2,
    sql: `SELECT toFloat64(sum(u.${COST})) / nullIf(uniqExact(u.source, u.dataset, u.session_id), 0) AS cost
${fromSessions()}`,
  }),
  change({
    title: 'Per 1,000 tokens',
    description: `The cost by all tokens, those without a price included at 0. ${BEFORE}`,
    unit: unit.dollars,
    decimals: 4,
    rise: 'bad',
    sql: againstPeriodBefore(
      (when) => `1000 * toFloat64(sumIf(${COST}, ${when})) / nullIf(sumIf(total_tokens, ${when}), 0)`,
    ),
  }),
];

export const averagesOverTime = series({
  title: 'Average cost over time',
  description:
    'The cost by requests and by 1,000 tokens. A rise without more usage is a dearer model or a larger prompt.',
  unit: unit.dollars,
  decimals: 4,
  draw: 'lines',
  width: 10,
  sql: `SELECT ${bucket()} AS time, ${costSum} / nullIf(sum(requests), 0) AS "per request",
    1000 * ${costSum} / nullIf(sum(total_tokens), 0) AS "per 1,000 tokens"
${fromHourly()}
GROUP BY time ORDER BY time`,
});
