-- OpenAI's costs. A line is one thing charged in one bucket of time. Buckets without costs are rows
-- whose cells after the times are empty: they are no lines and no mistakes.
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    -- What was charged for, when and to whom; not how much, which a later export corrects. Lines alike
    -- in that are counted. Their order within the file decides nothing.
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS bill_id,
    {{arrived_at}} AS version,
    toDate(assumeNotNull(began)) AS day,
    'openai' AS provider,
    item.1 AS model,
    item.2 AS line_item,
    coalesce(project_name_cell, project_id_cell, '') AS project,
    coalesce(user_email_cell, user_id_cell, '') AS user,
    CAST(if(problem.1 = '', round(assumeNotNull(charged), 9), 0), 'Decimal(18, 9)') AS amount,
    currency_code AS currency,
    accurateCastOrNull(units, 'Decimal(38, 9)') AS quantity,
    ifNull(unit_cell, '') AS unit,
    mapFilter((name, value) -> value != '', map(
        'project_id', ifNull(project_id_cell, ''),
        'user_id', ifNull(user_id_cell, ''),
        'api_key_id', ifNull(api_key_cell, ''),
        'organization', coalesce(organization_name_cell, organization_id_cell, ''),
        'organization_id', ifNull(organization_id_cell, ''),
        'api_source', ifNull(api_source_cell, ''))) AS tags
FROM
(
    SELECT *,
        row_number() OVER (PARTITION BY path, identity ORDER BY
            ifNull(unit_cell, ''), ifNull(api_source_cell, ''), ifNull(charged, 0), ifNull(units, 0), record) AS ordinal
    FROM
    (
        SELECT *,
            -- A rejected record takes no ordinal from those that are read. Names may change, ids do not.
            if(problem.1 = '',
                sipHash128('openai-cost', toUnixTimestamp(assumeNotNull(began)), ifNull(line_item_cell, ''), currency_code,
                    coalesce(user_id_cell, user_email_cell, ''), ifNull(api_key_cell, ''),
                    coalesce(project_id_cell, project_name_cell, ''), coalesce(organization_id_cell, organization_name_cell, '')),
                toFixedString('', 16)) AS identity
        FROM
        (
            WITH
                {{cells}},
                -- 1788134400, also as 1788134400.0
                (cell -> toInt64OrNull(if(endsWith(ifNull(cell, ''), '.0'), substring(ifNull(cell, ''), 1, length(ifNull(cell, '')) - 2), ifNull(cell, '')))) AS seconds,
                (cell -> ifNull(seconds(cell) BETWEEN 946684800 AND 4102444799, false)) AS is_epoch,
                'the cell is missing or empty' AS missing,
                'not a time (seconds since 1970, or YYYY-MM-DDTHH:MM:SS)' AS no_time
            SELECT *,
                -- with an offset or without a zone, both in one file; without one it is UTC
                multiIf(
                    is_epoch(start_cell), toDateTime(assumeNotNull(seconds(start_cell)), 'UTC'),
                    start_cell IS NULL AND ifNull(is_date(assumeNotNull(start_iso_cell)), false), parseDateTimeBestEffortOrNull(assumeNotNull(start_iso_cell), 'UTC'),
                    NULL) AS began,
                amount(amount_cell) AS charged,
                amount(quantity_cell) AS units,
                upper(ifNull(currency_cell, '')) AS currency_code,
                -- "gpt-5-nano, input_tokens": a model has no space; what has one is no model
                ifNull(line_item_cell, '') AS item_text,
                length(item_text) - position(reverse(item_text), ' ,') AS comma,
                substring(item_text, 1, comma - 1) AS before_comma,
                multiIf(
                    position(reverse(item_text), ' ,') > 0 AND position(before_comma, ' ') = 0,
                        (before_comma, substring(item_text, comma + 2)),
                    position(item_text, ' ') = 0 AND match(item_text, '^(gpt-|o[1-9]|codex|chatgpt-|text-embedding-|ft:)'), (item_text, ''),
                    ('', item_text)) AS item,
                coalesce(amount_cell, currency_cell, quantity_cell, unit_cell, line_item_cell, user_id_cell, user_email_cell, api_key_cell,
                    project_id_cell, project_name_cell, organization_id_cell, organization_name_cell, api_source_cell) IS NULL AS no_line,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    start_cell IS NULL AND start_iso_cell IS NULL, (missing, 'start_time', ''),
                    began IS NULL, (no_time, 'start_time', coalesce(start_cell, start_iso_cell, '')),
                    end_cell IS NOT NULL AND NOT is_epoch(end_cell), (no_time, 'end_time', assumeNotNull(end_cell)),
                    -- an empty bucket has its times; a line that was cut off has not even those
                    no_line, if(short AND end_iso_cell IS NULL, ('fewer cells than the header has', '', ''), ('', '', '')),
                    amount_cell IS NULL, (missing, 'amount_value', ''),
                    ifNull(abs(charged) >= 1000000000, true), ('not an amount of money', 'amount_value', assumeNotNull(amount_cell)),
                    currency_cell IS NULL, (missing, 'amount_currency', ''),
                    NOT match(currency_code, '^[A-Z]{3}$'), ('not a currency', 'amount_currency', assumeNotNull(currency_cell)),
                    quantity_cell IS NOT NULL AND units IS NULL, ('not a number', 'quantity', assumeNotNull(quantity_cell)),
                    short, ('fewer cells than the header has', '', ''),
                    ('', '', '')) AS problem
            FROM {{records}}
        )
        WHERE NOT no_line OR problem.1 != ''
    )
)
