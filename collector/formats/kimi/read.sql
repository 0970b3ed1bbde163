-- Kimi's wire logs: one record per event of the conversation. Usage stands in status updates of a
-- response (older versions, also wrapped as a sub-agent's event) or in `usage.record` of a turn
-- (Kimi Code); records of the whole session repeat those of its turns.
WITH
    -- 0 when absent, -1 when it cannot be read
    count_of -> if(count_of IS NULL, toInt64(0), greatest(ifNull(toInt64OrNull(assumeNotNull(count_of)), -1), -1)) AS token_count,
    'Tuple(input_other Nullable(String), output Nullable(String), input_cache_creation Nullable(String), input_cache_read Nullable(String), total Nullable(String))' AS status_usage,
    concat('type Nullable(String), payload Tuple(message_id Nullable(String), token_usage ', status_usage) AS status_update,
    concat('Tuple(type Nullable(String), timestamp Nullable(Float64), time Nullable(Float64), model Nullable(String), usageScope Nullable(String), ',
        'usage Tuple(inputOther Nullable(String), output Nullable(String), inputCacheCreation Nullable(String), inputCacheRead Nullable(String)), ',
        'message Tuple(', status_update, ', event Tuple(', status_update, ')))))') AS line_type
SELECT
    path, record,
    multiIf(kind = 'broken', 'not valid JSON (cut off or broken)',
        bad_count > 0, 'a token count is negative or not a whole number',
        at_time IS NULL, 'timestamp is missing or not a time', '') AS rejected,
    multiIf(rejected = '' OR kind = 'broken', '', bad_count > 0, if(kind = 'turn', 'usage', 'token_usage'), if(kind = 'turn', 'time', 'timestamp')) AS rejected_column,
    multiIf(rejected_column = '', '',
        rejected_column != 'token_usage', substringUTF8(JSONExtractRaw(text, rejected_column), 1, 200),
        kind = 'subagent', substringUTF8(JSONExtractRaw(text, 'message', 'payload', 'event', 'payload', 'token_usage'), 1, 200),
        substringUTF8(JSONExtractRaw(text, 'message', 'payload', 'token_usage'), 1, 200)) AS rejected_value,
    if(rejected = '', '', substringUTF8(text, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128('kimi', if(request_id != '', request_id,
        concat('\0', toString(toUnixTimestamp64Milli(ts)), '\0', model, '\0', arrayStringConcat(arrayMap(one -> toString(one), counts), ','))))) AS event_id,
    -- a response may be told while it grows: the larger total, then the earlier copy
    bitShiftLeft(toUInt128(input_tokens + output_tokens + cache_write_5m_tokens + cache_read_tokens + unclassified_tokens), 44)
        + toUInt128(greatest(17592186044415 - toUnixTimestamp64Milli(ts), 0)) AS version,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    {{provider_of_model}} AS provider,
    if(named_model = '', 'kimi-for-coding', named_model) AS model,
    extract(path, '/sessions/[^/]+/([^/]+)/') AS session_id,
    message_id AS request_id,
    toUInt64(greatest(counts[1], 0)) AS input_tokens,
    toUInt64(greatest(counts[2], 0)) AS output_tokens,
    toUInt64(greatest(counts[3], 0)) AS cache_write_5m_tokens,
    toUInt64(greatest(counts[4], 0)) AS cache_read_tokens,
    -- a total beyond its parts is of unknown kind
    toUInt64(greatest(counts[5] - known, 0)) AS unclassified_tokens,
    mapFilter((name, value) -> value != '', map(
        'agent', extract(path, '/agents/([^/]+)/'),
        'subagent', if(kind = 'subagent', 'true', ''),
        'model_fallback', if(named_model = '', 'true', ''))) AS tags
FROM
(
    SELECT path, record, text, kind, message_id, named_model, counts,
        arrayFirstIndex(one -> one < 0, counts) AS bad_count,
        counts[1] + counts[2] + counts[3] + counts[4] AS known,
        if(seconds BETWEEN 946684800 AND 4102444799, fromUnixTimestamp64Milli(toInt64(round(assumeNotNull(seconds) * 1000)), 'UTC'), NULL) AS at_time
    FROM
    (
        SELECT path, record, text,
            multiIf(
                line.type = 'usage.record', if(line.usageScope = 'turn', 'turn', 'other'),
                line.message.type = 'StatusUpdate', 'response',
                line.message.payload.event.type = 'StatusUpdate', 'subagent',
                line.type IS NULL AND line.timestamp IS NULL AND line.message.type IS NULL AND NOT isValidJSON(text), 'broken',
                'other') AS kind,
            ifNull(if(kind = 'subagent', line.message.payload.event.payload.message_id, line.message.payload.message_id), '') AS message_id,
            replaceRegexpOne(ifNull(line.model, ''), '^kimi-code/', '') AS named_model,
            if(kind = 'turn', line.time / 1000, line.timestamp) AS seconds,
            arrayMap(one -> token_count(one), multiIf(
                kind = 'turn', [line.usage.inputOther, line.usage.output, line.usage.inputCacheCreation, line.usage.inputCacheRead, NULL],
                kind = 'subagent', [line.message.payload.event.payload.token_usage.input_other, line.message.payload.event.payload.token_usage.output,
                    line.message.payload.event.payload.token_usage.input_cache_creation, line.message.payload.event.payload.token_usage.input_cache_read,
                    line.message.payload.event.payload.token_usage.total],
                [line.message.payload.token_usage.input_other, line.message.payload.token_usage.output, line.message.payload.token_usage.input_cache_creation,
                    line.message.payload.token_usage.input_cache_read, line.message.payload.token_usage.total])) AS counts
        FROM (SELECT path, record, text, JSONExtract(text, line_type) AS line FROM (SELECT path, record, line AS text FROM {{records}}))
        WHERE kind != 'other'
    )
)
WHERE kind = 'broken' OR bad_count > 0 OR known + counts[5] > 0
