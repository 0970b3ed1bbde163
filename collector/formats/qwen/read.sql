-- Qwen Code's chats: one record per message. Usage is counted as the Gemini API counts it: the
-- prompt includes what was cached. Whether thoughts are within the candidates or beside them differs
-- with the model's provider; the total tells.
WITH
    -- 0 when absent, -1 when it cannot be read
    count_of -> if(count_of IS NULL, toInt64(0), greatest(ifNull(toInt64OrNull(assumeNotNull(count_of)), -1), -1)) AS token_count,
    'Tuple(type Nullable(String), uuid Nullable(String), sessionId Nullable(String), timestamp Nullable(String), cwd Nullable(String), gitBranch Nullable(String), version Nullable(String), model Nullable(String), usageMetadata Tuple(promptTokenCount Nullable(String), candidatesTokenCount Nullable(String), thoughtsTokenCount Nullable(String), cachedContentTokenCount Nullable(String), toolUsePromptTokenCount Nullable(String), totalTokenCount Nullable(String)))' AS line_type
SELECT
    path, record,
    multiIf(broken, 'not valid JSON (cut off or broken)',
        bad_count > 0, 'a token count is negative or not a whole number',
        at_time IS NULL, 'timestamp is missing or not a date with time', '') AS rejected,
    multiIf(rejected = '' OR broken, '', bad_count > 0, 'usageMetadata', 'timestamp') AS rejected_column,
    multiIf(rejected_column = '', '', bad_count > 0, substringUTF8(JSONExtractRaw(text, 'usageMetadata'), 1, 200), substringUTF8(time_text, 1, 200)) AS rejected_value,
    if(rejected = '', '', substringUTF8(text, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128('qwen', if(uuid != '', uuid, concat('\0', session_id, '\0', toString(toUnixTimestamp64Milli(ts)), '\0', model, '\0',
        toString(prompt), '\0', toString(candidates), '\0', toString(thoughts), '\0', toString(cached))))) AS event_id,
    -- the larger total, then the earlier copy
    bitShiftLeft(toUInt128(input_tokens + output_tokens + cache_read_tokens + unclassified_tokens), 44)
        + toUInt128(greatest(17592186044415 - toUnixTimestamp64Milli(ts), 0)) AS version,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    {{provider_of_model}} AS provider,
    model, project, session_id,
    uuid AS request_id,
    toUInt64(prompt - within + if(tool_beside, tool, 0)) AS input_tokens,
    toUInt64(cached_sure) AS cache_read_tokens,
    toUInt64(candidates + if(thoughts_beside, thoughts, 0)) AS output_tokens,
    toUInt64(if(thoughts_beside, thoughts, least(thoughts, candidates))) AS reasoning_tokens,
    -- a total beyond its parts is of unknown kind
    toUInt64(greatest(total - toInt64(input_tokens + cache_read_tokens + output_tokens), 0)) AS unclassified_tokens,
    mapFilter((name, value) -> value != '', map('git_branch', git_branch, 'client_version', client)) AS tags
FROM
(
    SELECT path, record, text, broken, uuid, session_id, model, project, git_branch, client, time_text, bad_count,
        if(length(time_text) >= 19, parseDateTime64BestEffortOrNull(time_text, 3, 'UTC'), NULL) AS at_time,
        sure[1] AS prompt, sure[2] AS candidates, sure[3] AS thoughts, sure[4] AS cached, sure[5] AS tool, sure[6] AS total,
        -- thoughts within the candidates, where the total leaves no room for them beside
        NOT (total > 0 AND thoughts <= candidates AND total IN (prompt + candidates, prompt + candidates + tool)) AS thoughts_beside,
        total > 0 AND tool > 0 AND total IN (prompt + candidates + tool, prompt + candidates + thoughts + tool) AS tool_beside,
        -- cached beside the prompt only where the total says so
        cached > 0 AND total IN (prompt + cached + candidates, prompt + cached + candidates + thoughts)
            AND total NOT IN (prompt + candidates, prompt + candidates + thoughts, prompt + candidates + tool, prompt + candidates + thoughts + tool) AS cached_beside,
        if(cached_beside, cached, least(cached, prompt)) AS cached_sure,
        if(cached_beside, 0, cached_sure) AS within
    FROM
    (
        SELECT path, record, text,
            line.type IS NULL AND line.timestamp IS NULL AND NOT isValidJSON(text) AS broken,
            ifNull(line.uuid, '') AS uuid,
            ifNull(line.sessionId, '') AS session_id,
            ifNull(line.model, '') AS model,
            ifNull(line.cwd, '') AS project,
            ifNull(line.gitBranch, '') AS git_branch,
            ifNull(line.version, '') AS client,
            ifNull(line.timestamp, '') AS time_text,
            arrayMap(one -> token_count(one), [line.usageMetadata.promptTokenCount, line.usageMetadata.candidatesTokenCount, line.usageMetadata.thoughtsTokenCount,
                line.usageMetadata.cachedContentTokenCount, line.usageMetadata.toolUsePromptTokenCount, line.usageMetadata.totalTokenCount]) AS counts,
            arrayFirstIndex(one -> one < 0, counts) AS bad_count,
            arrayMap(one -> greatest(one, 0), counts) AS sure
        FROM (SELECT path, record, text, JSONExtract(text, line_type) AS line FROM (SELECT path, record, line AS text FROM {{records}}))
        WHERE broken OR (line.type = 'assistant' AND arrayExists(one -> one != 0, counts))
    )
)
