/**
 * Five-hour blocks, filtered before they are made; the view `blocks` makes them of everything. A block
 * begins at the full UTC hour of its first request and takes every request up to five hours after that;
 * the next request begins the next.
 *
 * Requests are walked by slots: those at exactly an hour (to the millisecond), which may still belong to
 * the block that ends there, and the later ones of the hour, which may not. Within a slot all are alike.
 * The sums per hour and session know both; only single requests count, no buckets of them.
 */
import { COST, filters } from '../../sdk/sql.ts';

export const BLOCK = 5 * 3600;

/** Usage counts up to here: a range may end in the future, or long ago. */
export const MOMENT = 'least($__toTime, now())';

/** Seconds since the epoch. */
export const seconds = (time: string): string => `toInt64(toUnixTimestamp(${time}))`;

/** Seconds from a block's start to a midnight: those that matter, and 0 for a block that is long over. */
const STATES = [0, 1, 2, 3, 4, 5].map((hours) => hours * 3600);

/**
 * Common table expressions up to `${name}_days`: one row per source with its days in order, as two arrays:
 * `slots_of_days`, and `firsts_of_days`, those slots that begin a block, as twice their hour and `late`.
 *
 * Slots must be walked in order, and a walk through a year of them takes a quarter of a second. So each
 * UTC day is walked by itself, all days at once, from each of the six states that its midnight may find
 * the block before in; then days are walked, in each of which only the state is looked up.
 * @param slots a SELECT of `source`, `at` (seconds of the hour), `late` and `sums`, one row per slot
 */
export function walksSql(name: string, slots: string): string {
  return `${name}_walks AS (
    SELECT source, intDiv(at, 86400) AS day, arraySort(each -> (each.1, each.2), groupArray((at, late, sums))) AS slots,
        arrayMap(state -> arrayFold(
            (walk, slot) -> if(slot.1 + slot.2 <= walk.1 + ${BLOCK}, walk, (slot.1, arrayPushBack(walk.2, slot.1 * 2 + slot.2))),
            arrayMap(each -> (each.1, each.2), slots), (toInt64(day * 86400 - if(state = 0, 86400, state)), emptyArrayInt64())),
            [${STATES.join(', ')}]) AS walks,
        arrayMap(walk -> if(walk.1 >= (day + 1) * 86400 - ${BLOCK}, (day + 1) * 86400 - walk.1, 0), walks) AS ends_in
    FROM (${slots}) GROUP BY source, day
),
${name}_days AS (
    SELECT source, arraySort(each -> each.1, groupArray((day, ends_in, arrayMap(walk -> walk.2, walks), slots))) AS days,
        arrayFold(
            (walk, each) -> (each.1, each.2[1 + intDiv(if(each.1 = walk.1 + 1, walk.2, 0), 3600)],
                arrayPushBack(walk.3, if(each.1 = walk.1 + 1, walk.2, 0))),
            arrayMap(each -> (each.1, each.2), days), (toInt64(-2), toInt64(0), emptyArrayInt64())).3 AS states,
        arrayMap(each -> each.4, days) AS slots_of_days,
        arrayMap((each, state) -> each.3[1 + intDiv(state, 3600)], days, states) AS firsts_of_days
    FROM ${name}_walks GROUP BY source
)`;
}

/**
 * `WITH …` up to `blocks`: the blocks that begin at `from` or later, as they stand at the range's end,
 * with `source`, `start` (seconds), `starts`, `ends`, `first`, `last`, `requests`, `entries`, tokens by
 * type, `total`, `cost`, `models` (text) and `active`.
 */
export function blocksSql(from: string): string {
  return `WITH ${walksSql(
    'use',
    `SELECT u.source AS source, ${seconds('u.hour')} AS at, u.late AS late, 0 AS sums
    FROM tallyd.usage_by_session AS u
    WHERE u.grain = 'request' AND u.hour <= ${MOMENT} AND ${filters()}
    GROUP BY source, at, late`,
  )},
starts AS (
    SELECT source, arrayJoin(arrayFlatten(firsts_of_days)) AS first_slot, intDiv(first_slot, 2) AS start FROM use_days
),
slots AS (
    SELECT u.source AS source, ${seconds('u.hour')} * 2 + u.late AS slot,
        min(u.first_ts) AS slot_first, max(u.newest_ts) AS slot_last, sum(u.events) AS slot_entries, sum(u.requests) AS slot_requests,
        sum(u.input_tokens) AS slot_input, sum(u.cache_write_5m_tokens + u.cache_write_1h_tokens) AS slot_cache_write,
        sum(u.cache_read_tokens) AS slot_cache_read, sum(u.output_tokens) AS slot_output, sum(u.total_tokens) AS slot_total,
        sum(u.${COST}) AS slot_cost, groupUniqArrayIf(toString(u.model), u.model != '') AS slot_models
    FROM tallyd.usage_by_session AS u
    WHERE u.grain = 'request' AND u.hour >= toStartOfHour(${from}) AND u.hour <= ${MOMENT} AND ${filters()}
    GROUP BY source, slot
),
blocks AS (
    SELECT slots.source AS source, starts.start AS start,
        toDateTime(start, 'UTC') AS starts, toDateTime(start + ${BLOCK}, 'UTC') AS ends,
        min(slot_first) AS first, max(slot_last) AS last,
        sum(slot_entries) AS entries, sum(slot_requests) AS requests,
        sum(slot_input) AS input, sum(slot_cache_write) AS cache_write, sum(slot_cache_read) AS cache_read,
        sum(slot_output) AS output, sum(slot_total) AS total, toFloat64(sum(slot_cost)) AS cost,
        arrayStringConcat(arraySort(groupUniqArrayArray(slot_models)), ', ') AS models,
        ${MOMENT} < ends AND last > ${MOMENT} - ${BLOCK} AS active
    FROM slots ASOF INNER JOIN starts ON slots.source = starts.source AND slots.slot >= starts.first_slot
    GROUP BY source, start
    HAVING start >= ${seconds(`toStartOfHour(${from})`)}
)`;
}
