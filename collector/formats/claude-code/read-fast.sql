-- The ordinary lines of a transcript: usage of one response, with all counts, a time, and nothing that
-- asks for a second look. Every other line is given whole in `again`, and read.sql reads it. What this
-- gives for a line is what read.sql gives for it; it takes a fifth of the time, because nothing is
-- carried along for rejections, lines glued together, progress and advisors.
WITH
    concat('Tuple(timestamp Nullable(String), sessionId Nullable(String), requestId Nullable(String), uuid Nullable(String), cwd Nullable(String), gitBranch Nullable(String), version Nullable(String), isSidechain Nullable(Bool), isApiErrorMessage Nullable(Bool), agentId Nullable(String), attributionPlugin Nullable(String), attributionSkill Nullable(String), costUSD Nullable(String), ',
        'message Tuple(id Nullable(String), model Nullable(String), usage Tuple(input_tokens Nullable(Int64), output_tokens Nullable(Int64), cache_creation_input_tokens Nullable(Int64), cache_read_input_tokens Nullable(Int64), ',
        'cache_creation Tuple(ephemeral_5m_input_tokens Nullable(Int64), ephemeral_1h_input_tokens Nullable(Int64)), speed Nullable(String), service_tier Nullable(String))))') AS line_type
SELECT
    path, record, if(good, '', line) AS again,
    reinterpretAsUInt128(sipHash128('claude-code', multiIf(
        startsWith(message_id, 'msg_'), message_id,
        message_id != '' AND request_id != '', concat(message_id, '\0', request_id),
        message_id != '', concat(message_id, '\0', session_id, '\0', toString(ts)),
        uuid != '', concat('\0', uuid),
        concat('\0', session_id, '\0', request_id, '\0', toString(ts), '\0', model, '\0', toString(input_tokens), '\0', toString(output_tokens), '\0', toString(cache_read_tokens))),
        '')) AS event_id,
    bitShiftLeft(toUInt128(NOT side_chain), 112)
        + bitShiftLeft(toUInt128(input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens), 44)
        + toUInt128(greatest(17592186044415 - toUnixTimestamp64Milli(ts), 0)) AS version,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    multiIf(startsWith(message_id, 'msg_bdrk_'), 'aws', startsWith(message_id, 'msg_vrtx_'), 'google', {{provider_of_model}}) AS provider,
    if(model_named = '<synthetic>', '', model_named) AS model,
    if(cwd != '', cwd, extract(path, '/projects/([^/]+)/')) AS project,
    if(session != '', session, extract(path, '([^/]+)\.jsonl$')) AS session_id,
    request_id,
    if(failed, 'error', 'ok') AS status,
    toUInt64(greatest(tokens_in, 0)) AS input_tokens,
    toUInt64(greatest(written_5m, 0)) AS cache_write_5m_tokens,
    toUInt64(greatest(written_1h, 0)) AS cache_write_1h_tokens,
    toUInt64(greatest(tokens_read, 0)) AS cache_read_tokens,
    toUInt64(greatest(tokens_out, 0)) AS output_tokens,
    toDecimal64OrNull(cost_text, 9) AS reported_cost_usd,
    multiIf(usage_speed = 'fast', 'fast', service_tier IN ('batch', 'flex', 'priority'), service_tier, 'standard') AS speed,
    CAST(arrayFilter(tag -> tag.2 != '', [
        ('git_branch', git_branch), ('client_version', client_version), ('agent', agent),
        ('side_chain', if(side_chain, 'true', '')),
        ('speed', usage_speed), ('service_tier', service_tier), ('plugin', plugin), ('skill', skill)]),
        'Map(LowCardinality(String), String)') AS tags
FROM
(
    SELECT
        path, record, line,
        ifNull(parsed.message.id, '') AS message_id,
        ifNull(parsed.message.model, '') AS model_named,
        ifNull(parsed.message.usage.input_tokens, -1) AS tokens_in,
        ifNull(parsed.message.usage.output_tokens, -1) AS tokens_out,
        ifNull(parsed.message.usage.cache_read_input_tokens, 0) AS tokens_read,
        parsed.message.usage.cache_creation.ephemeral_5m_input_tokens AS split_5m,
        parsed.message.usage.cache_creation.ephemeral_1h_input_tokens AS split_1h,
        -- the split by lifetime replaces the flat count
        if(split_5m IS NULL AND split_1h IS NULL, ifNull(parsed.message.usage.cache_creation_input_tokens, 0), ifNull(split_5m, 0)) AS written_5m,
        ifNull(split_1h, 0) AS written_1h,
        ifNull(parsed.message.usage.speed, '') AS usage_speed,
        ifNull(parsed.message.usage.service_tier, '') AS service_tier,
        ifNull(parsed.timestamp, '') AS time_text,
        ifNull(parsed.requestId, '') AS request_id,
        ifNull(parsed.costUSD, '') AS cost_text,
        ifNull(parsed.isSidechain, false) AS side_chain,
        ifNull(parsed.isApiErrorMessage, false) AS failed,
        ifNull(parsed.sessionId, '') AS session,
        ifNull(parsed.uuid, '') AS uuid,
        ifNull(parsed.cwd, '') AS cwd,
        ifNull(parsed.gitBranch, '') AS git_branch,
        ifNull(parsed.version, '') AS client_version,
        ifNull(parsed.agentId, '') AS agent,
        ifNull(parsed.attributionPlugin, '') AS plugin,
        ifNull(parsed.attributionSkill, '') AS skill,
        if(length(time_text) >= 19, parseDateTime64BestEffortOrNull(time_text, 3, 'UTC'), NULL) AS at_time,
        tokens_in >= 0 AND tokens_out >= 0 AND tokens_read >= 0 AND written_5m >= 0 AND written_1h >= 0
            -- what is beyond reason is judged by read.sql and reasonable.ts
            AND greatest(tokens_in, tokens_out, tokens_read, written_5m, written_1h) <= 1000000000000
            AND ifNull(at_time >= toDateTime64('2000-01-01', 3, 'UTC') AND at_time < toDateTime64('2100-01-01', 3, 'UTC'), false)
            AND position(line, '"data"') = 0 AND position(line, '"advisor_message"') = 0 AS good
    FROM (SELECT path, record, line, JSONExtract(line, line_type) AS parsed FROM {{records}})
)
