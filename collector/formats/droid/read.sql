-- Droid: one object of running totals a session, rewritten as it grows. It becomes one event that the
-- larger totals revise, at the time when the session began: a sum of what each reading gained would
-- depend on when somebody looked.
WITH
    {{cells}},
    'Tuple(model Nullable(String), providerLock Nullable(String), providerLockTimestamp Nullable(String), autonomyMode Nullable(String), reasoningEffort Nullable(String), tokenUsage Tuple(inputTokens Nullable(String), outputTokens Nullable(String), cacheCreationTokens Nullable(String), cacheReadTokens Nullable(String), thinkingTokens Nullable(String), totalTokens Nullable(String)))' AS settings_type,
    (cell -> if(cell IS NULL, 0, if(whole_number(cell) <= 1000000000000000, whole_number(cell), NULL))) AS token_count
SELECT
    path, record,
    multiIf(broken, 'not valid JSON (cut off or broken)',
        bad_counts, 'a token count is negative or not a whole number',
        at_time IS NULL, 'timestamp is missing or not a date with time', '') AS rejected,
    multiIf(broken, '', bad_counts, 'tokenUsage', at_time IS NULL, 'providerLockTimestamp', '') AS rejected_column,
    multiIf(broken, '', bad_counts, substringUTF8(JSONExtractRaw(text, 'tokenUsage'), 1, 200), at_time IS NULL, substringUTF8(time_text, 1, 200), '') AS rejected_value,
    if(rejected = '', '', substringUTF8(text, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128('droid', lock, time_text)) AS event_id,
    bitShiftLeft(toUInt128(input_tokens + cache_write_5m_tokens + cache_read_tokens + output_tokens + unclassified_tokens + 1), 64) + {{arrived_at}} AS version,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    'bucket' AS grain,
    model,
    multiIf({{provider_of_model}} != '', {{provider_of_model}}, lock) AS provider,
    extract(path, '([^/]+?)(?:[.]settings)?(?:[.]json)?$') AS session_id,
    toUInt64(told_in - overlap) AS input_tokens,
    toUInt64(written) AS cache_write_5m_tokens,
    toUInt64(cached) AS cache_read_tokens,
    toUInt64(told_out + if(within, 0, thinking)) AS output_tokens,
    toUInt64(thinking) AS reasoning_tokens,
    toUInt64(greatest(total - (told_in - overlap + written + cached + told_out + if(within, 0, thinking)), 0)) AS unclassified_tokens,
    mapFilter((name, value) -> value != '', map('gateway', lock, 'effort', effort)) AS tags
FROM
(
    SELECT path, record, text, broken,
        -- `custom:Name-[from]-0` is how a model of one's own is written
        trimRight(replaceRegexpAll(replaceOne(ifNull(settings.model, ''), 'custom:', ''), '-?\\[[^\\]]*\\](-[0-9]+$)?', '')) AS model,
        ifNull(settings.providerLock, '') AS lock,
        ifNull(settings.reasoningEffort, '') AS effort,
        ifNull(settings.providerLockTimestamp, '') AS time_text,
        if(length(time_text) >= 19, parseDateTime64BestEffortOrNull(time_text, 3, 'UTC'), NULL) AS at_time,
        arrayMap(cell -> token_count(cell), [settings.tokenUsage.inputTokens, settings.tokenUsage.outputTokens, settings.tokenUsage.cacheCreationTokens, settings.tokenUsage.cacheReadTokens, settings.tokenUsage.thinkingTokens, settings.tokenUsage.totalTokens]) AS counts,
        arrayExists(one -> one IS NULL, counts) AS bad_counts,
        ifNull(counts[1], 0) AS told_in,
        ifNull(counts[2], 0) AS told_out,
        ifNull(counts[3], 0) AS written,
        ifNull(counts[4], 0) AS cached,
        ifNull(counts[5], 0) AS thinking,
        ifNull(counts[6], 0) AS total,
        -- columns are disjoint, but where a total says that one includes another
        total > 0 AND thinking <= told_out AND total IN (told_in + told_out, told_in + written + cached + told_out) AS within,
        if(total > 0 AND cached + written <= told_in AND total IN (told_in + told_out, told_in + told_out + thinking), cached + written, 0) AS overlap
    FROM
    (
        SELECT path, record, line AS text, JSONExtract(text, settings_type) AS settings, NOT isValidJSON(text) AS broken
        FROM {{records}}
    )
)
WHERE broken OR bad_counts OR told_in + told_out + written + cached + thinking + total > 0
