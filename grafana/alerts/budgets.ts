/**
 * Budgets: how far they are used, and whether they will last. Each has thresholds of its own; a rule
 * takes those of its band, so that of every budget the highest threshold reached is the one that fires.
 */
import type { AlertGroup, SqlRule } from './rule.ts';

const LABELS = `name AS budget, if(scope_text = '', 'everything', scope_text) AS scope, toString(period) AS per,
    if(unit = 'usd', concat('$', toString(round(amount, 2))), concat(formatReadableQuantity(amount), ' tokens')) AS budget_amount`;

function reached(from: number, to: number): string {
  const above = from === 0 ? 'threshold_reached > 0' : `threshold_reached >= ${from}`;
  const below = to === Infinity ? '' : ` AND threshold_reached < ${to}`;
  return `SELECT ${LABELS}, toFloat64(${above}${below}) AS value
FROM tallyd.budget_status`;
}

const SHARE = `SELECT ${LABELS}, toFloat64(share) AS value
FROM tallyd.budget_status`;

const USED =
  'The {{ $labels.per }} budget {{ $labels.budget }} of {{ $labels.budget_amount }} for {{ $labels.scope }} is used by {{ humanizePercentage $values.SHARE.Value }}.';

const panel = { dashboard: 'tallyd-budgets', title: 'Budgets' };

const half: SqlRule = {
  uid: 'tallyd-budget-half',
  title: 'Budget past its first threshold',
  severity: 'info',
  panel,
  sql: reached(0, 0.8),
  facts: { SHARE },
  summary: 'Have a look at the budget {{ $labels.budget }}: its first threshold (usually 50 %) is reached.',
  description: USED,
};

const mostly: SqlRule = {
  uid: 'tallyd-budget-mostly',
  title: 'Budget nearly used up',
  severity: 'warning',
  panel,
  sql: reached(0.8, 1),
  facts: { SHARE },
  summary: 'Slow down or raise the budget {{ $labels.budget }}: it is nearly used up.',
  description: USED,
};

const usedUp: SqlRule = {
  uid: 'tallyd-budget-used-up',
  title: 'Budget used up',
  severity: 'critical',
  panel,
  sql: reached(1, Infinity),
  facts: { SHARE },
  summary: 'Stop or raise the budget {{ $labels.budget }}: nothing is left of it.',
  description: USED,
};

/**
 * A forecast from little is a guess: a quarter must be used, and the amount must be missed by a tenth.
 * A budget that is used up is told by its own rule.
 */
const forecast: SqlRule = {
  uid: 'tallyd-budget-forecast',
  title: 'Budget will not last',
  severity: 'warning',
  panel,
  sql: `SELECT ${LABELS}, toFloat64(if(share >= 0.25 AND share < 1, forecast_share / 1.1, 0)) AS value
FROM tallyd.budget_status`,
  facts: {
    SHARE,
    FORECAST: `SELECT ${LABELS}, toFloat64(forecast_share) AS value
FROM tallyd.budget_status`,
  },
  for: '15m',
  keepFiringFor: '1h',
  summary:
    'Slow down or raise the budget {{ $labels.budget }}: at the present rate it breaks before its period ends.',
  description: `${USED} At the present rate it will be {{ humanizePercentage $values.FORECAST.Value }} at the end of the period.`,
};

export const budgets: AlertGroup = {
  name: 'tallyd budgets',
  interval: 300,
  rules: [half, mostly, usedUp, forecast],
};
