/** One session: what it came to, how it went, and its requests one by one. */
import { GraphDrawStyle } from '@grafana/grafana-foundation-sdk/common';
import { column, series, stat, table, thresholds } from '../../sdk/panels.ts';
import { COST, fromEvents, fromSessions, HIT_RATE } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { typed } from './variables.ts';

const MOST = 5000;

/**
 * The session that is chosen, or the newest one while none is, with its first and last moment: they spare
 * a look through all the events of the range.
 */
const chosen = `WITH (
    SELECT argMax((id, first, last), last)
    FROM (
        SELECT u.session_id AS id, min(u.first_ts) AS first, max(u.newest_ts) AS last
        ${fromSessions()} AND (${typed('session')} = '' OR u.session_id = ${typed('session')})
        GROUP BY id
    )
) AS chosen`;

/** The events of that session. */
const fromSession = `${fromEvents()}
    AND u.session_id = chosen.1 AND u.ts >= chosen.2 AND u.ts <= chosen.3 AND u.session_id != ''`;

const WHICH =
  'The session of the variable "Session", as far as it lies in the range; without one, the newest.';

const headline = stat({
  title: 'The session',
  description: `What it came to. ${WHICH}`,
  width: 24,
  sql: `${chosen}
SELECT ifNull(toFloat64(sum(u.${COST})), 0) AS cost, sum(u.requests) AS requests, sum(u.total_tokens) AS tokens,
    dateDiff('millisecond', min(u.ts), max(u.ts)) / 1000 AS duration, ${HIT_RATE} AS "cache hit rate", countIf(u.status = 'error') AS errors
${fromSession}`,
})
  .overrideByName('cost', column({ unit: unit.dollars, decimals: 4 }))
  .overrideByName('requests', column({ unit: unit.count }))
  .overrideByName('tokens', column({ unit: unit.count }))
  .overrideByName('duration', column({ unit: unit.seconds }))
  .overrideByName('cache hit rate', column({ unit: unit.share, decimals: 1 }))
  .overrideByName('errors', [{ id: 'thresholds', value: thresholds(['text'], ['red', 1]).build() }]);

const running = series({
  title: 'Its cost so far',
  description: `The running total of its cost, request by request. ${WHICH}`,
  unit: unit.dollars,
  draw: 'lines',
  sql: `${chosen}
SELECT time, sum(cost) OVER (ORDER BY time) AS "cost so far"
FROM (SELECT u.ts AS time, ifNull(toFloat64(sum(u.${COST})), 0) AS cost ${fromSession} GROUP BY time)
ORDER BY time LIMIT ${MOST}`,
});

const tokens = series({
  title: 'Tokens of its requests',
  description: `How large the context grows, and how much of it comes from the cache. ${WHICH}`,
  unit: unit.count,
  sql: `${chosen}
SELECT u.ts AS time, sum(u.input_tokens) AS input, sum(u.cache_write_5m_tokens + u.cache_write_1h_tokens) AS "cache write",
    sum(u.cache_read_tokens) AS "cache read", sum(u.output_tokens) AS output, sum(u.unclassified_tokens) AS unclassified
${fromSession} GROUP BY time ORDER BY time LIMIT ${MOST}`,
}).drawStyle(GraphDrawStyle.Bars);

/** In the order of `tallyd report session --id`. */
export const requestsSql = `${chosen}
SELECT
    u.ts AS time, u.source AS source, u.model AS model, u.status AS status,
    u.input_tokens AS input, u.cache_write_5m_tokens AS "cache write 5m", u.cache_write_1h_tokens AS "cache write 1h",
    u.cache_read_tokens AS "cache read", u.output_tokens AS output, u.reasoning_tokens AS reasoning,
    u.unclassified_tokens AS unclassified, u.total_tokens AS tokens,
    ifNull(toFloat64(u.${COST}), 0) AS cost,
    sum(ifNull(toFloat64(u.${COST}), 0)) OVER (ORDER BY u.ts, u.event_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "cost so far",
    u.cost_source AS "cost is", u.duration_ms AS duration, u.request_id AS request
${fromSession}
ORDER BY u.ts, u.event_id LIMIT ${MOST}`;

const requests = table({
  title: 'Its requests one by one',
  description: `In the order of time, at most ${MOST}. "Cost is" says whether the source reported a cost, prices gave it, or nothing did, by the configured cost mode. ${WHICH}`,
  width: 24,
  height: 14,
  sql: requestsSql,
})
  .unit(unit.count)
  .overrideByName('time', column({ title: 'Time', unit: unit.time }))
  .overrideByName('cost', column({ unit: unit.dollars, decimals: 4 }))
  .overrideByName('cost so far', column({ unit: unit.dollars, decimals: 4 }))
  .overrideByName('duration', column({ unit: unit.milliseconds }))
  .overrideByName('status', [
    { id: 'custom.cellOptions', value: { type: 'color-text' } },
    {
      id: 'mappings',
      value: [
        {
          type: 'value',
          options: { error: { color: 'red' }, aborted: { color: 'orange' }, ok: { color: 'text' } },
        },
      ],
    },
  ]);

export const detail = [headline, running, tokens, requests];
