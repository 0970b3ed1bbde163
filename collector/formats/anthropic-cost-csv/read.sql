-- Anthropic's costs, in every header they were exported with. Amounts are rounded to the cent.
--
-- Rows can be equal in every dimension and differ only in the amount, and all of them are true. What
-- makes a line the same is what the oldest header has, and how many lines of the file are alike in
-- that: so a month exported again with newer columns, which tell such lines further apart, meets the
-- lines that are there instead of doubling them. The later upload decides on everything else.
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS bill_id,
    {{arrived_at}} AS version,
    toDate(assumeNotNull(at_day)) AS day,
    'anthropic' AS provider,
    -- Display names become the ids that usage goes by: "Claude Opus 4.6" is claude-opus-4-6, and up to
    -- version 3 the version came first, claude-3-5-haiku. Any other name stays what it is.
    multiIf(
        match(display, '^claude (instant )?[0-9]+([.][0-9]+)?$'), replaceAll(display, ' ', '-'),
        match(display, '^claude [a-z]+ [0-9]+([.][0-9]+)?$'), if(toFloat64OrZero(words[3]) < 4,
            concat('claude-', replaceAll(words[3], '.', '-'), '-', words[2]),
            concat('claude-', words[2], '-', replaceAll(words[3], '.', '-'))),
        match(display, '^claude [0-9]+([.][0-9]+)? [a-z]+$'), concat('claude-', replaceAll(words[2], '.', '-'), '-', words[3]),
        ifNull(model_cell, '')) AS model,
    coalesce(token_type_cell, cost_type_cell, '') AS line_item,
    ifNull(workspace_cell, '') AS project,
    CAST(if(problem.1 = '', round(assumeNotNull(charged), 9), 0), 'Decimal(18, 9)') AS amount,
    'USD' AS currency,
    mapFilter((name, value) -> value NOT IN ('', 'not_available'), map(
        'api_key', ifNull(api_key_cell, ''),
        'api_key_id', ifNull(api_key_id_cell, ''),
        'api_key_status', ifNull(api_key_status_cell, ''),
        'usage_type', ifNull(usage_type_cell, ''),
        'context_window', ifNull(context_cell, ''),
        'cost_type', ifNull(cost_type_cell, ''),
        'inference_geo', ifNull(geo_cell, ''),
        'speed', ifNull(speed_cell, ''),
        'list_price_usd', ifNull(list_price_cell, ''))) AS tags
FROM
(
    SELECT *,
        -- the order within the file decides nothing
        row_number() OVER (PARTITION BY path, identity ORDER BY
            ifNull(context_cell, ''), ifNull(cost_type_cell, ''), ifNull(geo_cell, ''), ifNull(speed_cell, ''),
            ifNull(charged, 0), ifNull(list_price_cell, ''), record) AS ordinal
    FROM
    (
        SELECT *,
            lower(trimBoth(ifNull(model_cell, ''))) AS display,
            splitByChar(' ', display) AS words,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '',
                sipHash128('anthropic-cost', toDate(assumeNotNull(at_day)), display, ifNull(workspace_cell, ''),
                    ifNull(api_key_cell, ''), ifNull(usage_type_cell, ''), ifNull(token_type_cell, '')),
                toFixedString('', 16)) AS identity
        FROM
        (
            WITH
                {{cells}},
                'the cell is missing or empty' AS missing
            SELECT *,
                -- YYYY-MM-DD, also with a time, which says nothing: the day is UTC
                if(ifNull(is_date(assumeNotNull(date_cell)), false), toDateOrNull(substring(assumeNotNull(date_cell), 1, 10)), NULL) AS at_day,
                amount(cost_cell) AS charged,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    date_cell IS NULL, (missing, 'usage_date_utc', ''),
                    -- the 30th of February reads as a day elsewhere
                    at_day IS NULL OR toString(assumeNotNull(at_day)) != substring(assumeNotNull(date_cell), 1, 10), ('not a date (YYYY-MM-DD)', 'usage_date_utc', assumeNotNull(date_cell)),
                    cost_cell IS NULL, (missing, 'cost_usd', ''),
                    ifNull(abs(charged) >= 1000000000, true), ('not an amount of money', 'cost_usd', assumeNotNull(cost_cell)),
                    coalesce(model_cell, token_type_cell, cost_type_cell) IS NULL, (missing, 'model', ''),
                    short, ('fewer cells than the header has', '', ''),
                    ('', '', '')) AS problem
            FROM {{records}}
        )
    )
)
