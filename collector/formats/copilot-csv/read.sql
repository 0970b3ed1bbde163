-- GitHub's reports of Copilot: a row per request (2025), or per day, user, model, sku and repository.
--
-- A quantity is in the unit of its row, premium requests or AI credits, and the two are never added
-- up: each has a tag of its own. gross_amount is what the usage is worth, net_amount what is left of
-- it after the quota of the plan. As everywhere in tallyd the cost is the worth, and `billable` says
-- whether anything was charged. Token columns are disjoint.
WITH
    {{cells}},
    'a quote is opened and never closed: the cell runs over the lines that follow' AS open_quote,
    'the cell is missing or empty' AS missing,
    timestamp_cell IS NOT NULL AS per_request,
    if(per_request, 'Requests Used', 'quantity') AS quantity_header,
    ['input', 'output', 'cache_read', 'cache_write'] AS headers,
    -- in the order of `headers`
    [input_cell, output_cell, cache_read_cell, cache_write_cell] AS count_cells,
    [quantity_header, 'gross_amount', 'discount_amount', 'net_amount', 'aic_quantity', 'aic_gross_amount'] AS number_headers,
    [quantity_cell, gross_cell, discount_cell, net_cell, credits_cell, credits_gross_cell] AS number_cells,
    (cell -> if(ifNull(amount(cell), 0) != 0, cell, '')) AS if_any
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    -- A day that was not over when it was reported is reported again with more in it: quantity,
    -- amounts and tokens are no part of what a row is, and the later upload decides on them. Of a
    -- request nothing is revised.
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS event_id,
    {{arrived_at}} AS version,
    assumeNotNull(at_time) AS ts,
    if(per_request, 'request', 'bucket') AS grain,
    -- models count as fractions of a premium request or as many: rounded, and not 0 where there was one
    multiIf(per_request, 1, unit != 'requests' OR quantity <= 0, 0, greatest(1, toUInt64(floor(quantity + 0.5)))) AS requests,
    if(is_auto, trimBoth(substring(model_cell, 6)), ifNull(model_cell, '')) AS model,
    {{provider_of_model}} AS provider,
    ifNull(user_cell, '') AS user,
    ifNull(repository_cell, '') AS project,
    counts[1] AS input_tokens,
    counts[4] AS cache_write_5m_tokens,
    counts[3] AS cache_read_tokens,
    counts[2] AS output_tokens,
    accurateCastOrNull(amount(gross_cell), 'Decimal(18, 9)') AS reported_cost_usd,
    arrayAll(cell -> cell IS NULL, count_cells) AS unmeasured,
    multiIf(net_cell IS NOT NULL, ifNull(amount(net_cell), 0) > 0, exceeds != '', exceeds = 'true', true) AS billable,
    mapFilter((name, value) -> value != '', map(
        'product', ifNull(product_cell, ''),
        'sku', ifNull(sku_cell, ''),
        'premium_requests', if(unit = 'requests', ifNull(quantity_cell, ''), ''),
        'ai_credits', if(unit = 'credits', ifNull(quantity_cell, ''), ''),
        'auto', if(is_auto, 'true', ''),
        'exceeds_quota', exceeds,
        'monthly_quota', ifNull(quota_cell, ''),
        'organization', ifNull(organization_cell, ''),
        'cost_center', ifNull(cost_center_cell, ''),
        'discount_amount', if_any(discount_cell),
        'net_amount', ifNull(net_cell, ''),
        -- what a row of requests would be in credits
        'aic_quantity', if_any(credits_cell),
        'aic_gross_amount', if_any(credits_gross_cell))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY record) AS ordinal
    FROM
    (
        SELECT *,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '',
                sipHash128('copilot', toUnixTimestamp64Milli(assumeNotNull(at_time)), per_request, ifNull(user_cell, ''), ifNull(model_cell, ''),
                    ifNull(product_cell, ''), ifNull(sku_cell, ''), unit, ifNull(organization_cell, ''), ifNull(repository_cell, ''), ifNull(cost_center_cell, ''),
                    if(per_request, ifNull(toString(quantity), ''), '')),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                replaceRegexpAll(lower(ifNull(unit_cell, '')), '[-_ ]', '') AS unit_word,
                multiIf(per_request OR unit_word IN ('requests', 'request', 'premiumrequests', 'premiumrequest'), 'requests',
                    unit_word IN ('aicredits', 'aicredit', 'credits', 'credit'), 'credits', '') AS unit,
                startsWith(ifNull(model_cell, ''), 'Auto:') AS is_auto,
                lower(ifNull(exceeds_cell, '')) AS exceeds,
                ifNull(amount(quantity_cell), -1) AS quantity,
                -- -1: cannot be read
                arrayMap(cell -> if(cell IS NULL, toInt64(0), ifNull(whole_float(cell), toInt64(-1))), count_cells) AS counts,
                arrayFirstIndex(count -> count < 0, counts) AS bad_count,
                arrayFirstIndex(cell -> cell IS NOT NULL AND ifNull(abs(amount(cell)) >= 1000000000, true), number_cells) AS bad_number,
                if(per_request, 'Timestamp', 'date') AS time_header,
                if(per_request, timestamp_cell, date_cell) AS time_cell,
                -- seven digits of a second come with the time, and three are kept
                if(is_date(ifNull(time_cell, '')), parseDateTime64BestEffortOrNull(ifNull(time_cell, ''), 3, 'UTC'), NULL) AS at_time,
                arrayFirst(cell -> position(cell.2, '\n') > 0, [
                    (time_header, ifNull(time_cell, '')), ('username', ifNull(user_cell, '')), ('model', ifNull(model_cell, '')),
                    ('product', ifNull(product_cell, '')), ('sku', ifNull(sku_cell, '')), ('unit_type', ifNull(unit_cell, '')),
                    ('organization', ifNull(organization_cell, '')), ('repository', ifNull(repository_cell, '')),
                    ('cost_center_name', ifNull(cost_center_cell, '')), ('exceeds_quota', ifNull(exceeds_cell, ''))]) AS open_cell,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    open_cell.1 != '', (open_quote, open_cell.1, open_cell.2),
                    time_cell IS NULL, (missing, time_header, ''),
                    at_time IS NULL, ('not a date (YYYY-MM-DD, with or without a time)', time_header, assumeNotNull(time_cell)),
                    short, ('fewer cells than the header has', '', ''),
                    model_cell IS NULL, (missing, 'model', ''),
                    bad_count > 0, (
                        if(position(ifNull(count_cells[bad_count], ''), '\n') > 0, open_quote, 'not a whole number of tokens'),
                        headers[bad_count], ifNull(count_cells[bad_count], '')),
                    quantity_cell IS NULL, (missing, quantity_header, ''),
                    bad_number = 1, ('not a quantity', quantity_header, assumeNotNull(quantity_cell)),
                    bad_number > 0, (if(bad_number = 5, 'not a quantity', 'not an amount of money'), number_headers[bad_number], ifNull(number_cells[bad_number], '')),
                    quantity < 0, ('not a quantity', quantity_header, assumeNotNull(quantity_cell)),
                    unit = '', ('neither requests nor AI credits', 'unit_type', ifNull(unit_cell, '')),
                    ('', '', '')) AS problem
            FROM {{records}}
            WHERE trimBoth(coalesce(timestamp_cell, date_cell, '')) != '' OR coalesce(user_cell, model_cell, quantity_cell) IS NOT NULL
        )
    )
)
