-- Codex rollouts: the turns of each file, in its order. Counters are cumulative and may be emitted
-- again, so a turn is what the counters gained: `last_token_usage` where the totals moved, else the
-- difference of the totals. Totals that fell back (after a compaction) start from zero again. What a
-- remote compaction used is in no total: it is a turn of its own, told by a record of its response.
WITH
    'Tuple(input_tokens Nullable(String), prompt_tokens Nullable(String), input Nullable(String), cached_input_tokens Nullable(String), cache_read_input_tokens Nullable(String), cached_tokens Nullable(String), output_tokens Nullable(String), completion_tokens Nullable(String), output Nullable(String), reasoning_output_tokens Nullable(String), reasoning_tokens Nullable(String), total_tokens Nullable(String))' AS usage_type,
    concat('Tuple(timestamp Nullable(String), type Nullable(String), payload Tuple(type Nullable(String), id Nullable(String), timestamp Nullable(String), cwd Nullable(String), cli_version Nullable(String), originator Nullable(String), model_provider Nullable(String), forked_from_id Nullable(String), git Tuple(branch Nullable(String)), source Tuple(subagent Tuple(thread_spawn Tuple(parent_thread_id Nullable(String)))), model Nullable(String), model_name Nullable(String), response_id Nullable(String), compaction_response_id Nullable(String), usage ', usage_type, ', metadata Tuple(model Nullable(String)), effort Nullable(String), thread_settings Tuple(service_tier Nullable(String)), info Tuple(model Nullable(String), total_token_usage ', usage_type, ', last_token_usage ', usage_type, ')))') AS line_type,
    usage -> (coalesce(usage.1, usage.2, usage.3), coalesce(usage.4, usage.5, usage.6), coalesce(usage.7, usage.8, usage.9), coalesce(usage.10, usage.11), usage.12) AS named,
    texts -> if(texts.1 IS NULL AND texts.3 IS NULL AND texts.5 IS NULL, [],
        [toInt64OrNull(ifNull(texts.1, '0')), toInt64OrNull(ifNull(texts.2, '0')), toInt64OrNull(ifNull(texts.3, '0')), toInt64OrNull(ifNull(texts.4, '0'))]) AS counted,
    counts -> arrayExists(one -> one IS NULL OR one < 0, counts) AS broken
SELECT
    path, record,
    multiIf(NOT readable, 'not valid JSON (cut off or broken)',
        bad_counts, 'a token count is negative or not a whole number',
        at_time IS NULL, 'timestamp is missing or not a date with time', '') AS rejected,
    multiIf(rejected = '' OR NOT readable, '', bad_counts, if(is_compaction, 'token_usage_record', 'token_count'), 'timestamp') AS rejected_column,
    if(rejected_column = '', '', substringUTF8(text, 1, 200)) AS rejected_value,
    if(rejected = '', '', substringUTF8(text, 1, 500)) AS excerpt,
    thread_id,
    toUInt32(if(rejected = '', countIf(readable AND NOT bad_counts AND at_time IS NOT NULL) OVER (PARTITION BY path ORDER BY record), 0)) AS turn,
    parent_id,
    ifNull(forked, toDateTime64(0, 3, 'UTC')) AS forked_at,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    multiIf(model_provider NOT IN ('', 'openai'), model_provider, {{provider_of_model}} = '', model_provider, {{provider_of_model}}) AS provider,
    model, project,
    toUInt64(gained[1] - least(gained[2], gained[1])) AS input_tokens,
    toUInt64(least(gained[2], gained[1])) AS cache_read_tokens,
    toUInt64(gained[3]) AS output_tokens,
    toUInt64(least(gained[4], gained[3])) AS reasoning_tokens,
    multiIf(tier IN ('fast', 'priority'), 'fast', tier = 'flex', 'flex', tier = 'batch', 'batch', 'standard') AS speed,
    mapFilter((name, value) -> value != '', map(
        'git_branch', branch, 'client_version', client, 'originator', originator, 'effort', effort,
        'service_tier', tier, 'compaction', if(is_compaction, 'true', ''), 'model_fallback', if(known_model = '', 'true', ''))) AS tags
