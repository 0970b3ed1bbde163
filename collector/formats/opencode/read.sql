-- Messages of OpenCode and of programs built on it. A message is rewritten until it is complete.
WITH
    {{cells}},
    'Tuple(id Nullable(String), sessionID Nullable(String), role Nullable(String), modelID Nullable(String), providerID Nullable(String), model Tuple(id Nullable(String), modelID Nullable(String), providerID Nullable(String)), time Tuple(created Nullable(String), completed Nullable(String)), cost Nullable(String), tokens Tuple(input Nullable(String), output Nullable(String), reasoning Nullable(String), total Nullable(String), cache Tuple(read Nullable(String), write Nullable(String))), path Tuple(cwd Nullable(String), root Nullable(String)), mode Nullable(String), agent Nullable(String), summary Nullable(String), error Tuple(name Nullable(String)))' AS message_type,
    (cell -> if(cell IS NULL, 0, if(whole_number(cell) <= 1000000000000000, whole_number(cell), NULL))) AS token_count,
    -- seconds or milliseconds since 1970
    (cell -> if(toInt64OrNull(ifNull(cell, '')) BETWEEN 1 AND 9999999999999, toInt64OrNull(ifNull(cell, '')) * if(toInt64OrNull(ifNull(cell, '')) < 100000000000, 1000, 1), NULL)) AS epoch_ms
SELECT
    path, record,
    multiIf(broken, 'not valid JSON (cut off or broken)',
        bad_counts, 'a token count is negative or not a whole number',
        created IS NULL, 'timestamp is missing or not a date with time', '') AS rejected,
    multiIf(broken, '', bad_counts, 'tokens', created IS NULL, 'time', '') AS rejected_column,
    multiIf(broken, '', bad_counts, substringUTF8(JSONExtractRaw(text, 'tokens'), 1, 200), created IS NULL, substringUTF8(JSONExtractRaw(text, 'time'), 1, 200), '') AS rejected_value,
    if(rejected = '', '', substringUTF8(text, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128({{program}}, if(message_id != '', message_id, concat('\0', session_id, '\0', toString(ifNull(created, 0)))))) AS event_id,
    -- counts only grow until a message is complete
    bitShiftLeft(toUInt128(input_tokens + cache_read_tokens + cache_write_5m_tokens + output_tokens + unclassified_tokens + 1), 44) + toUInt128(ifNull(completed, 0)) AS version,
    fromUnixTimestamp64Milli(ifNull(created, 0), 'UTC') AS ts,
    model,
    if({{provider_of_model}} = '', gateway, {{provider_of_model}}) AS provider,
    project, session_id,
    multiIf(error_name = '', 'ok', error_name = 'MessageAbortedError', 'aborted', 'error') AS status,
    toUInt64(told_in) AS input_tokens,
    toUInt64(written) AS cache_write_5m_tokens,
    toUInt64(cached) AS cache_read_tokens,
    toUInt64(told_out + if(within, 0, reasoning)) AS output_tokens,
    toUInt64(reasoning) AS reasoning_tokens,
    toUInt64(greatest(total - (told_in + written + cached + told_out + if(within, 0, reasoning)), 0)) AS unclassified_tokens,
    if(completed >= created, toUInt32(least(completed - created, 4294967295)), NULL) AS duration_ms,
    -- 0 is written where OpenCode knows no price or a subscription pays
    if(cost > 0 AND cost < 1000000000, toDecimal64OrNull(toString(cost), 9), NULL) AS reported_cost_usd,
    mapFilter((name, value) -> value != '', map('gateway', gateway, 'agent', agent, 'error', error_name)) AS tags
FROM
(
    SELECT path, record, text, broken,
        coalesce(nullIf(id_cell, ''), message.id, '') AS message_id,
        coalesce(nullIf(session_cell, ''), message.sessionID, '') AS session_id,
        coalesce(message.modelID, message.model.modelID, message.model.id, '') AS model,
        coalesce(message.providerID, message.model.providerID, '') AS gateway,
        coalesce(message.path.root, message.path.cwd, '') AS root_named,
        if(root_named IN ('', '/'), ifNull(message.path.cwd, ''), root_named) AS project,
        coalesce(message.agent, message.mode, '') AS agent,
        ifNull(message.error.name, '') AS error_name,
        epoch_ms(message.time.created) AS created,
        epoch_ms(message.time.completed) AS completed,
        ifNull(toFloat64OrNull(ifNull(message.cost, '')), 0) AS cost,
        arrayMap(cell -> token_count(cell), [message.tokens.input, message.tokens.output, message.tokens.reasoning, message.tokens.total, message.tokens.cache.read, message.tokens.cache.write]) AS counts,
        arrayExists(one -> one IS NULL, counts) AS bad_counts,
        ifNull(counts[1], 0) AS told_in,
        ifNull(counts[2], 0) AS told_out,
        ifNull(counts[3], 0) AS reasoning,
        ifNull(counts[4], 0) AS total,
        ifNull(counts[5], 0) AS cached,
        ifNull(counts[6], 0) AS written,
        -- output includes reasoning in versions that tell no total; where there is one, it decides
        reasoning <= told_out AND if(total > 0, total = told_in + told_out + cached + written, true) AS within
    FROM
    (
        SELECT path, record, id_cell, session_cell,
            readable_json(data_cell) AS text,
            JSONExtract(text, message_type) AS message,
            message.role IS NULL AND NOT isValidJSON(text) AS broken
        FROM {{records}}
    )
    WHERE broken OR message.role = 'assistant'
)
WHERE broken OR bad_counts OR told_in + told_out + reasoning + total + cached + written > 0 OR cost > 0
