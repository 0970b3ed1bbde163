-- Claude Code transcripts. One parse per line that can carry usage; validity is judged only for
-- lines that came out empty. Fields are taken out of the parsed tuple at once: carrying the tuple
-- through later steps costs more than the parse.
WITH
    -- A line cut off by a crash may have the next object glued to it. Inside valid JSON an object
    -- follows a colon, a comma, a bracket or space, so `{"name` after anything else begins a record.
    '([^:,\\[ \\t])(\\{"[A-Za-z_])' AS glued,
    -- JSON may spell half a surrogate pair (text cut in the middle of a character); the engine's
    -- parser refuses the line for it, so such a line is read without its surrogates.
    '\\\\u[dD][89abAB][0-9a-fA-F]{2}|\\\\u[dD][c-fC-F][0-9a-fA-F]{2}' AS surrogate,
    'input_tokens Nullable(Int64), output_tokens Nullable(Int64), cache_creation_input_tokens Nullable(Int64), cache_read_input_tokens Nullable(Int64), cache_creation Tuple(ephemeral_5m_input_tokens Nullable(Int64), ephemeral_1h_input_tokens Nullable(Int64))' AS counts_type,
    concat('Tuple(id Nullable(String), model Nullable(String), usage Tuple(', counts_type, ', speed Nullable(String), service_tier Nullable(String), iterations Array(Tuple(type Nullable(String), model Nullable(String), ', counts_type, '))))') AS message_type,
    concat('Tuple(type Nullable(String), timestamp Nullable(String), sessionId Nullable(String), requestId Nullable(String), uuid Nullable(String), cwd Nullable(String), gitBranch Nullable(String), version Nullable(String), isSidechain Nullable(Bool), isApiErrorMessage Nullable(Bool), agentId Nullable(String), attributionPlugin Nullable(String), attributionSkill Nullable(String), costUSD Nullable(String), message ', message_type,
        ', data Tuple(message Tuple(timestamp Nullable(String), requestId Nullable(String), costUSD Nullable(String), isSidechain Nullable(Bool), message ', message_type, ')))') AS line_type
SELECT
    path, record,
    multiIf(
        kind = 'broken', 'not valid JSON (cut off or broken)',
        bad_count != '', 'a token count is missing, negative or not a whole number',
        at_time IS NULL, 'timestamp is missing or not a date with time',
        '') AS rejected,
    multiIf(kind = 'broken', '', bad_count != '', bad_count, at_time IS NULL, 'timestamp', '') AS rejected_column,
    multiIf(
        kind = 'broken', '',
        bad_count != '', substringUTF8(if(progress, JSONExtractRaw(piece, 'data', 'message', 'message', 'usage'), JSONExtractRaw(piece, 'message', 'usage')), 1, 200),
        at_time IS NULL, substringUTF8(time_text, 1, 200),
        '') AS rejected_value,
    if(kind = 'broken' OR bad_count != '' OR at_time IS NULL, substringUTF8(piece, 1, 500), '') AS excerpt,

    reinterpretAsUInt128(sipHash128('claude-code', multiIf(
        startsWith(message_id, 'msg_'), message_id,
        message_id != '' AND request_id != '', concat(message_id, '\0', request_id),
        message_id != '', concat(message_id, '\0', session_id, '\0', toString(ts)),
        uuid != '', concat('\0', uuid),
        concat('\0', session_id, '\0', request_id, '\0', toString(ts), '\0', model, '\0', toString(input_tokens), '\0', toString(output_tokens), '\0', toString(cache_read_tokens))),
        advisor)) AS event_id,
    -- the main thread before a side chain, then the larger total, then the earlier copy
    bitShiftLeft(toUInt128(NOT side_chain), 112)
        + bitShiftLeft(toUInt128(input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens), 44)
        + toUInt128(greatest(17592186044415 - toUnixTimestamp64Milli(ts), 0)) AS version,

    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    multiIf(startsWith(message_id, 'msg_bdrk_'), 'aws', startsWith(message_id, 'msg_vrtx_'), 'google', {{provider_of_model}}) AS provider,
    model,
    if(cwd != '', cwd, extract(path, '/projects/([^/]+)/')) AS project,
    session_id, request_id,
    if(failed, 'error', 'ok') AS status,
    toUInt64(greatest(tokens_in, 0)) AS input_tokens,
    toUInt64(greatest(written_5m, 0)) AS cache_write_5m_tokens,
    toUInt64(greatest(written_1h, 0)) AS cache_write_1h_tokens,
    toUInt64(greatest(tokens_read, 0)) AS cache_read_tokens,
    toUInt64(greatest(tokens_out, 0)) AS output_tokens,
    if(advisor = '', toDecimal64OrNull(cost_text, 9), NULL) AS reported_cost_usd,
    multiIf(usage_speed = 'fast', 'fast', service_tier IN ('batch', 'flex', 'priority'), service_tier, 'standard') AS speed,
    CAST(arrayFilter(tag -> tag.2 != '', [
        ('git_branch', git_branch), ('client_version', client_version), ('agent', agent),
        ('side_chain', if(side_chain, 'true', '')), ('advisor', if(advisor = '', '', 'true')),
        ('speed', usage_speed), ('service_tier', service_tier), ('plugin', plugin), ('skill', skill)]),
        'Map(LowCardinality(String), String)') AS tags
