/** What a block may take: the limits of tallyd.yaml, or the largest block before. */
import { COST, filters } from '../../sdk/sql.ts';
import { MOMENT, startsSql } from './fold.ts';

const BLOCK = 5 * 3600;

const setting = (name: 'block_limit_tokens' | 'block_limit_usd'): string =>
  `(SELECT toFloat64(max(value)) FROM tallyd.alert_settings WHERE name = '${name}')`;

/** Only where one of the limits is not set all hours are needed. */
const ANY_UNSET = `(SELECT countIf(value > 0) FROM tallyd.alert_settings WHERE name IN ('block_limit_tokens', 'block_limit_usd')) < 2`;

/** Sources that are not used from here on are asked for by no panel. */
const OLDEST = `toStartOfHour(least($__fromTime, ${MOMENT} - ${BLOCK}))`;

/**
 * Common table expressions up to `limits`: `source`, `limit_tokens`, `limit_usd`. A limit that is not set
 * is the largest block of the source that was over at the range's end, of all its history, by the hourly
 * sums; 0 while there is none. (Of requests that share one hourly sum, those at exactly the hour in which
 * a block ends and the next begins are counted to the next.)
 */
export const limitsSql = `${startsSql('history', ANY_UNSET)},
history_sums AS (
    SELECT u.source AS source, toInt64(toUnixTimestamp(u.hour)) AS hour, u.newest_ts > u.hour AS late,
        sum(u.total_tokens) AS slot_total, toFloat64(sum(u.${COST})) AS slot_cost
    FROM tallyd.usage_hourly AS u
    WHERE u.hour <= ${MOMENT} AND ${ANY_UNSET} AND ${filters()}
    GROUP BY source, hour, late
),
history_blocks AS (
    SELECT s.source AS source, if(NOT s.late AND h.start = s.hour AND h.before + ${BLOCK} = s.hour, h.before, h.start) AS start,
        sum(slot_total) AS total, sum(slot_cost) AS cost
    FROM history_sums AS s ASOF INNER JOIN history AS h ON s.source = h.source AND s.hour >= h.start
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
