-- Sessions of pi and of what is built on it (OpenClaw): a header, then entries. Usage stands in
-- assistant messages, and in the summaries that a model wrote. Token counts are disjoint. A message
-- names its model; older ones go by the last change of model, or by the header.
WITH
    -- 0 when absent, -1 when it cannot be read
    count_of -> if(count_of IS NULL, toInt64(0), greatest(ifNull(toInt64OrNull(assumeNotNull(count_of)), -1), -1)) AS token_count,
    'Tuple(input Nullable(String), output Nullable(String), cacheRead Nullable(String), cacheWrite Nullable(String), totalTokens Nullable(String), cost Tuple(total Nullable(String)))' AS usage_type,
    concat('Tuple(type Nullable(String), customType Nullable(String), id Nullable(String), timestamp Nullable(String), cwd Nullable(String), provider Nullable(String), modelId Nullable(String), model Nullable(String), ',
        'data Tuple(provider Nullable(String), modelId Nullable(String), model Nullable(String)), usage ', usage_type, ', ',
        'message Tuple(role Nullable(String), provider Nullable(String), model Nullable(String), modelId Nullable(String), timestamp Nullable(String), stopReason Nullable(String), responseId Nullable(String), usage ', usage_type, '))') AS line_type
SELECT
    path, record,
    multiIf(kind = 'broken', 'not valid JSON (cut off or broken)',
        bad_count > 0, 'a token count is negative or not a whole number',
        at_time IS NULL, 'timestamp is missing or not a date with time', '') AS rejected,
    multiIf(rejected = '' OR kind = 'broken', '', bad_count > 0, 'usage', 'timestamp') AS rejected_column,
    multiIf(rejected_column = '', '', bad_count > 0, substringUTF8(if(kind = 'message', JSONExtractRaw(text, 'message', 'usage'), JSONExtractRaw(text, 'usage')), 1, 200), substringUTF8(time_text, 1, 200)) AS rejected_value,
    if(rejected = '', '', substringUTF8(text, 1, 500)) AS excerpt,
    -- A session that branches off begins with a copy of what was said before, and ids are given anew
    -- when an old file is brought to a newer version: neither session nor id is part of it.
    reinterpretAsUInt128(sipHash128({{source}}, toUnixTimestamp64Milli(ts), model, counts)) AS event_id,
    -- the session that began first had it first
    toUInt128(greatest(17592186044415 - toUnixTimestamp64Milli(ifNull(session_began, toDateTime64('2299-12-31 00:00:00', 3, 'UTC'))), 1)) AS version,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    if({{provider_of_model}} = '', told_provider, {{provider_of_model}}) AS provider,
    model, project, session_id,
    response AS request_id,
    multiIf(stop_reason = 'error', 'error', stop_reason = 'aborted', 'aborted', 'ok') AS status,
    toUInt64(greatest(counts[1], 0)) AS input_tokens,
    toUInt64(greatest(counts[2], 0)) AS output_tokens,
    toUInt64(greatest(counts[3], 0)) AS cache_read_tokens,
    toUInt64(greatest(counts[4], 0)) AS cache_write_5m_tokens,
    -- a total beyond its parts is of unknown kind
    toUInt64(greatest(counts[5] - known, 0)) AS unclassified_tokens,
    -- calculated by the agent, and 0 for what it has no price of
    if(cost > 0 AND cost < 1000000000, accurateCastOrNull(cost, 'Decimal(18, 9)'), NULL) AS reported_cost_usd,
    mapFilter((name, value) -> value != '', map('api_provider', told_provider, 'cause', if(kind = 'summary', entry, ''))) AS tags
FROM
(
    SELECT path, record, text, kind, entry, counts, stop_reason, response, cost,
        arrayFirstIndex(one -> one < 0, counts) AS bad_count,
        counts[1] + counts[2] + counts[3] + counts[4] AS known,
        time_text,
        if(length(time_text) >= 19, parseDateTime64BestEffortOrNull(time_text, 3, 'UTC'), NULL) AS at_time,
        parseDateTime64BestEffortOrNull(ifNull(any(header.2) OVER whole_file, ''), 3, 'UTC') AS session_began,
        -- the file's name ends in the session's id
        ifNull(any(header.1) OVER whole_file, extract(path, '([^/_]+)\\.jsonl[^/]*$')) AS session_id,
        ifNull(any(header.3) OVER whole_file, '') AS project,
        coalesce(own_model, anyLast(chosen_model) OVER so_far, '') AS model,
        coalesce(own_provider, anyLast(chosen_provider) OVER so_far, '') AS told_provider
    FROM
    (
        SELECT path, record, text,
            ifNull(line.type, '') AS entry,
            multiIf(
                entry = 'message', if(line.message.role = 'assistant', 'message', 'other'),
                entry IN ('compaction', 'branch_summary'), 'summary',
                entry = '' AND line.timestamp IS NULL AND NOT isValidJSON(text), 'broken',
                'other') AS kind,
            arrayMap(one -> token_count(one), if(kind = 'summary',
                [line.usage.input, line.usage.output, line.usage.cacheRead, line.usage.cacheWrite, line.usage.totalTokens],
                [line.message.usage.input, line.message.usage.output, line.message.usage.cacheRead, line.message.usage.cacheWrite, line.message.usage.totalTokens])) AS counts,
            toDecimal128OrNull(ifNull(if(kind = 'summary', line.usage.cost.total, line.message.usage.cost.total), ''), 12) AS cost,
            ifNull(line.timestamp, '') AS time_text,
            ifNull(line.message.stopReason, '') AS stop_reason,
            ifNull(line.message.responseId, '') AS response,
            nullIf(coalesce(line.message.model, line.message.modelId, ''), '') AS own_model,
            nullIf(ifNull(line.message.provider, ''), '') AS own_provider,
            if(entry = 'session', tuple(coalesce(line.id, ''), coalesce(line.timestamp, ''), coalesce(line.cwd, '')), NULL) AS header,
            entry IN ('session', 'model_change') OR (entry = 'custom' AND line.customType = 'model-snapshot') AS chooses,
            if(chooses, nullIf(coalesce(line.data.modelId, line.data.model, line.modelId, line.model, ''), ''), NULL) AS chosen_model,
            if(chooses, nullIf(coalesce(line.data.provider, line.provider, ''), ''), NULL) AS chosen_provider
        FROM (SELECT path, record, text, JSONExtract(text, line_type) AS line FROM (SELECT path, record, line AS text FROM {{records}}))
        -- a last line without its newline may be unfinished, and stands out of order
        WHERE record > 0
    )
    WINDOW
        whole_file AS (PARTITION BY path ORDER BY record ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
        so_far AS (PARTITION BY path ORDER BY record ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE kind = 'broken' OR (kind != 'other' AND (bad_count > 0 OR known + counts[5] > 0))
