-- What DeepSeek charged, per period, model and wallet.
-- A day of the console begins at its midnight, which may lie in the day before in UTC: usage and bill
-- are both kept under the UTC day in which the period begins, so that they meet.
WITH 'the cell is missing or empty' AS missing
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS bill_id,
    {{arrived_at}} AS version,
    toDate(assumeNotNull(began)) AS day,
    'deepseek' AS provider,
    ifNull(model_cell, '') AS model,
    ifNull(wallet_cell, '') AS line_item,
    ifNull(user_cell, '') AS user,
    CAST(if(problem.1 = '', round(assumeNotNull(charged), 9), 0), 'Decimal(18, 9)') AS amount,
    currency_code AS currency
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY ifNull(charged, 0), record) AS ordinal
    FROM
    (
        SELECT *,
            if(problem.1 = '',
                sipHash128('deepseek-cost', assumeNotNull(began), ifNull(user_cell, ''), ifNull(model_cell, ''), ifNull(wallet_cell, ''), currency_code),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    start_cell IS NULL, (missing, 'start_time_iso', ''),
                    began IS NULL, ('not a date', 'start_time_iso', assumeNotNull(start_cell)),
                    model_cell IS NULL, (missing, 'model', ''),
                    cost_cell IS NULL, (missing, 'cost', ''),
                    ifNull(abs(charged) >= 1000000000, true), ('not an amount of money', 'cost', assumeNotNull(cost_cell)),
                    currency_cell IS NULL, (missing, 'currency', ''),
                    NOT match(currency_code, '^[A-Z]{3}$'), ('not a currency', 'currency', assumeNotNull(currency_cell)),
                    short, ('fewer cells than the header has', '', ''),
                    ('', '', '')) AS problem
            FROM
            (
                -- the functions of cells stay in here: one has the name of a column of bills
                WITH {{cells}}
                SELECT *,
                    moment(start_cell) AS began,
                    amount(cost_cell) AS charged,
                    upper(ifNull(currency_cell, '')) AS currency_code
                FROM {{records}}
            )
        )
    )
)
