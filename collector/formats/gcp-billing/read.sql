-- Google Cloud's billing export: the lines of Gemini and of models on Vertex AI, others are passed over.
-- What is due is the cost with its credits, which are negative.
WITH 'the cell is missing or empty' AS missing
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    if(problem.1 = '', '', substringUTF8(line, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS bill_id,
    {{arrived_at}} AS version,
    toDate(assumeNotNull(began)) AS day,
    'google' AS provider,
    replaceAll(replaceRegexpAll(model_words, ' +', '-'), if(startsWith(model_words, 'claude'), '.', ' '), '-') AS model,
    ifNull(sku_cell, '') AS line_item,
    ifNull(project_cell, '') AS project,
    CAST(if(problem.1 = '', round(assumeNotNull(charged) + credit, 9), 0), 'Decimal(18, 9)') AS amount,
    currency_code AS currency,
    accurateCastOrNull(units, 'Decimal(38, 9)') AS quantity,
    ifNull(unit_cell, '') AS unit,
    mapFilter((name, value) -> value != '', map(
        'service', ifNull(service_cell, ''),
        'token_kind', multiIf(
            position(words, 'cach') > 0 AND position(words, 'output') = 0, if(position(words, 'storage') > 0, '', 'cache_read'),
            position(words, 'output') > 0, 'output',
            position(words, 'input') > 0, 'input',
            ''),
        'tier', extract(words, '(batch|priority|flex)'),
        'region', ifNull(region_cell, ''),
        'cost_type', if(cost_type_cell = 'regular', '', ifNull(cost_type_cell, '')),
        'credits', if(credit = 0, '', toString(credit)))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY ifNull(charged, 0), credit, ifNull(units, 0), record) AS ordinal
    FROM
    (
        SELECT *,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '',
                sipHash128('gcp-billing', assumeNotNull(began), ifNull(ended, assumeNotNull(began)), coalesce(sku_id_cell, sku_cell, ''),
                    ifNull(project_cell, ''), ifNull(region_cell, ''), ifNull(cost_type_cell, ''), ifNull(month_cell, ''),
                    ifNull(labels_cell, ''), ifNull(resource_cell, ''), currency_code),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                multiIf(
                    broken, ('not valid JSON (cut off or broken)', '', ''),
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    start_cell IS NULL, (missing, 'usage_start_time', ''),
                    began IS NULL, ('not a date with a time', 'usage_start_time', assumeNotNull(start_cell)),
                    cost_cell IS NULL, (missing, 'cost', ''),
                    ifNull(abs(charged) >= 1000000000, true), ('not an amount of money', 'cost', assumeNotNull(cost_cell)),
                    bad_credits, ('not an amount of money', 'credits', substringUTF8(coalesce(credits_cell, credit_cell, ''), 1, 200)),
                    NOT match(currency_code, '^[A-Z]{3}$'), ('not a currency', 'currency', ifNull(currency_cell, '')),
                    quantity_cell IS NOT NULL AND ifNull(abs(units) >= 1000000000000000000, true), ('not a number', 'usage.amount', assumeNotNull(quantity_cell)),
                    short, ('fewer cells than the header has', '', ''),
                    ('', '', '')) AS problem
            FROM
            (
                -- the functions of cells stay in here: one has the name of a column of bills
                WITH {{cells}}
                SELECT *,
                    lower(ifNull(sku_cell, '')) AS words,
                    lower(ifNull(service_cell, '')) AS service_words,
                    coalesce(
                        nullIf(extract(words, '(gemini [0-9.]+ (?:flash[ -]lite|flash|pro|ultra|nano))'), ''),
                        nullIf(extract(words, '(claude (?:[0-9][0-9.]* )?(?:opus|sonnet|haiku)(?: [0-9][0-9.]*)?)'), ''),
                        '') AS model_words,
                    moment(start_cell) AS began,
                    moment(end_cell) AS ended,
                    amount(cost_cell) AS charged,
                    upper(ifNull(currency_cell, 'USD')) AS currency_code,
                    amount(quantity_cell) AS units,
                    arrayMap(one -> amount(JSONExtract(one, 'amount', 'String')), JSONExtractArrayRaw(ifNull(credits_cell, ''))) AS credit_amounts,
                    if(credit_cell IS NULL, [], [amount(credit_cell)]) AS flat_amounts,
                    arrayConcat(credit_amounts, flat_amounts) AS all_credits,
                    arrayExists(one -> one IS NULL, all_credits)
                        OR (ifNull(credits_cell, '') NOT IN ('', 'null') AND JSONType(assumeNotNull(credits_cell)) != 'Array') AS bad_credits,
                    arraySum(arrayMap(one -> ifNull(one, toDecimal128(0, 14)), all_credits)) AS credit
                FROM {{records}}
            )
            WHERE broken OR surplus IS NOT NULL OR (service_cell IS NULL AND sku_cell IS NULL)
                OR match(service_words, 'gemini|generative language')
                OR (match(service_words, 'vertex ai|claude|anthropic|agent platform')
                    AND match(words, 'gemini|claude|llama|mistral|deepseek|qwen|gpt|kimi|token|text-bison|chat-bison|embedding'))
        )
    )
)
