-- OpenTelemetry records of GitHub Copilot (CLI and VS Code), as its file exporter writes them: a JSON
-- object per span or log. One call can be told by its chat span, an inference log, an agent's turn and
-- the agent's summary: within a trace, and within a response, the first of these that is there counts.
-- Input includes what was read from and written to the cache.
WITH
    -- 0 when absent, -1 when it cannot be read
    count_of -> if(count_of IS NULL, toInt64(0), greatest(ifNull(toInt64OrNull(assumeNotNull(count_of)), -1), -1)) AS token_count,
    -- seconds and nanoseconds
    parts -> if(length(parts) = 2, toInt64(least(ifNull(parts[1], 0), 4102444799)) * 1000 + toInt64(intDiv(least(ifNull(parts[2], 0), 999999999), 1000000)), NULL) AS in_parts,
    -- a number of seconds, milli-, micro- or nanoseconds
    number -> multiIf(toUInt64OrNull(ifNull(number, '')) IS NULL, NULL,
        length(number) >= 18, toInt64(intDiv(assumeNotNull(toUInt64OrNull(ifNull(number, ''))), 1000000)),
        length(number) >= 15, toInt64(intDiv(assumeNotNull(toUInt64OrNull(ifNull(number, ''))), 1000)),
        length(number) >= 12, toInt64(assumeNotNull(toUInt64OrNull(ifNull(number, '')))),
        toInt64(assumeNotNull(toUInt64OrNull(ifNull(number, '')))) * 1000) AS in_a_number,
    'Tuple(`gen_ai.operation.name` Nullable(String), `event.name` Nullable(String), `gen_ai.response.model` Nullable(String), `gen_ai.request.model` Nullable(String), `gen_ai.response.id` Nullable(String), `gen_ai.conversation.id` Nullable(String), `copilot_chat.session_id` Nullable(String), `copilot_chat.chat_session_id` Nullable(String), `session.id` Nullable(String), `github.copilot.interaction_id` Nullable(String), `gen_ai.usage.input_tokens` Nullable(String), `gen_ai.usage.output_tokens` Nullable(String), `gen_ai.usage.cache_read.input_tokens` Nullable(String), `gen_ai.usage.cache_write.input_tokens` Nullable(String), `gen_ai.usage.cache_creation.input_tokens` Nullable(String), `gen_ai.usage.reasoning.output_tokens` Nullable(String), `gen_ai.usage.reasoning_tokens` Nullable(String), `gen_ai.usage.total_tokens` Nullable(String), `gen_ai.usage.total.token_count` Nullable(String), `turn.index` Nullable(String), `copilot_chat.turn.index` Nullable(String), `error.type` Nullable(String), `gen_ai.agent.name` Nullable(String))' AS attributes_type,
    concat('Tuple(type Nullable(String), name Nullable(String), spanId Nullable(String), traceId Nullable(String), spanContext Tuple(spanId Nullable(String), traceId Nullable(String)), startTime Array(Nullable(UInt64)), endTime Array(Nullable(UInt64)), hrTime Array(Nullable(UInt64)), _hrTime Array(Nullable(UInt64)), time Array(Nullable(UInt64)), timestamp Nullable(String), observedTimestamp Nullable(String), timeUnixNano Nullable(String), body Nullable(String), _body Nullable(String), attributes ', attributes_type, ')') AS line_type
