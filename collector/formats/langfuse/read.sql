-- Langfuse's observations. `usage_details` is a map of buckets that do not overlap; its keys are free text,
-- and what they count goes by the words in them. Spans, events and tools carry no usage and are passed
-- over, unless they do.
WITH
    {{cells}},
    'the cell is missing or empty' AS missing
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    if(problem.1 = '', '', substringUTF8(line, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128('langfuse', ifNull(id_cell, ''))) AS event_id,
    {{arrived_at}} AS version,
    ifNull(began, toDateTime64(0, 3, 'UTC')) AS ts,
    ifNull(model_cell, '') AS model,
    {{provider_of_model}} AS provider,
    ifNull(user_cell, '') AS user,
    ifNull(project_cell, '') AS project,
    ifNull(session_cell, '') AS session_id,
    ifNull(id_cell, '') AS request_id,
    if(failed, 'error', 'ok') AS status,
    sums[1] AS input_tokens,
    sums[2] AS cache_write_5m_tokens,
    sums[3] AS cache_write_1h_tokens,
    sums[4] AS cache_read_tokens,
    sums[5] AS output_tokens,
    least(arraySum(arrayMap((bucket, count) -> if(position(bucket.1, 'reasoning') > 0 OR position(bucket.1, 'thought') > 0, greatest(count, 0), 0), buckets, counts)), sums[5])::UInt64 AS reasoning_tokens,
    -- buckets that say neither input nor output, and what a total tells beyond all buckets
    (sums[6] + toUInt64(greatest(total - no_tokens - toInt64(arraySum(sums)), 0)))::UInt64 AS unclassified_tokens,
    accurateCastOrNull(if(amount(latency_cell) >= 0,
        round(amount(latency_cell) * 1000),
        if(ended >= began, toUnixTimestamp64Milli(ended) - toUnixTimestamp64Milli(began), NULL)), 'UInt32') AS duration_ms,
    accurateCastOrNull(round(dollars, 9), 'Decimal(18, 9)') AS reported_cost_usd,
    mapFilter((name, value) -> value NOT IN ('', 'null'), map(
        'environment', ifNull(environment_cell, ''),
        'name', substringUTF8(ifNull(name_cell, ''), 1, 200),
        'trace_name', substringUTF8(ifNull(trace_name_cell, ''), 1, 200),
        'trace_id', ifNull(trace_cell, ''),
        'type', if(kind = 'GENERATION', '', lower(kind)),
        'version', ifNull(version_cell, ''),
        'prompt', ifNull(prompt_name_cell, ''),
        'prompt_version', ifNull(prompt_version_cell, ''))) AS tags
FROM
(
    SELECT *,
        arrayMap(kind_of -> toUInt64(arraySum(arrayMap((bucket, count) -> if(bucket.3 = kind_of, greatest(count, 0), 0), buckets, counts))), [1, 2, 3, 4, 5, 6]) AS sums,
        -- seconds, characters and the like are counted beside tokens, and within the total
        toInt64(arraySum(arrayMap((bucket, count) -> if(bucket.3 = 0, greatest(count, 0), 0), buckets, counts))) AS no_tokens,
        arrayFirstIndex(count -> count < 0, counts) AS bad_count,
        multiIf(
            broken, ('not valid JSON (cut off or broken)', '', ''),
            ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
            id_cell IS NULL, (missing, 'id', ''),
            start_cell IS NULL, (missing, 'start_time', ''),
            began IS NULL, ('not a date with a time', 'start_time', assumeNotNull(start_cell)),
            usage_text != '' AND NOT isValidJSON(usage_text), ('not a map of counts', 'usage_details', substringUTF8(usage_text, 1, 200)),
            bad_count > 0, ('not a whole number of tokens', 'usage_details', concat(buckets[bad_count].1, ': ', buckets[bad_count].2)),
            total < 0, ('not a whole number of tokens', 'usage_details', concat('total: ', total_text)),
            total > 0 AND total < no_tokens + toInt64(arraySum(sums)), ('the buckets add up to more than their total', 'usage_details', substringUTF8(usage_text, 1, 200)),
            NOT no_cost AND ifNull(abs(dollars) >= 1000000000, true), ('not an amount of money', 'total_cost', substringUTF8(cost_text, 1, 100)),
            short, ('fewer cells than the header has', '', ''),
            empty(pairs) AND no_cost AND NOT failed, ('a generation without usage', 'usage_details', ''),
            ('', '', '')) AS problem
    FROM
    (
        SELECT *,
            moment(start_cell) AS began,
            moment(end_cell) AS ended,
            upper(ifNull(type_cell, '')) AS kind,
            upper(ifNull(level_cell, '')) = 'ERROR' AS failed,
            if(ifNull(usage_cell, '') IN ('', 'null'), '', assumeNotNull(usage_cell)) AS usage_text,
            JSONExtractKeysAndValues(usage_text, 'String') AS pairs,
            ifNull(arrayFirst(pair -> lower(pair.1) = 'total', pairs).2, '') AS total_text,
            if(total_text = '', toInt64(0), ifNull(whole_float(total_text), toInt64(-1))) AS total,
            -- name, cell, and what is counted: 1 input, 2 and 3 written to the cache, 4 read from it, 5 output, 6 unknown, 0 no tokens
            arrayMap(pair -> (lower(pair.1), pair.2, multiIf(
                    position(lower(pair.1), 'token') = 0 AND match(lower(pair.1), 'character|second|image|request|page|minute'), 0,
                    position(lower(pair.1), 'cache') > 0 AND (position(lower(pair.1), 'creat') > 0 OR position(lower(pair.1), 'writ') > 0),
                        if(position(lower(pair.1), '1h') > 0, 3, 2),
                    position(lower(pair.1), 'cache') > 0, 4,
                    position(lower(pair.1), 'output') > 0 OR position(lower(pair.1), 'completion') > 0 OR position(lower(pair.1), 'reasoning') > 0, 5,
                    position(lower(pair.1), 'input') > 0 OR position(lower(pair.1), 'prompt') > 0, 1,
                    6)),
                arrayFilter(pair -> lower(pair.1) != 'total', pairs)) AS buckets,
            -- -1: cannot be read
            arrayMap(bucket -> if(bucket.2 IN ('', 'null'), toInt64(0), ifNull(whole_float(bucket.2), toInt64(-1))), buckets) AS counts,
            -- the sum of the costs, where the column of the sum is left out of the export
            multiIf(
                ifNull(cost_cell, '') NOT IN ('', 'null'), assumeNotNull(cost_cell),
                ifNull(costs_cell, '') = '', '',
                JSONHas(assumeNotNull(costs_cell), 'total'), JSONExtract(assumeNotNull(costs_cell), 'total', 'String'),
                '') AS cost_text,
            cost_text IN ('', 'null') AS no_cost,
            if(no_cost, NULL, amount(cost_text)) AS dollars
        FROM {{records}}
    )
    WHERE broken OR kind IN ('GENERATION', 'EMBEDDING') OR notEmpty(pairs) OR surplus IS NOT NULL OR short OR id_cell IS NULL OR type_cell IS NULL
)
