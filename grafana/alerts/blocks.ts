/** Five-hour blocks of Claude Code: whether the running one comes near its limit. */
import type { AlertGroup, SqlRule } from './rule.ts';
import { limit } from './sql.ts';

/** A limit of 0 is what the largest earlier block took; too few of them are no measure. */
const EARLIER_BLOCKS = 10;

function limitOf(name: 'block_limit_tokens' | 'block_limit_usd', largest: string): string {
  return `if(${limit(name)} > 0, ${limit(name)}, if(earlier >= ${EARLIER_BLOCKS}, ${largest}, 0))`;
}

/** What is used of a limit, as a share; nothing where there is no limit. */
function shareOf(used: string, most: string): string {
  return `if(${most} > 0, ${used} / ${most}, 0)`;
}

const BLOCK_SECONDS = 5 * 3600;
const NOW = "toInt64(toUnixTimestamp(now('UTC')))";
const IS_RUNNING = `(start + ${BLOCK_SECONDS} > ${NOW})`;

/**
 * All blocks, from the sums per hour: the view `blocks` makes those of every source. What it decides by single requests, those at exactly a full hour, goes with its hour here.
 * A pause of five hours ends a block whatever came before, so only what lies between two is folded.
 */
const BLOCKS = `hours AS (
    SELECT toInt64(toUnixTimestamp(u.hour)) AS at, sum(u.total_tokens) AS tokens, toFloat64(sum(u.cost_usd)) AS usd
    FROM tallyd.usage_hourly AS u WHERE u.source = 'claude-code' AND u.hour <= now('UTC') GROUP BY at
),
pauses AS (
    SELECT at, tokens, usd, at - lagInFrame(at, 1, toInt64(0)) OVER (ORDER BY at
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) >= ${BLOCK_SECONDS} AS pause FROM hours
),
stretches AS (SELECT at, tokens, usd, sum(pause) OVER (ORDER BY at) AS stretch FROM pauses),
folded AS (
    SELECT arraySort(groupArray((at, tokens, usd))) AS slots, arrayFold(
        (state, slot) -> (if(slot.1 < state.1 + ${BLOCK_SECONDS}, state.1, slot.1),
            arrayPushBack(state.2, if(slot.1 < state.1 + ${BLOCK_SECONDS}, state.1, slot.1))),
        slots, (toInt64(-86400), emptyArrayInt64())).2 AS starts
    FROM stretches GROUP BY stretch
),
all_blocks AS (
    SELECT each.2 AS start, toFloat64(sum(each.1.2)) AS total, sum(each.1.3) AS cost
    FROM folded ARRAY JOIN arrayZip(slots, starts) AS each GROUP BY start
)`;

/** Minutes of the last five hours that have a request: the first of the block is among them. */
const MINUTES = `(SELECT arraySort(groupUniqArray(toInt64(toUnixTimestamp(toStartOfMinute(ts)))))
            FROM tallyd.usage WHERE source = 'claude-code' AND ts >= now('UTC') - INTERVAL ${BLOCK_SECONDS} SECOND)`;

/** Only Claude Code has these blocks; `tallyd report blocks` shows the same. */
function running(value: string): string {
  return `WITH ${BLOCKS}
SELECT source_name, ${value} AS value FROM (
    SELECT 'claude-code' AS source_name, countIf(NOT ${IS_RUNNING}) AS earlier, maxIf(start, ${IS_RUNNING}) AS begun,
        sumIf(total, ${IS_RUNNING}) AS tokens, maxIf(total, NOT ${IS_RUNNING}) AS most_tokens,
        sumIf(cost, ${IS_RUNNING}) AS usd, maxIf(cost, NOT ${IS_RUNNING}) AS most_usd,
        arrayFirst(minute -> minute >= begun, ${MINUTES}) AS first_minute,
        ${NOW} - first_minute AS elapsed, begun + ${BLOCK_SECONDS} - first_minute AS whole,
        ${shareOf('tokens', limitOf('block_limit_tokens', 'most_tokens'))} AS token_share,
        ${shareOf('usd', limitOf('block_limit_usd', 'most_usd'))} AS usd_share
    FROM all_blocks
    HAVING countIf(${IS_RUNNING}) > 0
)`;
}

/** At the present rate until its end; not from less than half an hour, nor from less than half a limit. */
const AHEAD =
  'if(elapsed >= 1800 AND greatest(token_share, usd_share) >= 0.5, greatest(token_share, usd_share) * whole / elapsed, 0)';

const limitAhead: SqlRule = {
  uid: 'tallyd-block-limit',
  title: 'The five-hour limit is near',
  severity: 'warning',
  panel: { dashboard: 'tallyd-blocks', title: 'Against the limit' },
  sql: running(`greatest(greatest(token_share, usd_share) / ${limit('block_share')}, ${AHEAD})`),
  facts: {
    SHARE: running('greatest(token_share, usd_share)'),
    LEFT: running(`toFloat64(begun + ${BLOCK_SECONDS} - ${NOW})`),
  },
  for: '5m',
  keepFiringFor: '10m',
  summary:
    'Keep the rest of the five-hour block for what matters: its limit is near, or will be reached before it ends.',
  description:
    '{{ humanizePercentage $values.SHARE.Value }} of the limit is used; the block ends in {{ humanizeDuration $values.LEFT.Value }}.',
};

export const blocks: AlertGroup = { name: 'tallyd blocks', interval: 300, rules: [limitAhead] };