FROM
(
    SELECT *,
        if(known_model = '', 'gpt-5', known_model) AS model,
        (readable AND length(total) = 0 AND length(last) = 0) AS silent,
        broken(total) OR broken(last) AS bad_counts,
        anyLastIf(total, length(total) > 0) OVER (PARTITION BY path ORDER BY record ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
        -- unreadable numbers gain nothing; they are rejected
        arrayMap(one -> ifNull(one, 0), multiIf(
            bad_counts OR silent OR (length(total) > 0 AND total = before), [0, 0, 0, 0],
            length(last) > 0, last,
            length(before) = 0 OR total[1] + total[3] < before[1] + before[3], total,
            arrayMap((now, then) -> greatest(assumeNotNull(now) - assumeNotNull(then), 0), arrayResize(total, 4), arrayResize(before, 4)))) AS gained
    FROM
    (
        SELECT path, record, text, readable, is_count,
            is_response AND has(groupUniqArrayIf(compacting, compacting != '') OVER whole_file, response_id) AS is_compaction,
            counted(named(line.payload.info.total_token_usage)) AS total,
            counted(named(if(is_compaction, line.payload.usage, line.payload.info.last_token_usage))) AS last,
            if(length(ifNull(line.timestamp, '')) >= 19, parseDateTime64BestEffortOrNull(assumeNotNull(line.timestamp), 3, 'UTC'), NULL) AS at_time,
            ifNull(any(meta.1) OVER whole_file, extract(path, '([^/]+?)(?:\\.jsonl)?$')) AS thread_id,
            ifNull(any(meta.2) OVER whole_file, '') AS parent_id,
            parseDateTime64BestEffortOrNull(ifNull(any(meta.3) OVER whole_file, ''), 3, 'UTC') AS forked,
            ifNull(any(meta.4) OVER whole_file, '') AS project,
            ifNull(any(meta.5) OVER whole_file, '') AS client,
            ifNull(any(meta.6) OVER whole_file, '') AS originator,
            ifNull(any(meta.7) OVER whole_file, '') AS model_provider,
            ifNull(any(meta.8) OVER whole_file, '') AS branch,
            coalesce(nullIf(line.payload.info.model, ''), anyLast(named_model) OVER so_far, '') AS known_model,
            ifNull(anyLast(line.payload.effort) OVER so_far, '') AS effort,
            ifNull(anyLast(line.payload.thread_settings.service_tier) OVER so_far, '') AS tier
        FROM
        (
            SELECT path, record, text, JSONExtract(text, line_type) AS line,
                line.type IS NOT NULL OR line.timestamp IS NOT NULL OR isValidJSON(text) AS readable,
                ifNull(line.payload.type = 'token_count', false) AS is_count,
                ifNull(line.type = 'token_usage_record', false) AS is_response,
                ifNull(line.payload.response_id, '') AS response_id,
                if(line.type = 'compacted', ifNull(line.payload.compaction_response_id, ''), '') AS compacting,
                -- the first session_meta is the file's own; a fork's copy of its parent's follows
                if(line.type = 'session_meta', tuple(
                    coalesce(line.payload.id, ''),
                    coalesce(line.payload.forked_from_id, line.payload.source.subagent.thread_spawn.parent_thread_id, ''),
                    coalesce(line.timestamp, line.payload.timestamp, ''),
                    coalesce(line.payload.cwd, ''),
                    coalesce(line.payload.cli_version, ''),
                    coalesce(line.payload.originator, ''),
                    coalesce(line.payload.model_provider, ''),
                    coalesce(line.payload.git.branch, '')), NULL) AS meta,
                if(line.type = 'turn_context', nullIf(coalesce(line.payload.model, line.payload.model_name, line.payload.metadata.model), ''), NULL) AS named_model
            FROM (SELECT path, record, line AS text FROM {{records}})
            WHERE record > 0
        )
        WINDOW
            whole_file AS (PARTITION BY path ORDER BY record ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
            so_far AS (PARTITION BY path ORDER BY record ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
    WHERE is_count OR is_compaction OR NOT readable
)
WHERE NOT readable OR bad_counts OR gained[1] + gained[3] > 0
