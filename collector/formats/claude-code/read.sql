-- Claude Code transcripts. One parse per line that can carry usage; validity is judged only for
-- lines that came out empty.
WITH
    -- A line cut off by a crash may have the next object glued to it. Inside valid JSON an object
    -- follows a colon, a comma, a bracket or space, so `{"name` after anything else begins a record.
    '([^:,\\[ \\t])(\\{"[A-Za-z_])' AS glued,
    -- JSON may spell half a surrogate pair (text cut in the middle of a character); the engine's
    -- parser refuses the line for it, so such a line is read without its surrogates.
    '\\\\u[dD][89abAB][0-9a-fA-F]{2}|\\\\u[dD][c-fC-F][0-9a-fA-F]{2}' AS surrogate,
    'Tuple(input_tokens Nullable(Int64), output_tokens Nullable(Int64), cache_creation_input_tokens Nullable(Int64), cache_read_input_tokens Nullable(Int64), cache_creation Tuple(ephemeral_5m_input_tokens Nullable(Int64), ephemeral_1h_input_tokens Nullable(Int64)), speed Nullable(String), service_tier Nullable(String), iterations Array(Tuple(type Nullable(String), model Nullable(String), input_tokens Nullable(Int64), output_tokens Nullable(Int64), cache_creation_input_tokens Nullable(Int64), cache_read_input_tokens Nullable(Int64), cache_creation Tuple(ephemeral_5m_input_tokens Nullable(Int64), ephemeral_1h_input_tokens Nullable(Int64)))))' AS usage_type,
    concat('Tuple(id Nullable(String), model Nullable(String), usage ', usage_type, ')') AS message_type,
    concat('Tuple(type Nullable(String), timestamp Nullable(String), sessionId Nullable(String), requestId Nullable(String), uuid Nullable(String), cwd Nullable(String), gitBranch Nullable(String), version Nullable(String), isSidechain Nullable(Bool), isApiErrorMessage Nullable(Bool), agentId Nullable(String), attributionPlugin Nullable(String), attributionSkill Nullable(String), costUSD Nullable(String), message ', message_type,
        ', data Tuple(message Tuple(timestamp Nullable(String), requestId Nullable(String), costUSD Nullable(String), isSidechain Nullable(Bool), message ', message_type, ')))') AS line_type
SELECT
    path, record,
    multiIf(
        NOT readable, 'not valid JSON (cut off or broken)',
        at_time IS NULL, 'timestamp is missing or not a date with time',
        tokens_in IS NULL OR tokens_in < 0, 'a token count is missing, negative or not a whole number',
        tokens_out IS NULL OR tokens_out < 0, 'a token count is missing, negative or not a whole number',
        least(written_5m, written_1h, tokens_read) < 0, 'a token count is missing, negative or not a whole number',
        '') AS rejected,
    multiIf(
        rejected = '' OR NOT readable, '',
        at_time IS NULL, 'timestamp',
        tokens_in IS NULL OR tokens_in < 0, 'input_tokens',
        tokens_out IS NULL OR tokens_out < 0, 'output_tokens',
        'cache tokens') AS rejected_column,
    multiIf(
        rejected_column = '', '',
        rejected_column = 'timestamp', ifNull(time_text, ''),
        substringUTF8(if(progress, JSONExtractRaw(piece, 'data', 'message', 'message', 'usage'), JSONExtractRaw(piece, 'message', 'usage')), 1, 200)) AS rejected_value,
    if(rejected = '', '', substringUTF8(piece, 1, 500)) AS excerpt,

    reinterpretAsUInt128(multiIf(
        startsWith(message_id, 'msg_'), sipHash128('claude-code', message_id, suffix),
        message_id != '' AND request_id != '', sipHash128('claude-code', message_id, request_id, suffix),
        message_id != '', sipHash128('claude-code', message_id, session_id, ts, suffix),
        ifNull(line.uuid, '') != '', sipHash128('claude-code', 'uuid', line.uuid, suffix),
        sipHash128('claude-code', session_id, request_id, ts, model, input_tokens, output_tokens, cache_read_tokens, suffix))) AS event_id,
    -- the main thread before a side chain, then the larger total, then the earlier copy
    bitShiftLeft(toUInt128(NOT side_chain), 112)
        + bitShiftLeft(toUInt128(input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens), 44)
        + toUInt128(greatest(17592186044415 - toUnixTimestamp64Milli(ts), 0)) AS version,

    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    multiIf(startsWith(message_id, 'msg_bdrk_'), 'aws', startsWith(message_id, 'msg_vrtx_'), 'google', {{provider_of_model}}) AS provider,
    model,
    if(ifNull(line.cwd, '') != '', line.cwd, extract(path, '/projects/([^/]+)/')) AS project,
    session_id, request_id,
    if(ifNull(line.isApiErrorMessage, false), 'error', 'ok') AS status,
    toUInt64(greatest(ifNull(tokens_in, 0), 0)) AS input_tokens,
    toUInt64(greatest(written_5m, 0)) AS cache_write_5m_tokens,
    toUInt64(greatest(written_1h, 0)) AS cache_write_1h_tokens,
    toUInt64(greatest(tokens_read, 0)) AS cache_read_tokens,
    toUInt64(greatest(ifNull(tokens_out, 0), 0)) AS output_tokens,
    if(suffix = '', toDecimal64OrNull(ifNull(cost_text, ''), 9), NULL) AS reported_cost_usd,
    multiIf(part.usage.speed = 'fast', 'fast', part.usage.service_tier = 'batch', 'batch', part.usage.service_tier = 'flex', 'flex',
        part.usage.service_tier = 'priority', 'priority', 'standard') AS speed,
    mapFilter((name, value) -> value != '', map(
        'git_branch', ifNull(line.gitBranch, ''),
        'client_version', ifNull(line.version, ''),
        'agent', ifNull(line.agentId, ''),
        'side_chain', if(side_chain, 'true', ''),
        'advisor', if(suffix = '', '', 'true'),
        'speed', ifNull(part.usage.speed, ''),
        'service_tier', ifNull(part.usage.service_tier, ''),
        'plugin', ifNull(line.attributionPlugin, ''),
        'skill', ifNull(line.attributionSkill, ''))) AS tags
