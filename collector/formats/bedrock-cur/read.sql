-- The lines of Bedrock in AWS's Cost and Usage Report; those of other services are passed over. Tokens
-- are counted in thousands or millions, as each line's unit says. The amount is what is due after
-- discounts, where the report tells it.
WITH 'the cell is missing or empty' AS missing
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    -- AWS restates lines: what was charged for, when and to whom stays, how much may change
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS bill_id,
    {{arrived_at}} AS version,
    toDate(assumeNotNull(began)) AS day,
    'aws' AS provider,
    model_told AS model,
    coalesce(usage_type_cell, type_cell, '') AS line_item,
    coalesce(account_name_cell, account_cell, '') AS project,
    ifNull(principal_cell, '') AS user,
    CAST(if(problem.1 = '', round(assumeNotNull(charged), 9), 0), 'Decimal(18, 9)') AS amount,
    currency_code AS currency,
    accurateCastOrNull(if(in_tokens, round(units * tokens_a_unit), units), 'Decimal(38, 9)') AS quantity,
    if(in_tokens, 'tokens', ifNull(unit_cell, '')) AS unit,
    mapFilter((name, value) -> value != '', map(
        'token_kind', token_kind,
        'region', if(region_cell IS NULL, region_code, assumeNotNull(region_cell)),
        'routing', routing,
        'tier', tier,
        'line_item_type', if(type_cell = 'Usage', '', ifNull(type_cell, '')),
        'operation', ifNull(operation_cell, ''),
        'account', ifNull(account_cell, ''),
        'resource', ifNull(resource_cell, ''))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY ifNull(charged, 0), ifNull(units, 0), record) AS ordinal
    FROM
    (
        SELECT *,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '',
                sipHash128('bedrock-cur', assumeNotNull(began), ifNull(ended, assumeNotNull(began)), ifNull(account_cell, ''), ifNull(code_cell, ''),
                    ifNull(type_cell, ''), ifNull(usage_type_cell, ''), ifNull(operation_cell, ''), ifNull(resource_cell, ''),
                    ifNull(principal_cell, ''), currency_code, ifNull(unit_cell, '')),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                token_kind != '' AND tokens_a_unit > 0 AS in_tokens,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    start_cell IS NULL, (missing, 'line_item_usage_start_date', ''),
                    began IS NULL, ('not a date with a time', 'line_item_usage_start_date', assumeNotNull(start_cell)),
                    cost_cell IS NULL AND net_cost_cell IS NULL, (missing, 'line_item_unblended_cost', ''),
                    ifNull(abs(charged) >= 1000000000, true), ('not an amount of money', 'line_item_unblended_cost', coalesce(net_cost_cell, cost_cell, '')),
                    NOT match(currency_code, '^[A-Z]{3}$'), ('not a currency', 'line_item_currency_code', ifNull(currency_cell, '')),
                    quantity_cell IS NOT NULL AND ifNull(abs(units) >= 1000000000000000, true), ('not a number', 'line_item_usage_amount', assumeNotNull(quantity_cell)),
                    short, ('fewer cells than the header has', '', ''),
                    ('', '', '')) AS problem
            FROM
            (
                -- the functions of cells stay in here: one has the name of a column of bills
                WITH {{cells}}
                SELECT *,
                    {{usage_type}},
                    moment(start_cell) AS began,
                    moment(end_cell) AS ended,
                    amount(coalesce(net_cost_cell, cost_cell)) AS charged,
                    upper(ifNull(currency_cell, 'USD')) AS currency_code,
                    amount(quantity_cell) AS units
                FROM {{records}}
                -- models of other makers were sold through the marketplace: their product says where they run
                WHERE positionCaseInsensitive(concat(ifNull(code_cell, ''), ' ', ifNull(product_cell, ''), ' ', ifNull(description_cell, '')), 'bedrock') > 0
                    OR (code_cell IS NULL AND cost_cell IS NULL) OR surplus IS NOT NULL
            )
        )
    )
)