SELECT
    path, record,
    problem AS rejected,
    multiIf(problem = '' OR broken, '', bad_count > 0, 'attributes', 'endTime') AS rejected_column,
    if(rejected_column = '', '', substringUTF8(JSONExtractRaw(text, rejected_column), 1, 200)) AS rejected_value,
    if(problem = '', '', substringUTF8(text, 1, 500)) AS excerpt,
    -- as in copilot-cli/read.sql: a call that both kinds of files tell is one event
    reinterpretAsUInt128(sipHash128('copilot', identity_session, model, arraySlice(counts, 1, 4),
        row_number() OVER (PARTITION BY path, problem, identity_session, model, arraySlice(counts, 1, 4) ORDER BY at_ms, record))) AS event_id,
    bitShiftLeft(toUInt128(1), 64) + toUInt128(greatest(17592186044415 - toUnixTimestamp64Milli(ts), 0)) AS version,
    fromUnixTimestamp64Milli(ifNull(at_ms, 0), 'UTC') AS ts,
    {{provider_of_model}} AS provider,
    model,
    session AS session_id,
    response AS request_id,
    if(failed, 'error', 'ok') AS status,
    toUInt64(greatest(counts[1] - counts[3] - counts[4], 0)) AS input_tokens,
    toUInt64(greatest(counts[3], 0)) AS cache_read_tokens,
    toUInt64(greatest(counts[4], 0)) AS cache_write_5m_tokens,
    toUInt64(greatest(counts[2], 0) + if(beside, counts[5], 0)) AS output_tokens,
    toUInt64(greatest(if(beside, counts[5], least(counts[5], counts[2])), 0)) AS reasoning_tokens,
    -- a total beyond its parts is of unknown kind
    toUInt64(greatest(counts[6] - greatest(counts[1], counts[3] + counts[4]) - toInt64(output_tokens), 0)) AS unclassified_tokens,
    if(began_ms > 0 AND ended_ms - began_ms BETWEEN 0 AND 4294967295, toUInt32(assumeNotNull(ended_ms - began_ms)), NULL) AS duration_ms,
    mapFilter((name, value) -> value != '', map(
        'agent', agent, 'record', ['chat', 'inference', 'agent turn', 'agent summary'][rank],
        'context', if(told_model = model, '', '1m'))) AS tags
