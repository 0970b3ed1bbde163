/** What a block may take: the limits of tallyd.yaml, or the largest block before. */
import { COST, filters } from '../../sdk/sql.ts';
import { BLOCK, MOMENT, seconds, walksSql } from './fold.ts';

const setting = (name: 'block_limit_tokens' | 'block_limit_usd'): string =>
  `(SELECT toFloat64(max(value)) FROM tallyd.alert_settings WHERE name = '${name}')`;

/** Only where one of the limits is not set all history is needed. */
const ANY_UNSET = `(SELECT countIf(value > 0) FROM tallyd.alert_settings WHERE name IN ('block_limit_tokens', 'block_limit_usd')) < 2`;

/** Sources that are not used from here on are asked for by no panel. */
const OLDEST = `toStartOfHour(least($__fromTime, ${MOMENT} - ${BLOCK}))`;

/**
 * Common table expressions up to `limits`: `source`, `limit_tokens`, `limit_usd`. A limit that is not set
 * is the largest block of the source that was over at the range's end, of all its history; 0 while there
 * is none. The history is read once: each day's slots go through the walk together with their sums.
 */
export const limitsSql = `${walksSql(
  'history',
  `SELECT u.source AS source, ${seconds('u.hour')} AS at, u.late AS late, (sum(u.total_tokens), toFloat64(sum(u.${COST}))) AS sums
    FROM tallyd.usage_by_session AS u
    WHERE u.grain = 'request' AND u.hour <= ${MOMENT} AND ${ANY_UNSET} AND ${filters()}
    GROUP BY source, at, late`,
)},
history_slots AS (
    SELECT source, slot, has(day_firsts, slot.1 * 2 + slot.2) AS is_first,
        max(if(is_first, slot.1, 0)) OVER (PARTITION BY source ORDER BY slot.1, slot.2) AS start
    FROM (SELECT source, each.1 AS slots, each.2 AS day_firsts FROM history_days ARRAY JOIN arrayZip(slots_of_days, firsts_of_days) AS each)
    ARRAY JOIN slots AS slot
),
history_blocks AS (
    SELECT source, start, sum(slot.3.1) AS total, sum(slot.3.2) AS cost
    FROM history_slots
    GROUP BY source, start
    HAVING toDateTime(start + ${BLOCK}) <= ${MOMENT}
),
limits AS (
    SELECT u.source AS source,
        if(${setting('block_limit_tokens')} > 0, ${setting('block_limit_tokens')}, toFloat64(max(b.total))) AS limit_tokens,
        if(${setting('block_limit_usd')} > 0, ${setting('block_limit_usd')}, max(b.cost)) AS limit_usd
    FROM (SELECT DISTINCT source FROM tallyd.usage_hourly WHERE hour >= ${OLDEST}) AS u
    LEFT JOIN history_blocks AS b ON u.source = b.source
    GROUP BY source
)`;
