-- Cursor's usage events, every header it was ever exported with. Columns that a variant does not
-- have are NULL, as empty cells are.
--
-- The two input columns are disjoint: "w/ Cache Write" counts tokens written to the cache, "w/o"
-- those that were neither written nor read there. Nothing is subtracted.
WITH
    {{cells}},
    'a quote is opened and never closed: the cell runs over the lines that follow' AS open_quote,
    'the cell is missing or empty' AS missing,
    -- cells in the order of `counts`
    if(json_cell IS NULL,
        ['Input (w/o Cache Write)', 'Input (w/ Cache Write)', 'Cache Read', 'Output Tokens', 'Tokens', 'Total Tokens'],
        ['inputTokens', 'cacheWriteTokens', 'cacheReadTokens', 'outputTokens', 'Tokens', 'Total Tokens']) AS headers,
    [uncached_cell, written_cell, read_cell, output_cell, tokens_cell, total_cell] AS count_cells,
    if(json_cell IS NULL, 'Cost', 'totalCents') AS cost_header
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    -- What an export never revises, and the ordinal among records of the file alike in it, so that
    -- overlapping exports meet and two requests truly alike both count. The later upload decides on
    -- what Cursor does revise, cost and kind.
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS event_id,
    {{arrived_at}} AS version,
    assumeNotNull(at_time) AS ts,
    {{provider_of_model}} AS provider,
    ifNull(model_cell, '') AS model,
    ifNull(user_cell, '') AS user,
    multiIf(position(words, 'errored') > 0, 'error', position(words, 'aborted') > 0, 'aborted', 'ok') AS status,
    position(words, 'not charged') = 0 AND position(words, 'no charge') = 0 AND NOT endsWith(concat(' ', words), ' free') AS billable,
    counts[1] AS input_tokens,
    counts[2] AS cache_write_5m_tokens,
    counts[3] AS cache_read_tokens,
    counts[4] AS output_tokens,
    unclassified AS unclassified_tokens,
    accurateCastOrNull(dollars, 'Decimal(18, 9)') AS reported_cost_usd,
    mapFilter((name, value) -> value != '', map(
        'kind', ifNull(kind_cell, ''),
        'max_mode', transform(lower(ifNull(max_mode_cell, '')), ['yes', 'no'], ['true', 'false']),
        'cost_to_you', ifNull(cost_to_you_cell, ''),
        'cursor_requests', ifNull(requests_cell, ''),
        'cloud_agent_id', ifNull(cloud_agent_cell, ''),
        'automation_id', ifNull(automation_cell, ''))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY record) AS ordinal
    FROM
    (
        SELECT *,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '',
                sipHash128('cursor', toUnixTimestamp64Milli(assumeNotNull(at_time)), ifNull(user_cell, ''), ifNull(model_cell, ''),
                    arraySlice(counts, 1, 4), unclassified),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                replaceAll(lower(ifNull(kind_cell, '')), '_', ' ') AS words,
                arrayExists(cell -> cell IS NOT NULL, arraySlice(count_cells, 1, 4)) AS by_kind,
                -- -1: cannot be read
                arrayMap(cell -> if(cell IS NULL, toInt64(0), ifNull(whole_number(cell), toInt64(-1))), count_cells) AS counts,
                arrayFirstIndex(count -> count < 0, counts) AS bad_count,
                -- beside tokens by kind, one column `Tokens` says what `Total Tokens` says
                if(by_kind, toInt64(0), counts[5]) AS unclassified,
                if(by_kind, coalesce(total_cell, tokens_cell), total_cell) AS stated_cell,
                multiIf(
                    date_cell IS NULL, NULL,
                    is_date(assumeNotNull(date_cell)), parseDateTime64BestEffortOrNull(assumeNotNull(date_cell), 3, 'UTC'),
                    length(date_cell) = 13 AND toInt64OrNull(assumeNotNull(date_cell)) BETWEEN 946684800000 AND 4102444799999,
                        fromUnixTimestamp64Milli(ifNull(toInt64OrNull(assumeNotNull(date_cell)), 0), 'UTC'),
                    NULL) AS at_time,
                coalesce(cost_cell, cents_cell) AS money_cell,
                lower(ifNull(money_cell, '')) IN ('', 'included', 'free', '-', 'nan') AS no_money,
                if(no_money, NULL, amount(money_cell) / if(cost_cell IS NULL, 100, 1)) AS dollars,
                -- text that a record can only hold when a quote before it was never closed
                arrayFirst(cell -> position(cell.2, '\n') > 0, [
                    ('Date', ifNull(date_cell, '')), ('User', ifNull(user_cell, '')), ('Kind', ifNull(kind_cell, '')),
                    ('Model', ifNull(model_cell, '')), ('Max Mode', ifNull(max_mode_cell, '')), (cost_header, ifNull(money_cell, ''))]) AS open_cell,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    open_cell.1 != '', (open_quote, open_cell.1, open_cell.2),
                    date_cell IS NULL, (missing, 'Date', ''),
                    at_time IS NULL, ('not a date (YYYY-MM-DD, with or without a time, or milliseconds)', 'Date', assumeNotNull(date_cell)),
                    model_cell IS NULL, (missing, 'Model', ''),
                    bad_count > 0, (
                        if(position(ifNull(count_cells[bad_count], ''), '\n') > 0, open_quote, 'not a whole number of tokens'), headers[bad_count], ifNull(count_cells[bad_count], '')),
                    -- Cursor leaves all token cells empty or none. Where some are, the line was cut off;
                    -- where all are, its kind or its cost must say so.
                    by_kind AND stated_cell IS NULL AND arrayExists(cell -> cell IS NULL, arraySlice(count_cells, 1, 4)), (
                        missing, headers[arrayFirstIndex(cell -> cell IS NULL, count_cells)], ''),
                    short, ('fewer cells than the header has', '', ''),
                    NOT by_kind AND tokens_cell IS NULL AND total_cell IS NULL AND money_cell IS NULL AND requests_cell IS NULL
                        AND position(words, 'charge') = 0 AND NOT endsWith(concat(' ', words), ' free'), ('neither tokens nor a cost', '', ''),
                    stated_cell IS NOT NULL AND ifNull(whole_number(stated_cell), -1) != arraySum(arraySlice(counts, 1, 4)) + unclassified, (
                        'the token columns do not add up to Total Tokens', 'Total Tokens', assumeNotNull(stated_cell)),
                    NOT no_money AND ifNull(abs(dollars) >= 1000000000, true), ('not an amount of money', cost_header, assumeNotNull(money_cell)),
                    ('', '', '')) AS problem
            FROM {{records}}
        )
    )
)
