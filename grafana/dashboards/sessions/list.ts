/** The sessions of the range, from the sums per hour and session. */
import { column, stat, table } from '../../sdk/panels.ts';
import { COST, fromSessions, HIT_RATE, shown } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { SHARED_VARIABLES } from '../../sdk/variables.ts';
import { typed } from './variables.ts';

const MOST = 1000;

/**
 * One row per session, with a condition for what is found: the search looks at a session's id, project and
 * user, whatever the case. A session is one id of one source, as `tallyd report session` has it.
 */
const sessions = `SELECT
    source, u.session_id AS session_id, argMax(${shown('u.project')}, (u.newest_ts, u.project)) AS last_project, argMax(${shown('u.user')}, (u.newest_ts, u.user)) AS last_user,
    min(u.first_ts) AS first_activity, max(u.newest_ts) AS last_activity, dateDiff('millisecond', first_activity, last_activity) / 1000 AS seconds,
    sum(u.requests) AS requests, sum(u.total_tokens) AS tokens, ifNull(toFloat64(sum(u.${COST})), 0) AS cost,
    ${HIT_RATE} AS hit_rate, sum(u.errors) AS errors,
    arrayStringConcat(arraySort(groupUniqArrayIf(toString(u.model), u.model != '')), ', ') AS models
${fromSessions()}
GROUP BY source, u.session_id
HAVING positionCaseInsensitiveUTF8(concat(session_id, ' ', last_project, ' ', last_user), ${typed('search')}) > 0`;

export const sessionsSql = `${sessions}
ORDER BY \${order} DESC, session_id, source LIMIT ${MOST}`;

/** Leaves all as it is, and opens the session in the panels below. `__all_variables` would name a session twice. */
const OPEN = {
  title: 'Its requests',
  url: `/d/tallyd-sessions?\${__url_time_range}&${[...SHARED_VARIABLES, 'search', 'order'].map((name) => `\${${name}:queryparam}`).join('&')}&var-session=\${__value.raw:percentencode}`,
};

export const list = table({
  title: 'Sessions',
  description: `Sessions with usage in the range, as far as it lies in the range; at most ${MOST}, by the variable "First". A click on one shows its requests below. Sources without sessions are not here.`,
  width: 24,
  height: 12,
  sql: sessionsSql,
})
  .overrideByName('session_id', column({ title: 'Session', width: 300, link: OPEN }))
  .overrideByName('source', column({ title: 'Source', width: 110 }))
  .overrideByName('last_project', column({ title: 'Project' }))
  .overrideByName('last_user', column({ title: 'User' }))
  .overrideByName('first_activity', column({ title: 'First activity', unit: unit.time }))
  .overrideByName('last_activity', column({ title: 'Last activity', unit: unit.time }))
  .overrideByName('seconds', column({ title: 'Duration', unit: unit.seconds, decimals: 1 }))
  .overrideByName('requests', column({ title: 'Requests', unit: unit.count }))
  .overrideByName('tokens', column({ title: 'Tokens', unit: unit.count, gauge: true }))
  .overrideByName('cost', column({ title: 'Cost', unit: unit.dollars, decimals: 2, gauge: true }))
  .overrideByName('hit_rate', column({ title: 'Cache hit rate', unit: unit.share, decimals: 1 }))
  .overrideByName('errors', column({ title: 'Errors', unit: unit.count }))
  .overrideByName('models', column({ title: 'Models' }));

/** All that are found, not only those listed. */
export const totals = stat({
  title: 'Sessions found',
  description:
    'How many sessions of the range the search finds; what they cost and how many requests they make on average, as far as they lie in the range; and how long half of them take at most, from first to last request.',
  width: 24,
  sql: `SELECT count() AS sessions, avgOrNull(cost) AS "cost per session", avgOrNull(requests) AS "requests per session", quantileExactOrNull(0.5)(seconds) AS "half of them take"
FROM (${sessions})`,
})
  .overrideByName('sessions', column({ unit: unit.count, decimals: 0 }))
  .overrideByName('cost per session', column({ unit: unit.dollars, decimals: 2 }))
  .overrideByName('requests per session', column({ unit: unit.count, decimals: 1 }))
  .overrideByName('half of them take', column({ unit: unit.seconds, decimals: 1 }));
