/**
 * Five-hour blocks per source and model, in SQL. A block begins at the full UTC hour of its first
 * request and takes every request up to five hours after that; the next request begins the next.
 *
 * Requests are folded by slots: an hour's requests at exactly the hour, and those after it. Within
 * a slot all are alike to the algorithm, because a block's start and end are full hours. A pause of
 * more than five hours between two slots ends a block whatever came before, so only what lies
 * between two such pauses is folded at a time, and the fold stays short.
 */
import { sumsOf } from './costs.ts';
import { BY_SESSION, HOURLY } from './filters.ts';
import type { CostMode } from './types.ts';

export const BLOCK_SECONDS = 5 * 3600;

/**
 * `where` begins with WHERE and holds for the requests that count, as sums per hour and session have
 * them. One row per block and model.
 */
export function blocksSql(where: string, mode: CostMode): string {
  const slot = 'source, toUnixTimestamp(s.hour) AS hour, late';
  return `
WITH
slots AS (SELECT DISTINCT ${slot} FROM ${BY_SESSION.name} AS s ${where}),
pauses AS
(
    SELECT source, hour, late,
        hour - lagInFrame(hour, 1, 0) OVER (PARTITION BY source ORDER BY hour, late
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) > ${BLOCK_SECONDS} AS pause
    FROM slots
),
stretches AS
(
    SELECT source, hour, late, sum(pause) OVER (PARTITION BY source ORDER BY hour, late) AS stretch
    FROM pauses
),
folded AS
(
    SELECT source, arraySort(groupArray((toInt64(hour), late))) AS slots_in_order,
        arrayFold(
            (state, slot) -> (
                if(slot.1 + slot.2 <= state.1 + ${BLOCK_SECONDS}, state.1, slot.1),
                arrayPushBack(state.2, if(slot.1 + slot.2 <= state.1 + ${BLOCK_SECONDS}, state.1, slot.1))),
            slots_in_order, (toInt64(-86400), emptyArrayInt64())).2 AS starts
    FROM stretches
    GROUP BY source, stretch
),
slot_blocks AS
(
    SELECT source, toUInt32(each.1.1) AS hour, each.1.2 AS late, each.2 AS block
    FROM folded ARRAY JOIN arrayZip(slots_in_order, starts) AS each
),
slot_sums AS
(
    SELECT ${slot}, model, ${sumsOf(BY_SESSION, mode)}, sum(events) AS entries,
        toUnixTimestamp64Milli(min(first_ts)) AS first, toUnixTimestamp64Milli(max(newest_ts)) AS last
    FROM ${BY_SESSION.name} AS s ${where}
    GROUP BY source, hour, late, model
)
SELECT source, block, model, ${addUp()}
FROM slot_sums INNER JOIN slot_blocks USING (source, hour, late)
GROUP BY source, block, model`;
}

/**
 * From when on requests matter for blocks that begin at `from` or later (seconds): the last request
 * after a pause before that, per source, because a pause of more than five hours ends any block.
 * The hourly sums know it; that they may count more requests only makes them find fewer pauses.
 * `where` holds for the hourly sums.
 */
export function firstOfStretchSql(where: string, from: number): string {
  return `
SELECT min(last_pause) AS first
FROM
(
    SELECT source, max(at) AS last_pause
    FROM
    (
        SELECT source, at, at - lagInFrame(at, 1, 0) OVER (PARTITION BY source ORDER BY at
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) > ${BLOCK_SECONDS} AS pause
        FROM (SELECT DISTINCT source, toUnixTimestamp(hour) AS at FROM ${HOURLY.name} ${where})
    )
    WHERE pause AND at <= ${from}
    GROUP BY source
)`;
}

const NUMBERS = [
  'requests_',
  'inputTokens',
  'outputTokens',
  'cacheCreationTokens',
  'cacheReadTokens',
  'reasoningTokens',
  'unclassifiedTokens',
  'totalTokens',
  'unpricedTokens',
  'unpricedRequests',
  'entries',
];

/** Sums of the slots' sums, under the same names. */
function addUp(): string {
  const numbers = NUMBERS.map((name) => `sum(slot_sums.${name}) AS ${name}`);
  const costs = ['cost', 'estimated'].map(
    (name) => `toString(sum(toDecimal128(slot_sums.${name}, 9))) AS ${name}`,
  );
  return [...numbers, ...costs, 'min(slot_sums.first) AS first', 'max(slot_sums.last) AS last'].join(', ');
}