FROM
(
    SELECT
        path, record, kind, progress, piece, message_id, request_id, uuid, cwd, failed, git_branch, client_version, agent,
        plugin, skill, usage_speed, service_tier, side_chain, cost_text, time_text,
        if(length(time_text) >= 19, parseDateTime64BestEffortOrNull(time_text, 3, 'UTC'), NULL) AS at_time,
        if(session != '', session, extract(path, '([^/]+)\\.jsonl$')) AS session_id,
        if(nth = 0, '', concat(':advisor:', toString(nth - 1))) AS advisor,
        if(nth = 0, own_model, ifNull(advices[nth].2, '')) AS model_named,
        if(model_named = '<synthetic>', '', model_named) AS model,
        if(nth = 0, own_in, ifNull(advices[nth].3, -1)) AS tokens_in,
        if(nth = 0, own_out, ifNull(advices[nth].4, -1)) AS tokens_out,
        if(nth = 0, own_written, ifNull(advices[nth].5, 0)) AS written,
        if(nth = 0, own_read, ifNull(advices[nth].6, 0)) AS tokens_read,
        if(nth = 0, own_5m, ifNull(advices[nth].7.1, -2)) AS split_5m,
        if(nth = 0, own_1h, ifNull(advices[nth].7.2, -2)) AS split_1h,
        -- the split by lifetime replaces the flat count; -2: not there
        if(split_5m = -2 AND split_1h = -2, written, if(split_5m = -2, 0, split_5m)) AS written_5m,
        if(split_1h = -2, 0, split_1h) AS written_1h,
        multiIf(kind = 'broken', '', tokens_in < 0, 'input_tokens', tokens_out < 0, 'output_tokens',
            written_5m < 0 OR written_1h < 0, 'cache_creation_input_tokens', tokens_read < 0, 'cache_read_input_tokens', '') AS bad_count
    FROM
    (
        SELECT
            path, record, piece,
            multiIf(
                line.message.usage.input_tokens IS NOT NULL OR line.message.usage.output_tokens IS NOT NULL, 'message',
                line.data.message.message.usage.input_tokens IS NOT NULL OR line.data.message.message.usage.output_tokens IS NOT NULL, 'progress',
                -- nothing came out: no JSON, usage without a single good count, or no usage
                NOT isValidJSON(piece), 'broken',
                JSONType(piece, 'message', 'usage') = 'Object', 'message',
                JSONType(piece, 'data', 'message', 'message', 'usage') = 'Object', 'progress',
                'other') AS kind,
            kind = 'progress' AS progress,
            ifNull(if(progress, line.data.message.message.id, line.message.id), '') AS message_id,
            ifNull(if(progress, line.data.message.message.model, line.message.model), '') AS own_model,
            ifNull(if(progress, line.data.message.message.usage.input_tokens, line.message.usage.input_tokens), -1) AS own_in,
            ifNull(if(progress, line.data.message.message.usage.output_tokens, line.message.usage.output_tokens), -1) AS own_out,
            ifNull(if(progress, line.data.message.message.usage.cache_creation_input_tokens, line.message.usage.cache_creation_input_tokens), 0) AS own_written,
            ifNull(if(progress, line.data.message.message.usage.cache_read_input_tokens, line.message.usage.cache_read_input_tokens), 0) AS own_read,
            ifNull(if(progress, line.data.message.message.usage.cache_creation.ephemeral_5m_input_tokens, line.message.usage.cache_creation.ephemeral_5m_input_tokens), -2) AS own_5m,
            ifNull(if(progress, line.data.message.message.usage.cache_creation.ephemeral_1h_input_tokens, line.message.usage.cache_creation.ephemeral_1h_input_tokens), -2) AS own_1h,
            ifNull(if(progress, line.data.message.message.usage.speed, line.message.usage.speed), '') AS usage_speed,
            ifNull(if(progress, line.data.message.message.usage.service_tier, line.message.usage.service_tier), '') AS service_tier,
            ifNull(if(progress, coalesce(line.data.message.timestamp, line.timestamp), line.timestamp), '') AS time_text,
            ifNull(if(progress, coalesce(line.data.message.requestId, line.requestId), line.requestId), '') AS request_id,
            ifNull(if(progress, line.data.message.costUSD, line.costUSD), '') AS cost_text,
            ifNull(line.isSidechain, false) OR ifNull(line.data.message.isSidechain, false) AS side_chain,
            ifNull(line.isApiErrorMessage, false) AS failed,
            ifNull(line.sessionId, '') AS session,
            ifNull(line.uuid, '') AS uuid,
            ifNull(line.cwd, '') AS cwd,
            ifNull(line.gitBranch, '') AS git_branch,
            ifNull(line.version, '') AS client_version,
            ifNull(line.agentId, '') AS agent,
            ifNull(line.attributionPlugin, '') AS plugin,
            ifNull(line.attributionSkill, '') AS skill,
            arrayFilter(turn -> turn.type = 'advisor_message' AND turn.model IS NOT NULL,
                arrayConcat(line.message.usage.iterations, line.data.message.message.usage.iterations)) AS advices
        FROM
        (
            SELECT path, record, pair.1 AS piece, pair.2 AS line
            FROM
            (
                SELECT path, record, line AS text, JSONExtract(text, line_type) AS whole,
                    whole.type IS NULL AND whole.timestamp IS NULL AND whole.message.usage.input_tokens IS NULL AS empty
                FROM {{records}}
            )
            ARRAY JOIN if(empty,
                arrayMap(one -> (one, JSONExtract(one, line_type)), splitByChar('\n', replaceRegexpAll(replaceRegexpAll(text, surrogate, '\\\\ufffd'), glued, '\\1\n\\2'))),
                [(text, whole)]) AS pair
        )
        WHERE kind != 'other'
    )
    ARRAY JOIN range(0, length(advices) + 1) AS nth
)
