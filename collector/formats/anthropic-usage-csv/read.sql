-- Anthropic's tokens: a row is a day (or an hour) of one model, key, workspace, type of use and size of
-- context. Its token columns are disjoint: nothing is subtracted.
--
-- The export does not count requests, so neither does the event: 0.
WITH
    {{cells}},
    'a quote is opened and never closed: the cell runs over the lines that follow' AS open_quote,
    'the cell is missing or empty' AS missing,
    ['usage_input_tokens_no_cache', 'usage_input_tokens_cache_write_5m', 'usage_input_tokens_cache_write_1h', 'usage_input_tokens_cache_write',
        'usage_input_tokens_cache_read', 'usage_output_tokens', 'web_search_count'] AS headers,
    -- in the order of `headers`
    [input_cell, written_5m_cell, written_1h_cell, written_cell, read_cell, output_cell, searches_cell] AS count_cells,
    -- a column that a generation does not have says what an empty one says
    (cell -> if(lower(ifNull(cell, '')) IN ('not_available', 'n/a', 'null'), '', ifNull(cell, ''))) AS told
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    -- A day that was not over when it was exported is exported again with more in it: its counts are
    -- no part of what it is, and the later upload decides on them.
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS event_id,
    {{arrived_at}} AS version,
    assumeNotNull(at_time) AS ts,
    'bucket' AS grain,
    0 AS requests,
    ifNull(model_cell, '') AS model,
    'anthropic' AS provider,
    ifNull(workspace_cell, '') AS project,
    counts[1] AS input_tokens,
    -- where the time to live is not told, it is what a write has unless it asks for more
    counts[2] + if(written_5m_cell IS NULL AND written_1h_cell IS NULL, counts[4], 0) AS cache_write_5m_tokens,
    counts[3] AS cache_write_1h_tokens,
    counts[5] AS cache_read_tokens,
    counts[6] AS output_tokens,
    multiIf(usage_type IN ('batch', 'priority'), usage_type, lower(told(speed_cell)) = 'fast', 'fast', 'standard') AS speed,
    -- how long prompts were is told as a class, and how many there were is not
    multiIf(startsWith(told(context_cell), '>'), 200001, startsWith(told(context_cell), '≤'), 200000, 0) AS context_size,
    mapFilter((name, value) -> value != '', map(
        'api_key', ifNull(api_key_cell, ''),
        'context_window', told(context_cell),
        'inference_geo', told(geo_cell),
        'usage_type', if(usage_type = speed OR usage_type IN ('standard', 'message'), '', usage_type),
        'speed', if(lower(told(speed_cell)) IN (speed, 'standard'), '', lower(told(speed_cell))),
        'web_searches', if(counts[7] > 0, toString(counts[7]), ''))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY record) AS ordinal
    FROM
    (
        SELECT *,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '',
                sipHash128('anthropic-usage', toUnixTimestamp64Milli(assumeNotNull(at_time)), ifNull(model_cell, ''), ifNull(api_key_cell, ''),
                    ifNull(workspace_cell, ''), usage_type, told(context_cell), told(geo_cell), lower(told(speed_cell))),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                lower(told(usage_type_cell)) AS usage_type,
                -- -1: cannot be read
                arrayMap(cell -> if(cell IS NULL, toInt64(0), ifNull(whole_float(cell), toInt64(-1))), count_cells) AS counts,
                arrayFirstIndex(count -> count < 0, counts) AS bad_count,
                if(is_date(ifNull(date_cell, '')), parseDateTime64BestEffortOrNull(ifNull(date_cell, ''), 3, 'UTC'), NULL) AS at_time,
                arrayFirst(cell -> position(cell.2, '\n') > 0, [
                    ('usage_date_utc', ifNull(date_cell, '')), ('model_version', ifNull(model_cell, '')), ('api_key', ifNull(api_key_cell, '')),
                    ('workspace', ifNull(workspace_cell, '')), ('usage_type', ifNull(usage_type_cell, '')), ('context_window', ifNull(context_cell, '')),
                    ('inference_geo', ifNull(geo_cell, '')), ('speed', ifNull(speed_cell, ''))]) AS open_cell,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    open_cell.1 != '', (open_quote, open_cell.1, open_cell.2),
                    date_cell IS NULL, (missing, 'usage_date_utc', ''),
                    at_time IS NULL, ('not a date (YYYY-MM-DD, with or without a time)', 'usage_date_utc', assumeNotNull(date_cell)),
                    short, ('fewer cells than the header has', '', ''),
                    model_cell IS NULL, (missing, 'model_version', ''),
                    bad_count > 0, (
                        multiIf(position(ifNull(count_cells[bad_count], ''), '\n') > 0, open_quote, bad_count = 7, 'not a whole number of searches', 'not a whole number of tokens'),
                        headers[bad_count], ifNull(count_cells[bad_count], '')),
                    input_cell IS NULL, (missing, 'usage_input_tokens_no_cache', ''),
                    output_cell IS NULL, (missing, 'usage_output_tokens', ''),
                    ('', '', '')) AS problem
            FROM {{records}}
            -- files end in lines that are blank but for spaces or commas
            WHERE trimBoth(ifNull(date_cell, '')) != '' OR coalesce(model_cell, api_key_cell, workspace_cell, input_cell, output_cell) IS NOT NULL
        )
    )
)
