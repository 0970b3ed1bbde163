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

-- Five-hour blocks per source. A block starts at the full UTC hour of its first request and takes
-- every request up to five hours after that start; the next request starts the next block. Hours
-- are folded instead of requests: a start is a full hour, so an hour decides, but for requests at
-- exactly start + 5 h, which still belong to the block before.
CREATE VIEW IF NOT EXISTS tallyd.blocks AS
WITH
    starts AS
    (
        SELECT
            source,
            arrayFold(
                (state, hour) -> if(hour.1 < state.1 + 18000 OR (hour.1 = state.1 + 18000 AND hour.2), state,
                    (hour.1, arrayPushBack(state.2, hour.1))),
                arraySort(groupArray((hour, only_on_the_hour))),
                (toUInt32(0), emptyArrayUInt32())).2 AS block_starts
        FROM
        (
            SELECT source, toUInt32(toStartOfHour(ts)) AS hour, max(ts) = toStartOfHour(max(ts)) AS only_on_the_hour
            FROM tallyd.usage
            WHERE grain = 'request'
            GROUP BY source, hour
        )
        GROUP BY source
    )
SELECT
    source,
    toDateTime(block, 'UTC') AS start_time,
    toDateTime(block + 18000, 'UTC') AS end_time,
    min(ts) AS first_activity,
    max(ts) AS last_activity,
    now() < end_time AND last_activity > now() - INTERVAL 5 HOUR AS is_active,
    count() AS entries,
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
    sum(cost_usd) AS cost_usd
FROM
(
    SELECT
        usage.*,
        arrayLastIndex(start -> start <= toUnixTimestamp(ts), block_starts) AS at,
        -- a request at exactly the end of the block before belongs to that one
        if(at > 1 AND toDateTime64(block_starts[at], 3, 'UTC') = ts AND block_starts[at - 1] + 18000 = block_starts[at],
            block_starts[at - 1], block_starts[greatest(at, 1)]) AS block
    FROM tallyd.usage AS usage
    INNER JOIN starts USING (source)
    WHERE grain = 'request'
)
GROUP BY source, block;
