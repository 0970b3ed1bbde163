-- Azure's cost details: the lines of language models, others are passed over. A meter's name is no id of a
-- model: "gpt 4o 1120 Inp glbl Tokens" says model, its version, kind and routing in words that vary.
WITH 'the cell is missing or empty' AS missing
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS bill_id,
    {{arrived_at}} AS version,
    assumeNotNull(on_day) AS day,
    'azure' AS provider,
    model_told AS model,
    ifNull(meter_cell, '') AS line_item,
    coalesce(subscription_name_cell, subscription_cell, '') AS project,
    CAST(if(problem.1 = '', round(assumeNotNull(charged), 9), 0), 'Decimal(18, 9)') AS amount,
    currency_code AS currency,
    accurateCastOrNull(if(in_tokens, round(units * unit_size), units), 'Decimal(38, 9)') AS quantity,
    if(in_tokens, 'tokens', ifNull(unit_cell, '')) AS unit,
    mapFilter((name, value) -> value != '', map(
        'token_kind', token_kind,
        'model_version', if(model_told = '', '', extract(model_words, ' ([0-9]{4})$')),
        'routing', multiIf(match(words, '\\b(glbl|global|gl)\\b'), 'global', match(words, '\\b(dz|dzone|data ?zone|dtzn)\\b'), 'data-zone', match(words, '\\b(rgnl|regnl|regional)\\b'), 'regional', ''),
        'tier', extract(words, '\\b(batch|priority|flex)\\b'),
        'region', ifNull(region_cell, ''),
        'resource_group', lower(ifNull(group_cell, '')),
        'resource', lower(ifNull(resource_cell, '')),
        'charge_type', if(lower(charge_type_cell) = 'usage', '', ifNull(charge_type_cell, '')))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY ifNull(charged, 0), ifNull(units, 0), record) AS ordinal
    FROM
    (
        SELECT *,
            -- A rejected record takes no ordinal from those that are read. Azure changes the case of ids.
            if(problem.1 = '',
                sipHash128('azure-cost', assumeNotNull(on_day), ifNull(meter_cell, ''), coalesce(lower(subscription_cell), subscription_name_cell, ''),
                    lower(ifNull(resource_cell, ifNull(group_cell, ''))), lower(ifNull(region_cell, '')), ifNull(charge_type_cell, ''), ifNull(unit_cell, ''), currency_code),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                token_kind != '' AND unit_size > 0 AS in_tokens,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    date_cell IS NULL, (missing, 'Date', ''),
                    on_day IS NULL, ('not a date (YYYY-MM-DD or MM/DD/YYYY)', 'Date', assumeNotNull(date_cell)),
                    money_cell IS NULL, (missing, 'CostInBillingCurrency', ''),
                    ifNull(abs(charged) >= 1000000000, true), ('not an amount of money', 'CostInBillingCurrency', assumeNotNull(money_cell)),
                    NOT match(currency_code, '^[A-Z]{3}$'), (if(currency_code = '', missing, 'not a currency'), 'BillingCurrency', ifNull(currency_cell, '')),
                    quantity_cell IS NOT NULL AND ifNull(abs(units) >= 1000000000000000, true), ('not a number', 'Quantity', assumeNotNull(quantity_cell)),
                    short, ('fewer cells than the header has', '', ''),
                    ('', '', '')) AS problem
            FROM
            (
                -- the functions of cells stay in here: one has the name of a column of bills
                WITH {{cells}}
                SELECT *,
                    lower(ifNull(meter_cell, '')) AS words,
                    lower(concat(ifNull(category_cell, ''), ' ', ifNull(subcategory_cell, ''), ' ', ifNull(product_cell, ''), ' ', ifNull(service_cell, ''))) AS family,
                    multiIf(
                        position(words, 'token') = 0, '',
                        match(words, '\\b(out|outp|outpt|opt|output)\\b'), 'output',
                        match(words, '\\b(cache|cached|cchd|cd)\\b') AND match(words, '\\b(wr|write|writes)\\b'), 'cache_write_5m',
                        match(words, '\\b(cache|cached|cchd|cd)\\b'), 'cache_read',
                        match(words, '\\b(in|inp|inpt|input)\\b'), 'input',
                        '') AS token_kind,
                    if(token_kind = '', '', replaceRegexpOne(extract(words, '^(.+?) (?:cache|cached|cchd|cd|batch|in|inp|inpt|input|out|outp|outpt|opt|output)\\b'), '^azure openai ', '')) AS model_words,
                    replaceAll(replaceRegexpOne(model_words, ' [0-9]{4}$', ''), ' ', '-') AS model_told,
                    splitByChar('/', ifNull(date_cell, '')) AS date_parts,
                    -- American order, as Azure writes it; 13/08/2026 is refused and never guessed
                    multiIf(
                        moment(date_cell) IS NOT NULL, toDate(moment(date_cell)),
                        match(ifNull(date_cell, ''), '^[0-9]{1,2}/[0-9]{1,2}/20[0-9]{2}( |$)'), toDate(moment(concat(substring(date_parts[3], 1, 4), '-', leftPad(date_parts[1], 2, '0'), '-', leftPad(date_parts[2], 2, '0')))),
                        NULL) AS on_day,
                    coalesce(billing_cost_cell, cost_cell, dollar_cost_cell) AS money_cell,
                    amount(money_cell) AS charged,
                    upper(if(billing_cost_cell IS NULL AND cost_cell IS NULL, 'USD', ifNull(currency_cell, ''))) AS currency_code,
                    amount(quantity_cell) AS units,
                    -- 1K, 1M, 10K: each row has its own
                    ifNull(toUInt64OrNull(extract(upper(ifNull(unit_cell, '')), '^([0-9]{1,6})')), 0)
                        * multiIf(match(upper(ifNull(unit_cell, '')), '^[0-9]+ ?K'), 1000, match(upper(ifNull(unit_cell, '')), '^[0-9]+ ?M'), 1000000, 1) AS unit_size
                FROM {{records}}
            )
            WHERE surplus IS NOT NULL OR meter_cell IS NULL AND money_cell IS NULL
                OR match(family, 'openai|foundry models')
                OR (match(family, 'cognitive ?services|foundry|azure ai|machine learning|^ *$')
                    AND match(words, 'token|\\bgpt\\b|\\bclaude\\b|deepseek|llama|mistral|\\bgrok\\b'))
        )
    )
)
