-- Cline and its relatives: an array of shown messages, of which `api_req_started` holds in its text
-- what the request used; or a document of messages with metrics.
WITH
    {{cells}},
    'Tuple(ts Nullable(String), say Nullable(String), text Nullable(String), role Nullable(String), modelInfo Tuple(providerId Nullable(String), modelId Nullable(String), id Nullable(String), provider Nullable(String), mode Nullable(String)), metrics Tuple(inputTokens Nullable(String), outputTokens Nullable(String), cacheWriteTokens Nullable(String), cacheReadTokens Nullable(String), cost Nullable(String)))' AS message_type,
    'Tuple(tokensIn Nullable(String), tokensOut Nullable(String), cacheWrites Nullable(String), cacheReads Nullable(String), cost Nullable(String), apiProtocol Nullable(String), cancelReason Nullable(String))' AS request_type,
    (cell -> if(cell IS NULL, 0, if(whole_number(cell) <= 1000000000000000, whole_number(cell), NULL))) AS token_count
SELECT
    path, record,
    multiIf(broken, 'not valid JSON (cut off or broken)',
        bad_counts, 'a token count is negative or not a whole number',
        at_time IS NULL, 'timestamp is missing or not a date with time', '') AS rejected,
    multiIf(broken, '', bad_counts, 'tokens', at_time IS NULL, 'ts', '') AS rejected_column,
    multiIf(broken, '', bad_counts, arrayStringConcat(arrayMap(cell -> ifNull(cell, ''), cells), ' '), at_time IS NULL, time_text, '') AS rejected_value,
    multiIf(broken, substringUTF8(piece, 1, 500), rejected = '', '', substringUTF8(piece, 1, 200)) AS excerpt,
    -- a task is known by its id, or by when its first message was shown
    reinterpretAsUInt128(sipHash128('cline', if(named_session != '', named_session, first_time), time_text)) AS event_id,
    bitShiftLeft({{arrived_at}}, 64) + toUInt128(input_tokens + cache_write_5m_tokens + cache_read_tokens + output_tokens) AS version,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    model,
    if({{provider_of_model}} = '', gateway, {{provider_of_model}}) AS provider,
    if(named_session != '', named_session, extract(path, '/tasks/([^/]+)/')) AS session_id,
    multiIf(cancelled = '', 'ok', cancelled = 'user_cancelled', 'aborted', 'error') AS status,
    toUInt64(told_in - overlap) AS input_tokens,
    toUInt64(written) AS cache_write_5m_tokens,
    toUInt64(cached) AS cache_read_tokens,
    toUInt64(told_out) AS output_tokens,
    if(cost > 0 AND cost < 1000000000, toDecimal64OrNull(toString(cost), 9), NULL) AS reported_cost_usd,
    mapFilter((name, value) -> value != '', map('gateway', gateway, 'mode', mode, 'extension', extract(path, '/globalStorage/([^/]+)/'))) AS tags
FROM
(
    SELECT path, record, piece, broken, named_session, first_time,
        ifNull(message.ts, '') AS time_text,
        if(toInt64OrNull(time_text) BETWEEN 100000000000 AND 9999999999999, fromUnixTimestamp64Milli(assumeNotNull(toInt64OrNull(time_text)), 'UTC'),
            if(length(time_text) >= 19, parseDateTime64BestEffortOrNull(time_text, 3, 'UTC'), NULL)) AS at_time,
        coalesce(message.modelInfo.modelId, message.modelInfo.id, '') AS model,
        coalesce(message.modelInfo.providerId, message.modelInfo.provider, '') AS gateway,
        ifNull(message.modelInfo.mode, '') AS mode,
        ifNull(request.cancelReason, '') AS cancelled,
        if(shown, [request.tokensIn, request.tokensOut, request.cacheWrites, request.cacheReads],
            [message.metrics.inputTokens, message.metrics.outputTokens, message.metrics.cacheWriteTokens, message.metrics.cacheReadTokens]) AS cells,
        arrayMap(cell -> token_count(cell), cells) AS counts,
        arrayExists(one -> one IS NULL, counts) AS bad_counts,
        ifNull(counts[1], 0) AS told_in,
        ifNull(counts[2], 0) AS told_out,
        ifNull(counts[3], 0) AS written,
        ifNull(counts[4], 0) AS cached,
        -- Roo Code tells its protocol, and since 3.29.5 a prompt that includes what was cached. Before,
        -- it did not: then the cached part is mostly larger than the prompt it stands beside.
        if(request.apiProtocol IS NOT NULL AND cached + written <= told_in, cached + written, 0) AS overlap,
        ifNull(toFloat64OrNull(ifNull(if(shown, request.cost, message.metrics.cost), '')), 0) AS cost
    FROM
    (
        SELECT path, pair.1 AS record, pair.2 AS piece, shown, named_session, first_time,
            JSONExtract(piece, message_type) AS message,
            shown AND ifNull(message.say = 'api_req_started', false) AS asked,
            if(asked, readable_json(message.text), '') AS text,
            JSONExtract(text, request_type) AS request,
            whole_broken OR (asked AND NOT isValidJSON(text)) AS broken
        FROM
        (
            SELECT path, NOT isValidJSON(line) AS whole_broken,
                startsWith(trimLeft(line), '[') AS shown,
                JSONExtractString(line, 'sessionId') AS named_session,
                if(shown, JSONExtractArrayRaw(line), JSONExtractArrayRaw(line, 'messages')) AS parts,
                JSONExtractRaw(parts[1], 'ts') AS first_time,
                if(whole_broken, [(toUInt64(1), line)], arrayMap((part, nth) -> (toUInt64(nth), part), parts, arrayEnumerate(parts))) AS pairs
            FROM {{records}}
        )
        ARRAY JOIN pairs AS pair
    )
    WHERE broken OR if(shown, asked, message.role = 'assistant')
)
WHERE broken OR bad_counts OR told_in + told_out + written + cached > 0 OR cost > 0
