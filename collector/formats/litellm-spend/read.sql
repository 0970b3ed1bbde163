-- LiteLLM_SpendLogs: one row a request. `prompt_tokens` includes what was read from the provider's cache
-- and what was written to it; both stand only in `metadata.usage_object`, in one of two spellings.
WITH
    {{cells}},
    'Nullable(String)' AS text_type,
    concat('Tuple(usage_object Tuple(cache_read_input_tokens ', text_type, ', cache_creation_input_tokens ', text_type,
        ', prompt_tokens_details Tuple(cached_tokens ', text_type, ', cache_creation_tokens ', text_type,
        ', cache_creation_token_details Tuple(ephemeral_1h_input_tokens ', text_type, '))',
        ', completion_tokens_details Tuple(reasoning_tokens ', text_type, '))',
        ', status ', text_type, ', user_api_key_alias ', text_type, ', user_api_key_team_alias ', text_type,
        ', user_api_key_user_id ', text_type, ', user_api_key_end_user_id ', text_type, ')') AS metadata_type,
    (cell -> if(ifNull(cell, '') IN ('', 'null', 'None'), toInt64(0), ifNull(whole_float(cell), toInt64(-1)))) AS count_of,
    'the cell is missing or empty' AS missing,
    'not a whole number of tokens' AS no_count
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    if(problem.1 = '', '', substringUTF8(line, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128('litellm-spend', ifNull(id_cell, ''))) AS event_id,
    {{arrived_at}} AS version,
    ifNull(began, toDateTime64(0, 3, 'UTC')) AS ts,
    ifNull(model_cell, '') AS model,
    multiIf(
        told_provider = '', {{provider_of_model}},
        startsWith(told_provider, 'bedrock') OR told_provider = 'sagemaker', 'aws',
        startsWith(told_provider, 'vertex_ai') OR told_provider IN ('gemini', 'palm'), 'google',
        startsWith(told_provider, 'azure'), 'azure',
        told_provider) AS provider,
    coalesce(user_cell, metadata.user_api_key_user_id, '') AS user,
    coalesce(nullIf(metadata.user_api_key_team_alias, ''), team_cell, '') AS project,
    ifNull(session_cell, '') AS session_id,
    ifNull(id_cell, '') AS request_id,
    if(failed, 'error', 'ok') AS status,
    -- an answer from the proxy's own cache: tokens that nobody charged for
    NOT cache_hit AS billable,
    toUInt64(greatest(prompt - cached - written, 0)) AS input_tokens,
    toUInt64(greatest(written - written_1h, 0)) AS cache_write_5m_tokens,
    toUInt64(greatest(written_1h, 0)) AS cache_write_1h_tokens,
    toUInt64(greatest(cached, 0)) AS cache_read_tokens,
    toUInt64(greatest(completion, 0)) AS output_tokens,
    toUInt64(greatest(least(reasoning, completion), 0)) AS reasoning_tokens,
    -- a total beyond what prompt and completion tell: tokens of unknown kind
    toUInt64(greatest(total - prompt - completion, 0)) AS unclassified_tokens,
    accurateCastOrNull(multiIf(
        whole_float(duration_cell) IS NOT NULL, whole_float(duration_cell),
        ended >= began, toUnixTimestamp64Milli(ended) - toUnixTimestamp64Milli(began),
        NULL), 'UInt32') AS duration_ms,
    accurateCastOrNull(round(dollars, 9), 'Decimal(18, 9)') AS reported_cost_usd,
    mapFilter((name, value) -> value NOT IN ('', 'None', 'null', '[]'), map(
        'call_type', ifNull(call_type_cell, ''),
        'model_group', if(group_cell = model_cell, '', ifNull(group_cell, '')),
        'key', ifNull(metadata.user_api_key_alias, ''),
        'end_user', coalesce(end_user_cell, metadata.user_api_key_end_user_id, ''),
        'organization', ifNull(organization_cell, ''),
        'team_id', ifNull(team_cell, ''),
        'agent', ifNull(agent_cell, ''),
        'tool', ifNull(tool_cell, ''),
        'cache_hit', if(cache_hit, 'true', ''),
        'tags', arrayStringConcat(arraySort(JSONExtract(ifNull(request_tags_cell, ''), 'Array(String)')), ', '))) AS tags
FROM
(
    SELECT *,
        multiIf(
            broken, ('not valid JSON (cut off or broken)', '', ''),
            ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
            id_cell IS NULL, (missing, 'request_id', ''),
            start_cell IS NULL, (missing, 'startTime', ''),
            began IS NULL, ('not a date with a time', 'startTime', assumeNotNull(start_cell)),
            prompt_cell IS NULL AND NOT failed, (missing, 'prompt_tokens', ''),
            prompt < 0, (no_count, 'prompt_tokens', ifNull(prompt_cell, '')),
            completion_cell IS NULL AND NOT failed, (missing, 'completion_tokens', ''),
            completion < 0, (no_count, 'completion_tokens', ifNull(completion_cell, '')),
            total < 0, (no_count, 'total_tokens', ifNull(total_cell, '')),
            -- judged only where nothing was found: the tokens of the cache may stand in what is broken
            metadata_cell IS NOT NULL AND metadata_cell != 'None' AND no_details AND NOT isValidJSON(assumeNotNull(metadata_cell)), (
                'not valid JSON (cut off or broken)', 'metadata', substringUTF8(assumeNotNull(metadata_cell), 1, 200)),
            cached < 0 OR written < 0 OR written_1h < 0 OR reasoning < 0, (no_count, 'metadata', substringUTF8(ifNull(metadata_cell, ''), 1, 200)),
            cached + written > prompt, ('more tokens from and to the cache than in the prompt', 'metadata', toString(cached + written)),
            written_1h > written, ('more tokens written to the cache for an hour than written at all', 'metadata', toString(written_1h)),
            -- 0: a row from before LiteLLM counted it
            total > 0 AND total < prompt + completion, ('the tokens are more than total_tokens', 'total_tokens', ifNull(total_cell, '')),
            spend_cell IS NOT NULL AND ifNull(abs(dollars) >= 1000000000, true), ('not an amount of money', 'spend', assumeNotNull(spend_cell)),
            short, ('fewer cells than the header has', '', ''),
            ('', '', '')) AS problem
    FROM
    (
        SELECT *,
            JSONExtract(ifNull(metadata_cell, ''), metadata_type) AS metadata,
            coalesce(metadata.usage_object.cache_read_input_tokens, metadata.usage_object.cache_creation_input_tokens,
                metadata.usage_object.prompt_tokens_details.cached_tokens, metadata.status, metadata.user_api_key_alias) IS NULL AS no_details,
            moment(start_cell) AS began,
            moment(end_cell) AS ended,
            lower(coalesce(status_cell, metadata.status, '')) IN ('failure', 'failed', 'error') AS failed,
            lower(ifNull(cache_hit_cell, '')) IN ('true', 't', '1') AS cache_hit,
            lower(if(ifNull(provider_cell, '') IN ('None', 'null'), '', ifNull(provider_cell, ''))) AS told_provider,
            count_of(prompt_cell) AS prompt,
            count_of(completion_cell) AS completion,
            count_of(total_cell) AS total,
            count_of(metadata.usage_object.cache_read_input_tokens) AS cached_own,
            count_of(metadata.usage_object.prompt_tokens_details.cached_tokens) AS cached_detail,
            count_of(metadata.usage_object.cache_creation_input_tokens) AS written_own,
            count_of(metadata.usage_object.prompt_tokens_details.cache_creation_tokens) AS written_detail,
            -- two spellings of one thing; where one is missing, the other tells it
            if(least(cached_own, cached_detail) < 0, -1, greatest(cached_own, cached_detail)) AS cached,
            if(least(written_own, written_detail) < 0, -1, greatest(written_own, written_detail)) AS written,
            count_of(metadata.usage_object.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens) AS written_1h,
            count_of(metadata.usage_object.completion_tokens_details.reasoning_tokens) AS reasoning,
            amount(spend_cell) AS dollars
        FROM {{records}}
    )
)