FROM
(
    SELECT
        path, record, piece, readable, line, progress, part,
        ifNull(part.id, '') AS message_id,
        if(suffix_and_tokens.2 = '<synthetic>', '', ifNull(suffix_and_tokens.2, '')) AS model,
        suffix_and_tokens.1 AS suffix,
        suffix_and_tokens.3 AS tokens_in,
        suffix_and_tokens.4 AS tokens_out,
        ifNull(suffix_and_tokens.6, 0) AS tokens_read,
        suffix_and_tokens.7 AS written,
        written.ephemeral_5m_input_tokens IS NOT NULL OR written.ephemeral_1h_input_tokens IS NOT NULL AS split,
        if(split, ifNull(written.ephemeral_5m_input_tokens, 0), ifNull(suffix_and_tokens.5, 0)) AS written_5m,
        if(split, ifNull(written.ephemeral_1h_input_tokens, 0), 0) AS written_1h,
        if(progress, ifNull(line.data.message.timestamp, line.timestamp), line.timestamp) AS time_text,
        if(length(time_text) >= 19, parseDateTime64BestEffortOrNull(assumeNotNull(time_text), 3, 'UTC'), NULL) AS at_time,
        if(progress, ifNull(line.data.message.requestId, ifNull(line.requestId, '')), ifNull(line.requestId, '')) AS request_id,
        if(ifNull(line.sessionId, '') != '', assumeNotNull(line.sessionId), extract(path, '([^/]+)\\.jsonl$')) AS session_id,
        ifNull(line.isSidechain, false) OR ifNull(line.data.message.isSidechain, false) AS side_chain,
        if(progress, line.data.message.costUSD, line.costUSD) AS cost_text
    FROM
    (
        SELECT
            path, record, piece, line,
            line.data.message.message.usage.input_tokens IS NOT NULL OR line.data.message.message.usage.output_tokens IS NOT NULL AS in_progress,
            line.message.usage.input_tokens IS NOT NULL OR line.message.usage.output_tokens IS NOT NULL AS in_message,
            -- neither: no usage, usage without a single good count, or no JSON
            in_message OR in_progress OR isValidJSON(piece) AS readable,
            if(in_message OR in_progress, in_progress AND NOT in_message,
                readable AND JSONType(piece, 'data', 'message', 'message', 'usage') = 'Object') AS progress,
            if(progress, line.data.message.message, line.message) AS part
        FROM
        (
            SELECT path, record, pair.1 AS piece, pair.2 AS line
            FROM
            (
                SELECT path, record, line AS text, JSONExtract(text, line_type) AS whole,
                    whole.type IS NULL AND whole.timestamp IS NULL AND whole.message.usage.input_tokens IS NULL AS empty
                FROM {{records}}
                WHERE position(line, '"usage"') > 0 OR substring(line, 1, 1) != '{' OR NOT (substring(line, -1) = '}' OR endsWith(line, '}\r'))
            )
            ARRAY JOIN if(empty,
                arrayMap(one -> (one, JSONExtract(one, line_type)), splitByChar('\n', replaceRegexpAll(replaceRegexpAll(text, surrogate, '\\\\ufffd'), glued, '\\1\n\\2'))),
                [(text, whole)]) AS pair
        )
        WHERE in_message OR in_progress OR NOT readable
            OR JSONType(piece, 'message', 'usage') = 'Object' OR JSONType(piece, 'data', 'message', 'message', 'usage') = 'Object'
    )
    ARRAY JOIN arrayConcat(
        [('', part.model, part.usage.input_tokens, part.usage.output_tokens, part.usage.cache_creation_input_tokens, part.usage.cache_read_input_tokens, part.usage.cache_creation)],
        arrayMap((advice, n) -> (concat(':advisor:', toString(n - 1)), advice.model, advice.input_tokens, advice.output_tokens, advice.cache_creation_input_tokens, advice.cache_read_input_tokens, advice.cache_creation),
            arrayFilter(turn -> turn.type = 'advisor_message' AND turn.model IS NOT NULL, part.usage.iterations) AS advices,
            arrayEnumerate(advices))) AS suffix_and_tokens
)
