-- OpenRouter's activity: a row a request, which has an id; or a row per day and model, which has none.
--
-- tokens_prompt includes tokens_cached, tokens_completion includes tokens_reasoning. cost_cache is a
-- part of cost_total whichever its sign is: negative where reading saved, positive where writing was
-- charged. The tokens written are not told and stay within the input. What goes to one's own key
-- (BYOK) is paid to the provider and not in cost_total: the two together are what the request cost.
WITH
    {{cells}},
    'a quote is opened and never closed: the cell runs over the lines that follow' AS open_quote,
    'the cell is missing or empty' AS missing,
    date_cell IS NOT NULL AND created_cell IS NULL AND id_cell IS NULL AS is_bucket,
    if(is_bucket, ['Prompt Tokens', 'Completion Tokens', 'Reasoning Tokens', 'tokens_cached', 'Requests', 'generation_time_ms'],
        ['tokens_prompt', 'tokens_completion', 'tokens_reasoning', 'tokens_cached', 'Requests', 'generation_time_ms']) AS headers,
    -- in the order of `headers`
    [prompt_cell, completion_cell, reasoning_cell, cached_cell, requests_cell, duration_cell] AS count_cells,
    if(is_bucket, ['Usage', 'BYOK Usage'], ['cost_total', 'byok_usage_inference']) AS money_headers,
    [cost_cell, byok_cell] AS money_cells,
    (cell -> if(ifNull(amount(cell), 0) != 0, cell, '')) AS part
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    -- the id of the request; of a day what it is grouped by, for its counts grow until it is over
    reinterpretAsUInt128(if(is_bucket, sipHash128(identity, ordinal), sipHash128('openrouter', ifNull(id_cell, '')))) AS event_id,
    {{arrived_at}} AS version,
    assumeNotNull(at_time) AS ts,
    if(is_bucket, 'bucket', 'request') AS grain,
    if(is_bucket, counts[5], 1) AS requests,
    ifNull(model_cell, '') AS model,
    -- a maker that only the slug names: meta-llama/llama-4
    coalesce(nullIf({{provider_of_model}}, ''), if(position(model, '/') > 0, splitByChar('/', model)[1], '')) AS provider,
    ifNull(user_cell, '') AS user,
    ifNull(id_cell, '') AS request_id,
    multiIf(lower(ifNull(cancelled_cell, '')) = 'true', 'aborted', lower(ifNull(finish_cell, '')) = 'error', 'error', 'ok') AS status,
    counts[1] - counts[4] AS input_tokens,
    counts[4] AS cache_read_tokens,
    counts[2] AS output_tokens,
    -- some providers count reasoning in other tokens than the completion
    least(counts[3], counts[2]) AS reasoning_tokens,
    if(is_bucket OR duration_cell IS NULL, NULL, counts[6]) AS duration_ms,
    if(cost_cell IS NULL AND ifNull(amount(byok_cell), 0) = 0, NULL,
        accurateCastOrNull(ifNull(amount(cost_cell), 0) + ifNull(amount(byok_cell), 0), 'Decimal(18, 9)')) AS reported_cost_usd,
    mapFilter((name, value) -> value != '', map(
        'served_by', ifNull(served_by_cell, ''),
        'variant', ifNull(variant_cell, ''),
        'app', ifNull(app_cell, ''),
        'api_key', ifNull(api_key_cell, ''),
        'streamed', lower(ifNull(streamed_cell, '')),
        'finish_reason', ifNull(finish_cell, ''),
        'byok', if(part(byok_cell) = '', '', 'true'),
        'cost_byok', part(byok_cell),
        'cost_cache', part(cost_cache_cell),
        'cost_web_search', part(cost_search_cell),
        'cost_file_processing', part(cost_file_cell))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY record) AS ordinal
    FROM
    (
        SELECT *,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '' AND is_bucket,
                sipHash128('openrouter-day', toUnixTimestamp64Milli(assumeNotNull(at_time)), ifNull(model_cell, '')),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                -- -1: cannot be read
                arrayMap(cell -> if(cell IS NULL, toInt64(0), ifNull(whole_float(cell), toInt64(-1))), count_cells) AS counts,
                arrayFirstIndex(count -> count < 0, counts) AS bad_count,
                if(is_bucket, 'Date', 'created_at') AS time_header,
                if(is_bucket, date_cell, created_cell) AS time_cell,
                if(is_date(ifNull(time_cell, '')), parseDateTime64BestEffortOrNull(ifNull(time_cell, ''), 3, 'UTC'), NULL) AS at_time,
                arrayFirstIndex(cell -> cell IS NOT NULL AND ifNull(abs(amount(cell)) >= 100000000, true), money_cells) AS bad_money,
                arrayFirst(cell -> position(cell.2, '\n') > 0, [
                    ('generation_id', ifNull(id_cell, '')), (time_header, ifNull(time_cell, '')), ('model_permaslug', ifNull(model_cell, '')),
                    ('provider_name', ifNull(served_by_cell, '')), ('user', ifNull(user_cell, '')), ('cancelled', ifNull(cancelled_cell, '')),
                    ('finish_reason_normalized', ifNull(finish_cell, '')), ('app_name', ifNull(app_cell, '')), ('api_key_name', ifNull(api_key_cell, ''))]) AS open_cell,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    open_cell.1 != '', (open_quote, open_cell.1, open_cell.2),
                    NOT is_bucket AND id_cell IS NULL, (missing, 'generation_id', ''),
                    time_cell IS NULL, (missing, time_header, ''),
                    at_time IS NULL, ('not a date (YYYY-MM-DD, with or without a time)', time_header, assumeNotNull(time_cell)),
                    short, ('fewer cells than the header has', '', ''),
                    model_cell IS NULL, (missing, if(is_bucket, 'Slug', 'model_permaslug'), ''),
                    bad_count > 0, (
                        multiIf(position(ifNull(count_cells[bad_count], ''), '\n') > 0, open_quote, bad_count = 5, 'not a whole number of requests',
                            bad_count = 6, 'not a whole number of milliseconds', 'not a whole number of tokens'),
                        headers[bad_count], ifNull(count_cells[bad_count], '')),
                    counts[5] > 4294967295, ('not a whole number of requests', 'Requests', ifNull(requests_cell, '')),
                    counts[6] > 4294967295, ('not a whole number of milliseconds', 'generation_time_ms', ifNull(duration_cell, '')),
                    bad_money > 0, ('not an amount of money', money_headers[bad_money], ifNull(money_cells[bad_money], '')),
                    -- what a request does not have is empty, but something it must have
                    coalesce(prompt_cell, completion_cell, cost_cell, byok_cell) IS NULL AND lower(ifNull(cancelled_cell, '')) != 'true', ('neither tokens nor a cost', '', ''),
                    counts[4] > counts[1], ('more cached tokens than tokens_prompt', 'tokens_cached', ifNull(cached_cell, '')),
                    ('', '', '')) AS problem
            FROM {{records}}
            WHERE trimBoth(coalesce(id_cell, created_cell, date_cell, '')) != '' OR coalesce(model_cell, cost_cell, prompt_cell, completion_cell) IS NOT NULL
        )
    )
)
