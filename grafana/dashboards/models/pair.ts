/** Two chosen models side by side. Without a choice they are the two that were asked most. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { clickhouse } from '../../sdk/datasources.ts';
import { column, series, stat } from '../../sdk/panels.ts';
import { bucket, COST, DIMENSIONS, fromHourly, shown } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { latency, MEASURES } from './measures.ts';

type Side = 'a' | 'b';

/**
 * Models of the range, those with most requests first. For `b` the first comes last: Grafana chooses a
 * list's first value until a person chooses another.
 */
function offered(side: Side): string {
  return `SELECT value FROM (
    SELECT ${shown('model')} AS value, row_number() OVER (ORDER BY sum(requests) DESC, value) AS place
    FROM tallyd.usage_hourly WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime GROUP BY value)
ORDER BY ${side === 'b' ? 'place = 1, ' : ''}place`;
}

function modelVariable(side: Side): Builder<VariableModel> {
  return new QueryVariableBuilder(`model_${side}`)
    .label(`Model ${side.toUpperCase()}`)
    .description('For "Side by side" only.')
    .datasource(clickhouse)
    .query(offered(side))
    .refresh(VariableRefresh.OnTimeRangeChanged);
}

export const pairVariables = [modelVariable('a'), modelVariable('b')];

/** The chosen model; the first that is offered where none is, as in an address without variables. */
function chosen(side: Side): string {
  const value = `\${model_${side}:singlequote}`;
  return `if(${value} = '', (${offered(side)} LIMIT 1), ${value})`;
}

/** All filters but that of the models. */
const from = fromHourly(DIMENSIONS.filter((one) => one !== 'model'));

function of(side: Side): string {
  return `${from} AND ${shown('u.model')} = ${chosen(side)}`;
}

const ofBoth = `${from} AND (${shown('u.model')} = ${chosen('a')} OR ${shown('u.model')} = ${chosen('b')})`;

function numbers(side: Side) {
  const panel = stat({
    title: `$model_${side}`,
    description:
      'The same numbers as in the table of all models. The dashboard’s filters hold, except that of models.',
    width: 12,
    height: 6,
    sql: `SELECT ${MEASURES.map(({ name, of }) => `${of} AS "${name}"`).join(',\n    ')}
${of(side)}`,
  });
  for (const { name, unit, decimals } of MEASURES)
    panel.overrideByName(name, column({ unit, ...(decimals !== undefined && { decimals }) }));
  return panel;
}

function tokensByType(side: Side) {
  return series({
    title: `Tokens by type: $model_${side}`,
    description: 'What this model read and wrote. The types are disjoint and add up to all its tokens.',
    unit: unit.count,
    sql: `SELECT ${bucket()} AS time, sum(u.input_tokens) AS input, sum(u.cache_write_5m_tokens) AS "cache write 5m",
    sum(u.cache_write_1h_tokens) AS "cache write 1h", sum(u.cache_read_tokens) AS "cache read",
    sum(u.output_tokens) AS output, sum(u.unclassified_tokens) AS unclassified
${of(side)}
GROUP BY time ORDER BY time`,
  });
}

/** Both in one chart, on one axis. */
function both(title: string, description: string, value: string, look: { unit: string; decimals?: number }) {
  return series({
    title: `${title}: $model_a and $model_b`,
    description,
    ...look,
    draw: 'lines',
    sql: `SELECT ${bucket()} AS time, ${shown('u.model')} AS label, ${value} AS value
${ofBoth}
GROUP BY time, label HAVING value IS NOT NULL ORDER BY time, label`,
  });
}

const money = { unit: unit.dollars, decimals: 2 };

export const sideBySide = [
  numbers('a'),
  numbers('b'),
  tokensByType('a'),
  tokensByType('b'),
  both('Cost', 'What each of the two cost.', `toFloat64(sum(u.${COST}))`, money),
  both('Requests', 'How often each of the two was asked.', 'sum(u.requests)', { unit: unit.count }),
  both(
    'Cost per request',
    'What a request to each of the two costs on average.',
    `toFloat64(sum(u.${COST})) / nullIf(sum(u.requests), 0)`,
    { unit: unit.dollars, decimals: 4 },
  ),
  both(
    'Latency p95',
    'The time within which 95 of 100 requests were answered, where sources tell durations.',
    latency(0.95),
    { unit: unit.milliseconds, decimals: 0 },
  ),
];
