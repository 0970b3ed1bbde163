-- Helicone's requests. Tokens from and to the cache stand beside the prompt's, not within them, and are
-- told in JSON only. Of `total_tokens` Helicone leaves them out.
WITH
    {{cells}},
    (cell -> if(ifNull(cell, '') IN ('', 'null', 'undefined', 'NaN'), toInt64(0), ifNull(whole_float(cell), toInt64(-1)))) AS count_of,
    'the cell is missing or empty' AS missing,
    'not a whole number of tokens' AS no_count
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    if(problem.1 = '', '', substringUTF8(line, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128('helicone', coalesce(response_cell, request_cell, ''))) AS event_id,
    {{arrived_at}} AS version,
    ifNull(asked, toDateTime64(0, 3, 'UTC')) AS ts,
    ifNull(model_cell, '') AS model,
    multiIf(
        told_provider IN ('', 'custom', 'helicone'), {{provider_of_model}},
        told_provider IN ('bedrock', 'aws'), 'aws',
        startsWith(told_provider, 'google') OR startsWith(told_provider, 'vertex'), 'google',
        startsWith(told_provider, 'azure'), 'azure',
        told_provider = 'x', 'x-ai',
        told_provider) AS provider,
    ifNull(user_cell, '') AS user,
    arrayFirst(pair -> lower(pair.1) = 'helicone-session-id', properties).2 AS session_id,
    coalesce(request_cell, response_cell, '') AS request_id,
    multiIf(code = 499 OR code = -3, 'aborted', code BETWEEN 200 AND 299, 'ok', 'error') AS status,
    -- an answer from Helicone's own cache: tokens that nobody charged for
    NOT from_cache AS billable,
    toUInt64(greatest(prompt, 0)) AS input_tokens,
    toUInt64(greatest(written, 0)) AS cache_write_5m_tokens,
    toUInt64(greatest(cached, 0)) AS cache_read_tokens,
    toUInt64(greatest(completion, 0)) AS output_tokens,
    toUInt64(greatest(least(reasoning, completion), 0)) AS reasoning_tokens,
    toUInt64(greatest(total - prompt - written - cached - completion, 0)) AS unclassified_tokens,
    accurateCastOrNull(round(amount(latency_cell)), 'UInt32') AS duration_ms,
    accurateCastOrNull(round(dollars, 9), 'Decimal(18, 9)') AS reported_cost_usd,
    mapFilter((name, value) -> value NOT IN ('', 'null'), CAST(arrayConcat(
        arrayMap(pair -> (substringUTF8(pair.1, 1, 100), substringUTF8(pair.2, 1, 200)),
            arraySlice(arrayFilter(pair -> lower(pair.1) != 'helicone-session-id', properties), 1, 20)),
        [('http_status', if(ifNull(code, 0) BETWEEN 200 AND 299, '', ifNull(status_cell, ''))),
         ('cache_hit', if(from_cache, 'true', ''))]), 'Map(String, String)')) AS tags
FROM
(
    SELECT *,
        multiIf(
            broken, ('not valid JSON (cut off or broken)', '', ''),
            ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
            response_cell IS NULL AND request_cell IS NULL, (missing, 'response_id', ''),
            asked_cell IS NULL, (missing, 'request_created_at', ''),
            asked IS NULL, ('not a date with a time', 'request_created_at', assumeNotNull(asked_cell)),
            status_cell IS NOT NULL AND code IS NULL, ('not a status of HTTP', 'response_status', assumeNotNull(status_cell)),
            prompt < 0, (no_count, 'prompt_tokens', ifNull(prompt_cell, '')),
            completion < 0, (no_count, 'completion_tokens', ifNull(completion_cell, '')),
            cached < 0, (no_count, 'prompt_cache_read_tokens', ifNull(read_cell, '')),
            written < 0, (no_count, 'prompt_cache_write_tokens', ifNull(written_cell, '')),
            reasoning < 0, (no_count, 'reasoning_tokens', ifNull(reasoning_cell, '')),
            total < 0, (no_count, 'total_tokens', ifNull(total_cell, '')),
            total > 0 AND total < prompt + completion, ('the tokens are more than total_tokens', 'total_tokens', ifNull(total_cell, '')),
            NOT no_cost AND ifNull(abs(dollars) >= 1000000000, true), ('not an amount of money', 'cost', assumeNotNull(cost_cell)),
            short, ('fewer cells than the header has', '', ''),
            -- what failed has no tokens; what answered and tells neither says nothing about its cost
            prompt_cell IS NULL AND completion_cell IS NULL AND no_cost AND ifNull(code BETWEEN 200 AND 299, true), ('neither tokens nor a cost', '', ''),
            ('', '', '')) AS problem
    FROM
    (
        SELECT *,
            moment(asked_cell) AS asked,
            toInt32OrNull(ifNull(status_cell, '')) AS code,
            lower(ifNull(provider_cell, '')) AS told_provider,
            count_of(prompt_cell) AS prompt,
            count_of(completion_cell) AS completion,
            count_of(read_cell) AS cached,
            count_of(written_cell) AS written,
            count_of(reasoning_cell) AS reasoning,
            count_of(total_cell) AS total,
            lower(ifNull(cost_cell, '')) IN ('', 'null', 'undefined', 'nan') AS no_cost,
            if(no_cost, NULL, amount(cost_cell)) AS dollars,
            ifNull(cache_reference_cell, '') NOT IN ('', '00000000-0000-0000-0000-000000000000', 'DEFAULT', 'null') AS from_cache,
            -- the export tool doubles the quotes of JSON twice, and the cell is JSON again with half of them
            if(position(ifNull(properties_cell, ''), '""') > 0 AND NOT isValidJSON(ifNull(properties_cell, '')),
                replaceAll(ifNull(properties_cell, ''), '""', '"'), ifNull(properties_cell, '')) AS properties_text,
            JSONExtractKeysAndValues(properties_text, 'String') AS properties
        FROM {{records}}
    )
)
