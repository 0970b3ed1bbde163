-- OpenAI's usage: a row is a bucket of time (a minute, an hour, a day) of one project, user, key,
-- model, batch and tier, or as many of these as the export was grouped by.
--
-- input_tokens includes what was read from the cache and what was written to it, so both are taken
-- out. Columns by modality (text, audio, image) are another cut of the same tokens: never added.
WITH
    {{cells}},
    (cell -> if(is_date(ifNull(cell, '')), parseDateTime64BestEffortOrNull(ifNull(cell, ''), 3, 'UTC'), NULL)) AS iso_time,
    'a quote is opened and never closed: the cell runs over the lines that follow' AS open_quote,
    'the cell is missing or empty' AS missing,
    ['input_tokens', 'output_tokens', 'input_cached_tokens', 'input_cache_write_tokens', 'input_uncached_tokens', 'num_model_requests'] AS headers,
    -- in the order of `headers`
    [input_cell, output_cell, cached_cell, written_cell, uncached_cell, requests_cell] AS count_cells
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    -- A bucket that was not over when it was exported is exported again with more in it: its counts
    -- are no part of what it is, and the later upload decides on them.
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS event_id,
    {{arrived_at}} AS version,
    assumeNotNull(start_at) AS ts,
    'bucket' AS grain,
    counts[6] AS requests,
    ifNull(model_cell, '') AS model,
    'openai' AS provider,
    ifNull(user_cell, '') AS user,
    ifNull(project_cell, '') AS project,
    counts[1] - counts[3] - counts[4] AS input_tokens,
    counts[4] AS cache_write_5m_tokens,
    counts[3] AS cache_read_tokens,
    counts[2] AS output_tokens,
    multiIf(is_batch, 'batch', tier IN ('fast', 'flex', 'priority'), tier, 'standard') AS speed,
    mapFilter((name, value) -> value != '', map(
        'api_key_id', ifNull(api_key_cell, ''),
        'bucket', transform(seconds, [60, 3600, 86400], ['1m', '1h', '1d'], if(seconds > 0, concat(toString(seconds), 's'), '')),
        'service_tier', if(tier = speed OR tier IN ('', 'default', 'auto', 'standard'), '', tier))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY record) AS ordinal
    FROM
    (
        SELECT *,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '',
                sipHash128('openai-usage', toUnixTimestamp64Milli(assumeNotNull(start_at)), seconds, ifNull(project_cell, ''), ifNull(user_cell, ''),
                    ifNull(api_key_cell, ''), ifNull(model_cell, ''), is_batch, if(tier = 'default', '', tier)),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                lower(ifNull(batch_cell, '')) IN ('true', '1') AS is_batch,
                lower(ifNull(tier_cell, '')) AS tier,
                -- -1: cannot be read
                arrayMap(cell -> if(cell IS NULL, toInt64(0), ifNull(whole_float(cell), toInt64(-1))), count_cells) AS counts,
                arrayFirstIndex(count -> count < 0, counts) AS bad_count,
                -- seconds since 1970; the ISO columns, which have a zone in some rows only, are in UTC all the same
                if(start_cell IS NOT NULL, ifNull(whole_float(start_cell), 0), toUnixTimestamp(ifNull(iso_time(start_iso_cell), toDateTime64(0, 3, 'UTC')))) AS start_second,
                if(end_cell IS NOT NULL, ifNull(whole_float(end_cell), 0), toUnixTimestamp(ifNull(iso_time(end_iso_cell), toDateTime64(0, 3, 'UTC')))) AS end_second,
                if(start_second BETWEEN 946684800 AND 4102444799, fromUnixTimestamp64Milli(toInt64(start_second) * 1000, 'UTC'), NULL) AS start_at,
                toInt64(end_second) - toInt64(start_second) AS seconds,
                arrayFirst(cell -> position(cell.2, '\n') > 0, [
                    ('start_time', ifNull(start_cell, '')), ('end_time', ifNull(end_cell, '')), ('project_id', ifNull(project_cell, '')),
                    ('user_id', ifNull(user_cell, '')), ('api_key_id', ifNull(api_key_cell, '')), ('model', ifNull(model_cell, '')),
                    ('batch', ifNull(batch_cell, '')), ('service_tier', ifNull(tier_cell, ''))]) AS open_cell,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    open_cell.1 != '', (open_quote, open_cell.1, open_cell.2),
                    start_at IS NULL AND start_cell IS NULL, (missing, 'start_time', ''),
                    start_at IS NULL, ('not a time (seconds since 1970)', 'start_time', assumeNotNull(start_cell)),
                    seconds <= 0 OR seconds > 32000000, ('not a time after start_time (seconds since 1970)', 'end_time', ifNull(end_cell, '')),
                    -- times alone: a bucket in which nothing was used
                    is_empty, ('', '', ''),
                    short, ('fewer cells than the header has', '', ''),
                    bad_count > 0, (
                        if(position(ifNull(count_cells[bad_count], ''), '\n') > 0, open_quote, if(bad_count = 6, 'not a whole number of requests', 'not a whole number of tokens')),
                        headers[bad_count], ifNull(count_cells[bad_count], '')),
                    input_cell IS NULL, (missing, 'input_tokens', ''),
                    -- embeddings have neither
                    output_cell IS NULL AND cached_cell IS NOT NULL, (missing, 'output_tokens', ''),
                    counts[6] > 4294967295, ('not a whole number of requests', 'num_model_requests', ifNull(requests_cell, '')),
                    counts[3] + counts[4] > counts[1], ('more tokens from and to the cache than input_tokens', 'input_tokens', ifNull(input_cell, '')),
                    -- whether tokens written to the cache are uncached ones was told both ways
                    uncached_cell IS NOT NULL AND counts[5] NOT IN (counts[1] - counts[3], counts[1] - counts[3] - counts[4]), (
                        'the input columns do not add up to input_tokens', 'input_uncached_tokens', assumeNotNull(uncached_cell)),
                    ('', '', '')) AS problem
            FROM
            (
                SELECT *, coalesce(project_cell, requests_cell, user_cell, api_key_cell, model_cell, batch_cell, tier_cell, input_cell, output_cell,
                    cached_cell, written_cell, uncached_cell) IS NULL AS is_empty
                FROM {{records}}
            )
        )
        WHERE NOT (is_empty AND problem.1 = '') AND coalesce(start_cell, end_cell, start_iso_cell, end_iso_cell, if(is_empty, NULL, '-')) IS NOT NULL
    )
)
