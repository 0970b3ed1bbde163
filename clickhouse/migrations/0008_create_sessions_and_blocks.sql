-- One row per session, for lists; its requests are in `usage`.
CREATE VIEW IF NOT EXISTS tallyd.sessions AS
SELECT
    source, dataset, session_id,
    any(user) AS user,
    argMax(project, ts) AS project,
    min(ts) AS first_activity,
    max(ts) AS last_activity,
    count() AS events,
    sum(requests) AS requests,
    arraySort(groupUniqArrayIf(model, model != '')) AS models,
    sum(input_tokens) AS input_tokens,
    sum(cache_write_5m_tokens) AS cache_write_5m_tokens,
    sum(cache_write_1h_tokens) AS cache_write_1h_tokens,
    sum(cache_read_tokens) AS cache_read_tokens,
    sum(output_tokens) AS output_tokens,
    sum(reasoning_tokens) AS reasoning_tokens,
    sum(unclassified_tokens) AS unclassified_tokens,
    sum(total_tokens) AS total_tokens,
    sum(cost_usd) AS cost_usd,
    countIf(status = 'error') AS errors
FROM tallyd.usage
WHERE session_id != ''
GROUP BY source, dataset, session_id;

-- Five-hour blocks per source. A block begins at the full UTC hour of its first request and takes
-- every request up to five hours after that; the next request begins the next. Requests are folded
-- by slots (those at exactly an hour, and those after it within the hour): within a slot all are alike,
-- because a start is a full hour. A pause of more than five hours ends any block, so only what lies
-- between two such pauses is folded at a time.
CREATE VIEW IF NOT EXISTS tallyd.blocks AS
WITH
slot_sums AS
(
    SELECT source, toUnixTimestamp(toStartOfHour(ts)) AS hour, toUnixTimestamp64Milli(ts) % 3600000 != 0 AS late,
        min(ts) AS first_ts, max(ts) AS last_ts, count() AS events, sum(requests) AS all_requests,
        groupUniqArrayIf(model, model != '') AS slot_models,
        sum(input_tokens) AS input, sum(cache_write_5m_tokens) AS cache_write_5m, sum(cache_write_1h_tokens) AS cache_write_1h,
        sum(cache_read_tokens) AS cache_read, sum(output_tokens) AS output, sum(reasoning_tokens) AS reasoning,
        sum(unclassified_tokens) AS unclassified, sum(total_tokens) AS total, sum(cost_usd) AS cost
    FROM tallyd.usage
    WHERE grain = 'request'
    GROUP BY source, hour, late
),
stretches AS
(
    SELECT source, hour, late, sum(pause) OVER (PARTITION BY source ORDER BY hour, late) AS stretch
    FROM
    (
        SELECT source, hour, late,
            hour - lagInFrame(hour, 1, 0) OVER (PARTITION BY source ORDER BY hour, late
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) > 18000 AS pause
        FROM slot_sums
    )
),
folded AS
(
    SELECT source, arraySort(groupArray((toInt64(hour), late))) AS slots_in_order,
        arrayFold(
            (state, slot) -> (
                if(slot.1 + slot.2 <= state.1 + 18000, state.1, slot.1),
                arrayPushBack(state.2, if(slot.1 + slot.2 <= state.1 + 18000, state.1, slot.1))),
            slots_in_order, (toInt64(-86400), emptyArrayInt64())).2 AS starts
    FROM stretches
    GROUP BY source, stretch
),
slot_blocks AS
(
    SELECT source, toUInt32(each.1.1) AS hour, each.1.2 AS late, each.2 AS block
    FROM folded ARRAY JOIN arrayZip(slots_in_order, starts) AS each
)
SELECT
    source,
    toDateTime(block, 'UTC') AS start_time,
    toDateTime(block + 18000, 'UTC') AS end_time,
    min(first_ts) AS first_activity,
    max(last_ts) AS last_activity,
    now() < end_time AND last_activity > now() - INTERVAL 5 HOUR AS is_active,
    sum(events) AS entries,
    sum(all_requests) AS requests,
    arraySort(groupUniqArrayArray(slot_models)) AS models,
    sum(input) AS input_tokens,
    sum(cache_write_5m) AS cache_write_5m_tokens,
    sum(cache_write_1h) AS cache_write_1h_tokens,
    sum(cache_read) AS cache_read_tokens,
    sum(output) AS output_tokens,
    sum(reasoning) AS reasoning_tokens,
    sum(unclassified) AS unclassified_tokens,
    sum(total) AS total_tokens,
    sum(cost) AS cost_usd
FROM slot_sums INNER JOIN slot_blocks USING (source, hour, late)
GROUP BY source, block;
