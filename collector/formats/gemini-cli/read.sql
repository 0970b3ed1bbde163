-- Gemini CLI sessions. A file is one document with `messages`, or JSON lines: the session first, then
-- a record for every state of a message, of which the last counts.
WITH
    {{cells}},
    'Tuple(type Nullable(String), id Nullable(String), sessionId Nullable(String), timestamp Nullable(String), model Nullable(String), tokens Tuple(input Nullable(String), output Nullable(String), cached Nullable(String), thoughts Nullable(String), tool Nullable(String), total Nullable(String)))' AS message_type,
    (cell -> if(cell IS NULL, 0, if(whole_number(cell) <= 1000000000000000, whole_number(cell), NULL))) AS token_count
SELECT
    path, record,
    multiIf(broken, 'not valid JSON (cut off or broken)',
        bad_counts, 'a token count is negative or not a whole number',
        at_time IS NULL, 'timestamp is missing or not a date with time', '') AS rejected,
    multiIf(broken, '', bad_counts, 'tokens', at_time IS NULL, 'timestamp', '') AS rejected_column,
    multiIf(broken, '', bad_counts, substringUTF8(JSONExtractRaw(piece, 'tokens'), 1, 200), at_time IS NULL, substringUTF8(time_text, 1, 200), '') AS rejected_value,
    if(rejected = '', '', substringUTF8(piece, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128('gemini-cli', if(message_id != '', message_id,
        concat('\0', session_id, '\0', time_text, '\0', model, '\0', toString(told_in), '\0', toString(told_out))))) AS event_id,
    -- a file read later knows better, and in a file the last record of a message
    bitShiftLeft({{arrived_at}}, 40) + toUInt128(record) AS version,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    model,
    if({{provider_of_model}} = '', 'google', {{provider_of_model}}) AS provider,
    if(match(folder, '^[0-9a-f]{64}$'), '', folder) AS project,
    session_id,
    -- the prompt includes what was cached, but for files whose total says otherwise
    toUInt64(told_in - overlap + tool) AS input_tokens,
    toUInt64(cached) AS cache_read_tokens,
    toUInt64(told_out + thoughts) AS output_tokens,
    toUInt64(thoughts) AS reasoning_tokens,
    toUInt64(greatest(total - (told_in - overlap + tool + cached + told_out + thoughts), 0)) AS unclassified_tokens,
    mapFilter((name, value) -> value != '', map('project_hash', project_hash)) AS tags
FROM
(
    SELECT path, record, piece, broken, project_hash, session_id, folder,
        ifNull(message.id, '') AS message_id,
        ifNull(message.model, '') AS model,
        ifNull(message.timestamp, '') AS time_text,
        if(length(time_text) >= 19, parseDateTime64BestEffortOrNull(time_text, 3, 'UTC'), NULL) AS at_time,
        arrayMap(cell -> token_count(cell), [message.tokens.input, message.tokens.output, message.tokens.cached, message.tokens.thoughts, message.tokens.tool, message.tokens.total]) AS counts,
        arrayExists(one -> one IS NULL, counts) AS bad_counts,
        ifNull(counts[1], 0) AS told_in,
        ifNull(counts[2], 0) AS told_out,
        ifNull(counts[3], 0) AS cached,
        ifNull(counts[4], 0) AS thoughts,
        ifNull(counts[5], 0) AS tool,
        ifNull(counts[6], 0) AS total,
        if(cached > told_in OR total = told_in + told_out + cached + thoughts + tool, 0, cached) AS overlap
    FROM
    (
        SELECT path, project_hash, session_id, folder,
            pair.1 AS record, pair.2 AS piece, pair.3 AS broken,
            JSONExtract(piece, message_type) AS message
        FROM
        (
            SELECT path, line AS text,
                isValidJSON(text) AS whole,
                splitByChar('\n', text) AS lines,
                -- where the first line is whole, so should be the others
                NOT whole AND isValidJSON(lines[1]) AS by_line,
                if(whole, text, lines[1]) AS head,
                JSONExtractString(head, 'projectHash') AS project_hash,
                if(JSONExtractString(head, 'sessionId') != '', JSONExtractString(head, 'sessionId'),
                    extract(path, '([^/]+?)(?:[.]jsonl?)?$')) AS session_id,
                extract(path, '/tmp/([^/]+)/chats/') AS folder,
                multiIf(
                    by_line, arrayFilter(part -> trimBoth(part.2) != '',
                        arrayMap((part, nth) -> (toUInt64(nth), part, false), lines, arrayEnumerate(lines))),
                    NOT whole, [(toUInt64(1), text, true)],
                    JSONType(text, 'messages') = 'Array', arrayMap((part, nth) -> (toUInt64(nth), part, false),
                        JSONExtractArrayRaw(text, 'messages') AS parts, arrayEnumerate(parts)),
                    [(toUInt64(1), text, false)]) AS pairs
            FROM {{records}}
        )
        ARRAY JOIN arrayMap(part -> (part.1, part.2, part.3 OR (by_line AND NOT isValidJSON(part.2))), pairs) AS pair
    )
    WHERE broken OR (message.type = 'gemini' AND JSONType(piece, 'tokens') = 'Object')
)
WHERE broken OR bad_counts OR told_in + told_out + cached + thoughts + tool + total > 0
