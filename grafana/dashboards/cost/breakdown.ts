/** Cost by one or several columns, which the variable `group_by` chooses. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { CustomVariableBuilder, type VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import { linkChoosing } from '../../sdk/dashboard.ts';
import { column, ranking, series, table } from '../../sdk/panels.ts';
import { bucket, COST, DIMENSIONS, type Dimension, fromHourly, shown } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';

/** In the order in which they are offered; the first is the default. */
const GROUPS: readonly (readonly [text: string, column: Dimension])[] = [
  ['Model', 'model'],
  ['Provider', 'provider'],
  ['Project', 'project'],
  ['Person', 'user'],
  ['Source', 'source'],
  ['Dataset', 'dataset'],
];

/** Names of columns; Grafana does not let the choice be empty. */
export const groupBy: Builder<VariableModel> = new CustomVariableBuilder('group_by')
  .label('Break down by')
  .values(GROUPS.map(([text, value]) => `${text} : ${value}`).join(', '))
  .options(GROUPS.map(([text, value], index) => ({ selected: index === 0, text, value })))
  .multi(true)
  .allowCustomValue(false)
  .current({ selected: true, text: [GROUPS[0]![0]], value: [GROUPS[0]![1]] });

/** The chosen columns, as a list of the SELECT or the GROUP BY. */
const CHOSEN = '${group_by:raw}';
/** All of them in one text, for panels that take one name. */
const NAME = `arrayStringConcat([${CHOSEN}], ' / ')`;

/** The range's sums with every column as people see it, under its own name. */
const rows = `SELECT ${bucket('u.hour')} AS time, ${DIMENSIONS.map((name) => `${shown(`u.${name}`)} AS ${name}`).join(', ')},
        u.${COST} AS amount, u.requests AS asked, u.total_tokens AS tokens_used
    ${fromHourly()}`;

/** One pass over the sums: what is not among the ten largest is put together afterwards. */
const overTime = series({
  title: 'Cost over time, broken down',
  description:
    'The cost of the ten largest values, or combinations of values, of the columns in "Break down by"; the rest is "other".',
  unit: unit.dollars,
  decimals: 2,
  width: 16,
  sql: `SELECT time, if(place <= 10, name, 'other') AS label, sum(dollars) AS cost
FROM (
    SELECT time, name, dollars, dense_rank() OVER (ORDER BY of_name DESC, name) AS place
    FROM (
        SELECT time, name, dollars, sum(dollars) OVER (PARTITION BY name) AS of_name
        FROM (SELECT time, ${NAME} AS name, toFloat64(sum(amount)) AS dollars FROM (${rows}) GROUP BY time, name)))
GROUP BY time, label ORDER BY time, label`,
});

const largest = ranking({
  title: 'Largest',
  description:
    'The twenty values, or combinations of values, of the columns in "Break down by" that cost most.',
  unit: unit.dollars,
  decimals: 2,
  sql: `SELECT ${NAME} AS name, toFloat64(sum(amount)) AS cost
FROM (${rows})
GROUP BY name ORDER BY cost DESC, name LIMIT 20`,
});

function breakdownTable() {
  const panel = table({
    title: 'Breakdown',
    description:
      'Every value, or combination of values, of the columns in "Break down by". The averages count requests and tokens without a price at 0.',
    width: 24,
    height: 11,
    sortBy: 'cost',
    sql: `SELECT *, cost / nullIf(sum(cost) OVER (), 0) AS share, cost / nullIf(requests, 0) AS "per request",
    1000 * cost / nullIf(tokens, 0) AS "per 1,000 tokens"
FROM (
    SELECT ${CHOSEN}, toFloat64(sum(amount)) AS cost, sum(asked) AS requests, sum(tokens_used) AS tokens
    FROM (${rows})
    GROUP BY ${CHOSEN})
ORDER BY cost DESC, ${CHOSEN} LIMIT 1000`,
  })
    .overrideByName('cost', column({ unit: unit.dollars, decimals: 2, gauge: true }))
    .overrideByName('requests', column({ unit: unit.count }))
    .overrideByName('tokens', column({ unit: unit.count }))
    .overrideByName('share', column({ unit: unit.share, decimals: 1 }))
    .overrideByName('per request', column({ unit: unit.dollars, decimals: 4 }))
    .overrideByName('per 1,000 tokens', column({ unit: unit.dollars, decimals: 4 }));
  // by pattern, because a column is there only where it is chosen
  for (const [title, name] of GROUPS) {
    const url = linkChoosing('tallyd-cost', { [name]: '${__value.raw:percentencode}' }, ['group_by']);
    panel.overrideByRegexp(
      `^${name}$`,
      column({ title, link: { title: `Only this ${title.toLowerCase()}`, url } }),
    );
  }
  return panel;
}

export const breakdown = [overTime, largest, breakdownTable()];