FROM
(
    SELECT *,
        multiIf(broken, 'not valid JSON (cut off or broken)',
            bad_count > 0, 'a token count is negative or not a whole number',
            at_ms IS NULL, 'no time that can be read', '') AS problem,
        replaceRegexpOne(told_model, '-1m(-internal)?$', '') AS model,
        -- reasoning is within the output, unless the total has room for both
        counts[5] > 0 AND counts[6] = counts[1] + counts[2] + counts[5] AS beside
    FROM
    (
        SELECT path, record, text, broken, rank, trace, response, counts, bad_count, at_ms, began_ms, ended_ms, failed, agent,
            if(own_model != '', own_model, of_trace_model) AS told_model,
            multiIf(own_session.1 >= 2, own_session.2, of_trace_session.2 != '', of_trace_session.2, own_session.2) AS session,
            -- what a trace tells later must not change what an event goes by
            if(own_session.1 >= 2, own_session.2, trace) AS identity_session,
            carries AND rank > 0 AS counts_here,
            -- the first kind of record that a trace has, and a response
            minIf(rank, counts_here) OVER (PARTITION BY path, trace) AS rank_of_trace,
            minIf(rank, counts_here) OVER (PARTITION BY path, response) AS rank_of_response,
            -- spans are exported again, also under another id: with the response and counts of the first
            row_number() OVER (PARTITION BY path, rank, counts_here, multiIf(
                rank = 1 AND response != '', concat('response\0', response, '\0', told_model, arrayStringConcat(arrayMap(one -> toString(one), counts), ',')),
                rank = 3 AND trace != '' AND turn != '', concat('turn\0', trace, '\0', turn),
                trace != '' AND span != '', concat('span\0', trace, '\0', span),
                concat('record\0', toString(record))) ORDER BY at_ms, record) AS copy
        FROM
        (
            SELECT *,
                ifNull(anyIf(own_model, own_model != '') OVER (PARTITION BY path, trace), '') AS any_model,
                if(trace = '', '', any_model) AS of_trace_model,
                if(trace = '', (0, ''), max(own_session) OVER (PARTITION BY path, trace)) AS of_trace_session
            FROM
            (
                SELECT path, record, text,
                    line.attributes AS told,
                    line.traceId IS NULL AND line.name IS NULL AND line.type IS NULL AND NOT isValidJSON(text) AS broken,
                    ifNull(line.name, '') AS name,
                    coalesce(line.body, line._body, '') AS body_text,
                    coalesce(line.traceId, line.spanContext.traceId, '') AS trace,
                    coalesce(line.spanId, line.spanContext.spanId, '') AS span,
                    if(line.type IS NOT NULL, line.type = 'span', name != '' AND (trace != '' OR span != '' OR notEmpty(line.startTime) OR notEmpty(line.endTime))) AS is_span,
                    multiIf(
                        is_span AND (told.`gen_ai.operation.name` = 'chat' OR startsWith(name, 'chat ')), 1,
                        NOT is_span AND (told.`event.name` = 'gen_ai.client.inference.operation.details' OR startsWith(body_text, 'GenAI inference:')), 2,
                        NOT is_span AND (told.`event.name` = 'copilot_chat.agent.turn' OR startsWith(body_text, 'copilot_chat.agent.turn')), 3,
                        is_span AND (told.`gen_ai.operation.name` = 'invoke_agent' OR startsWith(name, 'invoke_agent ')), 4,
                        0) AS rank,
                    coalesce(nullIf(told.`gen_ai.response.model`, ''), told.`gen_ai.request.model`, '') AS own_model,
                    ifNull(told.`gen_ai.response.id`, '') AS response,
                    coalesce(told.`turn.index`, told.`copilot_chat.turn.index`, '') AS turn,
                    ifNull(told.`gen_ai.agent.name`, '') AS agent,
                    ifNull(told.`error.type`, '') != '' AS failed,
                    -- how well it tells a session, and the session
                    multiIf(
                        coalesce(nullIf(told.`gen_ai.conversation.id`, ''), nullIf(told.`copilot_chat.session_id`, ''), nullIf(told.`copilot_chat.chat_session_id`, ''), nullIf(told.`session.id`, ''), '') != '',
                            (2, coalesce(nullIf(told.`gen_ai.conversation.id`, ''), nullIf(told.`copilot_chat.session_id`, ''), nullIf(told.`copilot_chat.chat_session_id`, ''), told.`session.id`, '')),
                        ifNull(told.`github.copilot.interaction_id`, '') != '', (1, ifNull(told.`github.copilot.interaction_id`, '')),
                        (0, '')) AS own_session,
                    arrayMap(one -> token_count(one), [
                        told.`gen_ai.usage.input_tokens`, told.`gen_ai.usage.output_tokens`, told.`gen_ai.usage.cache_read.input_tokens`,
                        coalesce(told.`gen_ai.usage.cache_write.input_tokens`, told.`gen_ai.usage.cache_creation.input_tokens`),
                        coalesce(told.`gen_ai.usage.reasoning.output_tokens`, told.`gen_ai.usage.reasoning_tokens`),
                        coalesce(told.`gen_ai.usage.total_tokens`, told.`gen_ai.usage.total.token_count`)]) AS counts,
                    arrayFirstIndex(one -> one < 0, counts) AS bad_count,
                    arrayExists(one -> one != 0, counts) AS carries,
                    in_parts(line.startTime) AS began_ms,
                    in_parts(line.endTime) AS ended_ms,
                    coalesce(ended_ms, began_ms, in_parts(line.hrTime), in_parts(line._hrTime), in_parts(line.time),
                        in_a_number(line.timestamp), in_a_number(line.observedTimestamp), in_a_number(line.timeUnixNano)) AS any_ms,
                    if(any_ms BETWEEN 946684800000 AND 4102444799000, any_ms, NULL) AS at_ms
                FROM (SELECT path, record, text, JSONExtract(text, line_type) AS line FROM (SELECT path, record, line AS text FROM {{records}}))
                -- a last line without its newline may be unfinished, and stands out of order
                WHERE record > 0
            )
        )
    )
    WHERE broken OR (counts_here AND copy = 1 AND (trace = '' OR rank_of_trace = rank) AND (response = '' OR rank_of_response = rank))
)
