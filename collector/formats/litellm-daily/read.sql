-- LiteLLM's daily sums. A row grows during its day, so the later upload decides on everything but what
-- it is a sum of. `prompt_tokens` includes what was read from the cache and written to it.
WITH
    {{cells}},
    (cell -> if(cell IS NULL, toInt64(0), ifNull(whole_float(cell), toInt64(-1)))) AS count_of,
    'the cell is missing or empty' AS missing,
    'not a whole number' AS no_count
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    if(problem.1 = '', '', substringUTF8(line, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS event_id,
    {{arrived_at}} AS version,
    ifNull(day, toDateTime64(0, 3, 'UTC')) AS ts,
    'bucket' AS grain,
    toUInt32(least(greatest(asked, 0), 4294967295)) AS requests,
    ifNull(model_cell, '') AS model,
    multiIf(
        told_provider = '', {{provider_of_model}},
        startsWith(told_provider, 'bedrock') OR told_provider = 'sagemaker', 'aws',
        startsWith(told_provider, 'vertex_ai') OR told_provider IN ('gemini', 'palm'), 'google',
        startsWith(told_provider, 'azure'), 'azure',
        told_provider) AS provider,
    coalesce(user_cell, end_user_cell, '') AS user,
    coalesce(team_cell, organization_cell, '') AS project,
    toUInt64(greatest(prompt - cached - written, 0)) AS input_tokens,
    toUInt64(greatest(written, 0)) AS cache_write_5m_tokens,
    toUInt64(greatest(cached, 0)) AS cache_read_tokens,
    toUInt64(greatest(completion, 0)) AS output_tokens,
    accurateCastOrNull(round(dollars, 9), 'Decimal(18, 9)') AS reported_cost_usd,
    mapFilter((name, value) -> value NOT IN ('', 'None', 'null'), map(
        'model_group', if(group_cell = model_cell, '', ifNull(group_cell, '')),
        'key_hash', ifNull(key_cell, ''),
        'agent', ifNull(agent_cell, ''),
        'tool', ifNull(tool_cell, ''),
        'endpoint', ifNull(endpoint_cell, ''),
        'failed_requests', if(failed > 0, toString(failed), ''))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY record) AS ordinal
    FROM
    (
        SELECT *,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '',
                sipHash128('litellm-daily', toDate(assumeNotNull(day)), ifNull(user_cell, ''), ifNull(team_cell, ''),
                    ifNull(organization_cell, ''), ifNull(end_user_cell, ''), ifNull(agent_cell, ''), ifNull(key_cell, ''),
                    ifNull(model_cell, ''), ifNull(group_cell, ''), ifNull(provider_cell, ''), ifNull(tool_cell, ''), ifNull(endpoint_cell, '')),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                multiIf(
                    broken, ('not valid JSON (cut off or broken)', '', ''),
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    date_cell IS NULL, (missing, 'date', ''),
                    day IS NULL, ('not a date (YYYY-MM-DD)', 'date', assumeNotNull(date_cell)),
                    prompt_cell IS NULL, (missing, 'prompt_tokens', ''),
                    completion_cell IS NULL, (missing, 'completion_tokens', ''),
                    prompt < 0, (no_count, 'prompt_tokens', ifNull(prompt_cell, '')),
                    completion < 0, (no_count, 'completion_tokens', ifNull(completion_cell, '')),
                    cached < 0, (no_count, 'cache_read_input_tokens', ifNull(cached_cell, '')),
                    written < 0, (no_count, 'cache_creation_input_tokens', ifNull(written_cell, '')),
                    cached + written > prompt, ('more tokens from and to the cache than in the prompt', 'prompt_tokens', ifNull(prompt_cell, '')),
                    requests_cell IS NULL, (missing, 'api_requests', ''),
                    asked < 0, (no_count, 'api_requests', ifNull(requests_cell, '')),
                    failed < 0, (no_count, 'failed_requests', ifNull(failed_cell, '')),
                    spend_cell IS NOT NULL AND ifNull(abs(dollars) >= 1000000000, true), ('not an amount of money', 'spend', assumeNotNull(spend_cell)),
                    short, ('fewer cells than the header has', '', ''),
                    ('', '', '')) AS problem
            FROM
            (
                SELECT *,
                    toStartOfDay(moment(date_cell)) AS day_start,
                    if(day_start IS NULL, NULL, toDateTime64(day_start, 3, 'UTC')) AS day,
                    lower(if(ifNull(provider_cell, '') IN ('None', 'null'), '', ifNull(provider_cell, ''))) AS told_provider,
                    count_of(prompt_cell) AS prompt,
                    count_of(completion_cell) AS completion,
                    count_of(cached_cell) AS cached,
                    count_of(written_cell) AS written,
                    count_of(requests_cell) AS asked,
                    count_of(failed_cell) AS failed,
                    amount(spend_cell) AS dollars
                FROM {{records}}
            )
        )
    )
)
