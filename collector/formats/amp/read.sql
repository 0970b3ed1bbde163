-- Amp threads. The ledger counts; where a thread has none, the usage of its messages does. The ledger
-- tells no cached tokens: those stand at the message that an event led to.
WITH
    {{cells}},
    'Tuple(id Nullable(String), timestamp Nullable(String), model Nullable(String), toMessageId Nullable(String), operationType Nullable(String), tokens Tuple(input Nullable(String), output Nullable(String), total Nullable(String)))' AS event_type,
    'Tuple(role Nullable(String), messageId Nullable(String), timestamp Nullable(String), model Nullable(String), usage Tuple(timestamp Nullable(String), model Nullable(String), inputTokens Nullable(String), outputTokens Nullable(String), cacheCreationInputTokens Nullable(String), cacheReadInputTokens Nullable(String), totalTokens Nullable(String)))' AS message_type,
    (cell -> if(cell IS NULL, 0, if(whole_number(cell) <= 1000000000000000, whole_number(cell), NULL))) AS token_count
SELECT
    path, record,
    multiIf(broken, 'not valid JSON (cut off or broken)',
        bad_counts, 'a token count is negative or not a whole number',
        at_time IS NULL, 'timestamp is missing or not a date with time', '') AS rejected,
    multiIf(broken, '', bad_counts, 'tokens', at_time IS NULL, 'timestamp', '') AS rejected_column,
    multiIf(broken, '', bad_counts, arrayStringConcat(arrayMap(cell -> ifNull(cell, ''), usage.6), ' '), at_time IS NULL, substringUTF8(usage.3, 1, 200), '') AS rejected_value,
    multiIf(broken, substringUTF8(head, 1, 500), rejected = '', '', concat('thread ', thread, ', ', usage.2)) AS excerpt,
    reinterpretAsUInt128(sipHash128('amp', thread, usage.2)) AS event_id,
    bitShiftLeft({{arrived_at}}, 64) + toUInt128(input_tokens + cache_write_5m_tokens + cache_read_tokens + output_tokens + unclassified_tokens) AS version,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    usage.4 AS model,
    {{provider_of_model}} AS provider,
    thread AS session_id,
    toUInt64(ifNull(counts[1], 0)) AS input_tokens,
    toUInt64(ifNull(counts[3], 0)) AS cache_write_5m_tokens,
    toUInt64(ifNull(counts[4], 0)) AS cache_read_tokens,
    toUInt64(ifNull(counts[2], 0)) AS output_tokens,
    toUInt64(greatest(ifNull(counts[5], 0) - (input_tokens + cache_write_5m_tokens + cache_read_tokens + output_tokens), 0)) AS unclassified_tokens,
    mapFilter((name, value) -> value != '', map('operation', usage.5)) AS tags
FROM
(
    SELECT path, usage.1 AS record, head, thread, broken, usage,
        if(length(usage.3) >= 19, parseDateTime64BestEffortOrNull(usage.3, 3, 'UTC'), NULL) AS at_time,
        arrayMap(cell -> token_count(cell), usage.6) AS counts,
        arrayExists(one -> one IS NULL, counts) AS bad_counts
    FROM
    (
        SELECT path, substringUTF8(line, 1, 500) AS head, NOT isValidJSON(line) AS broken,
            JSONExtractString(line, 'id') AS thread,
            arrayMap(raw -> JSONExtract(raw, message_type), JSONExtractArrayRaw(line, 'messages')) AS messages,
            arrayMap(raw -> JSONExtract(raw, event_type), JSONExtractArrayRaw(line, 'usageLedger', 'events')) AS events,
            arrayFilter(one -> one.role = 'assistant' AND one.messageId IS NOT NULL, messages) AS answers,
            arrayMap(one -> assumeNotNull(one.messageId), answers) AS answer_ids,
            arrayMap(one -> ifNull(one.toMessageId, ''), events) AS to_ids,
            multiIf(
                broken, [(toUInt64(1), '', '', '', '', [CAST(NULL, 'Nullable(String)')])],
                JSONType(line, 'usageLedger', 'events') = 'Array', arrayMap((one, nth) -> (
                    toUInt64(nth), ifNull(one.id, concat('\0', toString(nth))), ifNull(one.timestamp, ''), ifNull(one.model, ''), ifNull(one.operationType, ''),
                    [one.tokens.input, one.tokens.output,
                     -- of two events that led to one message, the first has its cached tokens
                     if(indexOf(to_ids, to_ids[nth]) = nth AND indexOf(answer_ids, to_ids[nth]) > 0, answers[indexOf(answer_ids, to_ids[nth])].usage.cacheCreationInputTokens, NULL),
                     if(indexOf(to_ids, to_ids[nth]) = nth AND indexOf(answer_ids, to_ids[nth]) > 0, answers[indexOf(answer_ids, to_ids[nth])].usage.cacheReadInputTokens, NULL),
                     one.tokens.total]), events, arrayEnumerate(events)),
                arrayFilter(part -> part.1 > 0, arrayMap((one, nth) -> (
                    if(one.role = 'assistant', toUInt64(nth), toUInt64(0)), concat('message ', ifNull(one.messageId, concat('\0', toString(nth)))),
                    coalesce(one.usage.timestamp, one.timestamp, ''), coalesce(one.usage.model, one.model, ''), '',
                    [one.usage.inputTokens, one.usage.outputTokens, one.usage.cacheCreationInputTokens, one.usage.cacheReadInputTokens, one.usage.totalTokens]), messages, arrayEnumerate(messages)))) AS usages
        FROM {{records}}
    )
    ARRAY JOIN usages AS usage
)
WHERE broken OR bad_counts OR arraySum(one -> ifNull(one, 0), counts) > 0
