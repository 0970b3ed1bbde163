-- Bedrock's tokens in AWS's Cost and Usage Report, as usage: a line is a bucket of one kind of token.
-- Lines of money without tokens, credits and taxes are passed over: this is no bill.
WITH
    {{cells}},
    'the cell is missing or empty' AS missing
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS event_id,
    {{arrived_at}} AS version,
    ifNull(began, toDateTime64(0, 3, 'UTC')) AS ts,
    'bucket' AS grain,
    -- the report counts no requests
    0 AS requests,
    'aws' AS provider,
    model_told AS model,
    ifNull(principal_cell, '') AS user,
    coalesce(account_name_cell, account_cell, '') AS project,
    toUInt64(if(token_kind = 'input', counted, 0)) AS input_tokens,
    toUInt64(if(token_kind = 'cache_write_5m', counted, 0)) AS cache_write_5m_tokens,
    toUInt64(if(token_kind = 'cache_write_1h', counted, 0)) AS cache_write_1h_tokens,
    toUInt64(if(token_kind = 'cache_read', counted, 0)) AS cache_read_tokens,
    toUInt64(if(token_kind = 'output', counted, 0)) AS output_tokens,
    if(currency_code = 'USD', accurateCastOrNull(round(charged, 9), 'Decimal(18, 9)'), NULL) AS reported_cost_usd,
    CAST(if(tier IN ('batch', 'flex', 'priority'), tier, 'standard'), 'Enum8(\'standard\' = 0, \'fast\' = 1, \'batch\' = 2, \'flex\' = 3, \'priority\' = 4)') AS speed,
    mapFilter((name, value) -> value != '', map(
        'region', if(region_cell IS NULL, region_code, assumeNotNull(region_cell)),
        'routing', routing,
        'tier', tier,
        'usage_type', usage_text,
        'account', ifNull(account_cell, ''),
        'resource', ifNull(resource_cell, ''))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY counted, record) AS ordinal
    FROM
    (
        SELECT *,
            if(problem.1 = '',
                sipHash128('bedrock-cur-usage', assumeNotNull(began), ifNull(ended, assumeNotNull(began)), ifNull(account_cell, ''), ifNull(code_cell, ''),
                    ifNull(type_cell, ''), ifNull(usage_type_cell, ''), ifNull(operation_cell, ''), ifNull(resource_cell, ''),
                    ifNull(principal_cell, ''), ifNull(unit_cell, '')),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                toUInt64(greatest(ifNull(round(units * tokens_a_unit), 0), 0)) AS counted,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    start_cell IS NULL, (missing, 'line_item_usage_start_date', ''),
                    began IS NULL, ('not a date with a time', 'line_item_usage_start_date', assumeNotNull(start_cell)),
                    quantity_cell IS NULL, (missing, 'line_item_usage_amount', ''),
                    ifNull(units < 0 OR units >= 1000000000, true), ('not a quantity', 'line_item_usage_amount', ifNull(quantity_cell, '')),
                    tokens_a_unit = 0, ('a unit that does not say how many tokens it has', 'pricing_unit', ifNull(unit_cell, '')),
                    cost_cell IS NOT NULL AND ifNull(abs(charged) >= 1000000000, true), ('not an amount of money', 'line_item_unblended_cost', coalesce(net_cost_cell, cost_cell, '')),
                    short, ('fewer cells than the header has', '', ''),
                    ('', '', '')) AS problem
            FROM
            (
                SELECT *,
                    {{usage_type}},
                    moment(start_cell) AS began,
                    moment(end_cell) AS ended,
                    amount(coalesce(net_cost_cell, cost_cell)) AS charged,
                    upper(ifNull(currency_cell, 'USD')) AS currency_code,
                    amount(quantity_cell) AS units
                FROM {{records}}
                WHERE positionCaseInsensitive(concat(ifNull(code_cell, ''), ' ', ifNull(product_cell, ''), ' ', ifNull(description_cell, '')), 'bedrock') > 0
                    OR surplus IS NOT NULL
            )
            WHERE (token_kind != '' AND ifNull(type_cell, 'Usage') IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')) OR surplus IS NOT NULL
        )
    )
)
