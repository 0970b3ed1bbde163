/**
 * Five-hour blocks, filtered before they are made; the view `blocks` reads all events. A block begins at
 * the full UTC hour of its first request and takes every request up to five hours after that; the next
 * request begins the next.
 *
 * Where blocks begin follows from the hours in which a source was used, which the hourly sums know: a
 * request at exactly an hour (to the millisecond) may still belong to the block that ends there, any later
 * one may not, and `newest_ts` says whether an hour has later ones. So single requests are read only for
 * what is shown. A source counts single requests or buckets of them, never both; only requests count.
 */
import { COST, filters } from '../../sdk/sql.ts';

const BLOCK = 5 * 3600;

/** Usage counts up to here: a range may end in the future, or long ago. */
export const MOMENT = 'least($__toTime, now())';

/** Seconds since the epoch. */
const seconds = (time: string): string => `toInt64(toUnixTimestamp(${time}))`;

/** Seconds from a block's start to a midnight: those that matter, and 0 for a block that is long over. */
const STATES = [0, 1, 2, 3, 4, 5].map((hours) => hours * 3600);

/**
 * Common table expressions up to `${name}`: one row per source and block with `start` (seconds) and
 * `before`, the start of the block before.
 *
 * Hours must be walked in order, and a walk through a year of them takes a quarter of a second. So each
 * UTC day is walked by itself, all days at once, from each of the six states that its midnight may find
 * the block before in; then days are walked, in each of which only the state is looked up.
 * @param also a condition on the hours
 */
export function startsSql(name = 'starts', also = '1'): string {
  return `${name}_hours AS (
    SELECT u.source AS source, ${seconds('u.hour')} AS at, max(u.newest_ts) > u.hour AS late
    FROM tallyd.usage_hourly AS u
    WHERE u.hour <= ${MOMENT} AND ${also} AND ${filters()}
    GROUP BY u.source, u.hour
),
${name}_walks AS (
    SELECT source, intDiv(at, 86400) AS day, arraySort(groupArray((at, late))) AS hours,
        arrayMap(state -> arrayFold(
            (walk, hour) -> if(hour.1 + hour.2 <= walk.1 + ${BLOCK}, walk, (hour.1, arrayPushBack(walk.2, hour.1))),
            hours, (toInt64(day * 86400 - if(state = 0, 86400, state)), emptyArrayInt64())), [${STATES.join(', ')}]) AS walks,
        arrayMap(walk -> if(walk.1 >= (day + 1) * 86400 - ${BLOCK}, (day + 1) * 86400 - walk.1, 0), walks) AS ends_in
    FROM ${name}_hours GROUP BY source, day
),
${name}_days AS (
    SELECT source, arraySort(each -> each.1, groupArray((day, ends_in, arrayMap(walk -> walk.2, walks)))) AS days,
        arrayFold(
            (walk, each) -> (each.1, each.2[1 + intDiv(if(each.1 = walk.1 + 1, walk.2, 0), 3600)],
                arrayPushBack(walk.3, if(each.1 = walk.1 + 1, walk.2, 0))),
            arrayMap(each -> (each.1, each.2), days), (toInt64(-2), toInt64(0), emptyArrayInt64())).3 AS states,
        arrayFlatten(arrayMap((each, state) -> each.3[1 + intDiv(state, 3600)], days, states)) AS firsts
    FROM ${name}_walks GROUP BY source
),
${name} AS (
    SELECT source, pair.1 AS start, pair.2 AS before
    FROM ${name}_days
    ARRAY JOIN arrayZip(firsts, arrayPushFront(arrayPopBack(firsts), -86400)) AS pair
)`;
}

/** The start of the block of a slot: the requests at exactly `hour`, or those `late` in it. */
const blockOf = (starts: string): string =>
  `if(NOT slots.late AND ${starts}.start = slots.hour AND ${starts}.before + ${BLOCK} = slots.hour, ${starts}.before, ${starts}.start)`;

/**
 * `WITH …` up to `blocks`: the blocks that begin at `from` or later, as they stand at the range's end,
 * with `source`, `start` (seconds), `starts`, `ends`, `first`, `last`, `requests`, `entries`, tokens by
 * type, `total`, `cost`, `models` (text) and `active`.
 */
export function blocksSql(from: string): string {
  return `WITH ${startsSql()},
slots AS (
    SELECT u.source AS source, ${seconds('toStartOfHour(u.ts)')} AS hour, toUnixTimestamp64Milli(u.ts) % 3600000 != 0 AS late,
        min(u.ts) AS slot_first, max(u.ts) AS slot_last, count() AS slot_entries, sum(u.requests) AS slot_requests,
        sum(u.input_tokens) AS slot_input, sum(u.cache_write_5m_tokens + u.cache_write_1h_tokens) AS slot_cache_write,
        sum(u.cache_read_tokens) AS slot_cache_read, sum(u.output_tokens) AS slot_output, sum(u.total_tokens) AS slot_total,
        ifNull(sum(u.${COST}), 0) AS slot_cost, groupUniqArrayIf(toString(u.model), u.model != '') AS slot_models
    FROM tallyd.usage AS u
    WHERE u.grain = 'request' AND u.ts >= toStartOfHour(${from}) AND u.ts <= ${MOMENT} AND ${filters()}
    GROUP BY source, hour, late
),
blocks AS (
    SELECT slots.source AS source, ${blockOf('starts')} AS start,
        toDateTime(start, 'UTC') AS starts, toDateTime(start + ${BLOCK}, 'UTC') AS ends,
        min(slot_first) AS first, max(slot_last) AS last,
        sum(slot_entries) AS entries, sum(slot_requests) AS requests,
        sum(slot_input) AS input, sum(slot_cache_write) AS cache_write, sum(slot_cache_read) AS cache_read,
        sum(slot_output) AS output, sum(slot_total) AS total, toFloat64(sum(slot_cost)) AS cost,
        arrayStringConcat(arraySort(groupUniqArrayArray(slot_models)), ', ') AS models,
        ${MOMENT} < ends AND last > ${MOMENT} - ${BLOCK} AS active
    FROM slots ASOF INNER JOIN starts ON slots.source = starts.source AND slots.hour >= starts.start
    GROUP BY source, start
    HAVING start >= ${seconds(`toStartOfHour(${from})`)}
)`;
}
