/** How requests fare: those that fail, and the cache that should answer them. */
import { PROMPT_TOKENS, shown } from '../sdk/sql.ts';
import type { AlertGroup, SqlRule } from './rule.ts';
import { lastHours, limit } from './sql.ts';

/** This hour and the last, where there are enough requests to speak of a share. */
function errors(value: string): string {
  return `SELECT provider_name, model_name, ${value} AS value FROM (
    SELECT ${shown('u.provider')} AS provider_name, ${shown('u.model')} AS model_name,
        sum(u.requests) AS asked, sumIf(u.requests, u.status = 'error') / asked AS failed_share
    FROM tallyd.usage_hourly AS u
    WHERE u.hour >= ${lastHours(2)}
    GROUP BY provider_name, model_name
    HAVING asked >= ${limit('error_min_requests')}
)`;
}

const errorShare: SqlRule = {
  uid: 'tallyd-error-share',
  title: 'Many requests fail',
  severity: 'warning',
  panel: { dashboard: 'tallyd-models', title: 'Models' },
  sql: errors(`failed_share / ${limit('error_share')}`),
  facts: { SHARE: errors('failed_share'), REQUESTS: errors('toFloat64(asked)') },
  for: '5m',
  keepFiringFor: '15m',
  summary:
    'Look at the status page of {{ $labels.provider_name }} and at the latest errors: many requests to {{ $labels.model_name }} fail.',
  description:
    '{{ humanizePercentage $values.SHARE.Value }} of {{ humanize $values.REQUESTS.Value }} requests to {{ $labels.model_name }} failed in this hour and the last.',
};

const DAY_AGO = "now('UTC') - INTERVAL 24 HOUR";
const MONTH_AGO = "now('UTC') - INTERVAL 29 DAY";
const NOW = `hour >= ${DAY_AGO}`;
const BEFORE = `hour < ${DAY_AGO}`;

function prompt(when: string): string {
  return `sumIf(${PROMPT_TOKENS}, ${when})`;
}

/** The last 24 hours against the four weeks before them: a whole day, because mornings begin cold. */
function hitRates(value: string): string {
  const rate = (when: string): string => `sumIf(cache_read_tokens, ${when}) / nullIf(${prompt(when)}, 0)`;
  const least = `greatest(${limit('cache_min_tokens')}, 1)`;
  return `SELECT source_name, model_name, ${value} AS value FROM (
    SELECT toString(source) AS source_name, ${shown('model')} AS model_name,
        ${rate(NOW)} AS rate_now, ${rate(BEFORE)} AS rate_before
    FROM tallyd.usage_hourly
    WHERE hour >= ${MONTH_AGO}
    GROUP BY source_name, model_name
    HAVING ${prompt(NOW)} >= ${least} AND ${prompt(BEFORE)} >= ${least} AND rate_before >= 0.1
)`;
}

const cacheHitRate: SqlRule = {
  uid: 'tallyd-cache-hit-rate',
  title: 'The cache hit rate falls',
  severity: 'warning',
  panel: { dashboard: 'tallyd-cache', title: 'Hit rate over time' },
  sql: hitRates(`(1 - rate_now / rate_before) / ${limit('cache_hit_drop')}`),
  facts: { NOW: hitRates('rate_now'), BEFORE: hitRates('rate_before') },
  for: '1h',
  keepFiringFor: '1h',
  summary:
    'Find out what changed in the prompts of {{ $labels.source_name }} with {{ $labels.model_name }}: the cache answers less of them than it did, and that costs.',
  description:
    'The cache hit rate of {{ $labels.source_name }} with {{ $labels.model_name }} was {{ humanizePercentage $values.NOW.Value }} in the last 24 hours, and {{ humanizePercentage $values.BEFORE.Value }} in the four weeks before.',
};

export const requests: AlertGroup = {
  name: 'tallyd requests',
  interval: 300,
  rules: [errorShare, cacheHitRate],
};
