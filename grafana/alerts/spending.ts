/** Money that goes where or when it did not go before. */
import { shown } from '../sdk/sql.ts';
import type { AlertGroup, SqlRule } from './rule.ts';
import { above0, lastHours, limit, weeksBefore } from './sql.ts';

const HOURS = 3;
const WEEKS = [1, 2, 3, 4];
const SINCE = `(${lastHours(HOURS)})`;

function spentFrom(from: string): string {
  return `toFloat64(sumIf(u.cost_usd, u.hour >= ${from} AND u.hour < ${from} + INTERVAL ${HOURS} HOUR))`;
}

/** The last hours, and the same hours of those past weeks that the store knows. */
const spent = `SELECT ${spentFrom(SINCE)} AS spent,
        arrayFilter((amount, begun) -> begun >= min(u.hour), [${WEEKS.map((week) => spentFrom(weeksBefore(SINCE, week))).join(', ')}],
            [${WEEKS.map((week) => weeksBefore(SINCE, week)).join(', ')}]) AS weeks,
        arrayReduce('median', if(empty(weeks), [0.], weeks)) AS usual
    FROM tallyd.usage_hourly AS u`;

const spike: SqlRule = {
  uid: 'tallyd-spend-spike',
  title: 'Spending far above the usual',
  severity: 'warning',
  panel: { dashboard: 'tallyd-cost', title: 'Cost over time, broken down' },
  // one week is no habit
  sql: `SELECT if(length(weeks) < 2, 0, spent / ${above0(`greatest(usual * ${limit('spend_spike_factor')}, ${limit('spend_spike_min_usd')})`)}) AS value
FROM (
    ${spent}
)`,
  facts: { SPENT: `SELECT spent AS value FROM (${spent})`, USUAL: `SELECT usual AS value FROM (${spent})` },
  for: '5m',
  keepFiringFor: '30m',
  summary:
    'Find out who or what is spending: the last three hours cost far more than the same hours of past weeks.',
  description:
    'The last three hours cost {{ printf "$%.2f" $values.SPENT.Value }}, the same hours of past weeks {{ printf "$%.2f" $values.USUAL.Value }} (median).',
};

/** Models or people whose first usage is of the last week. */
function newcomers(kind: string, column: 'model' | 'user'): string {
  return `SELECT '${kind}' AS kind, toString(u.${column}) AS name, toFloat64(sum(u.cost_usd)) AS spent
    FROM tallyd.usage_hourly AS u WHERE u.${column} != ''
    GROUP BY name HAVING min(u.hour) >= now('UTC') - INTERVAL 7 DAY`;
}

/** In a store that is new itself, everybody is. */
const newSpenders = `FROM (
    ${newcomers('model', 'model')}
    UNION ALL
    ${newcomers('person', 'user')}
)
WHERE (SELECT min(hour) FROM tallyd.usage_hourly) < now('UTC') - INTERVAL 14 DAY`;

const newSpender: SqlRule = {
  uid: 'tallyd-new-spender',
  title: 'Somebody new spends a lot',
  severity: 'warning',
  panel: { dashboard: 'tallyd-cost', title: 'Breakdown' },
  sql: `SELECT kind, name, spent / ${above0(limit('new_spender_usd'))} AS value
${newSpenders}`,
  facts: { SPENT: `SELECT kind, name, spent AS value\n${newSpenders}` },
  summary:
    'Ask whether this is meant: the {{ $labels.kind }} {{ $labels.name }} was never seen before and spends a lot.',
  description:
    'The {{ $labels.kind }} {{ $labels.name }} was first seen in the last seven days and has cost {{ printf "$%.2f" $values.SPENT.Value }}.',
};

/** By the cost mode: with `calculate` a cost that the source reports is no price. */
const UNPRICED = `sum(if((SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'cost_mode') = 'calculate', u.unpriced_tokens, u.auto_unpriced_tokens))`;

function unpricedTokens(divisor: string): string {
  return `SELECT ${shown('u.provider')} AS provider_name, ${shown('u.model')} AS model_name, toFloat64(${UNPRICED}) / ${divisor} AS value
FROM tallyd.usage_hourly AS u
WHERE u.hour >= now('UTC') - INTERVAL 7 DAY
GROUP BY provider_name, model_name
HAVING value > 0`;
}

const unpriced: SqlRule = {
  uid: 'tallyd-unpriced-model',
  title: 'A model has no price',
  severity: 'warning',
  panel: { dashboard: 'tallyd-cost', title: 'Unpriced models' },
  sql: unpricedTokens(above0(limit('unpriced_tokens'))),
  facts: { TOKENS: unpricedTokens('1') },
  for: '10m',
  summary:
    'Give {{ $labels.model_name }} a price in tallyd.yaml or refresh the price list: its usage counts as nothing.',
  description:
    '{{ humanize $values.TOKENS.Value }} tokens of {{ $labels.model_name }} (provider {{ $labels.provider_name }}) in the last seven days have no price.',
};

export const spending: AlertGroup = {
  name: 'tallyd spending',
  interval: 300,
  rules: [spike, newSpender, unpriced],
};
