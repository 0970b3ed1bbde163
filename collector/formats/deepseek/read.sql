-- DeepSeek's usage, long: a row for one kind of token, or for the number of requests, of a model and key
-- in a period. Each row is an event, so that a part of a file tells its part; requests stand in the row
-- that counts them.
WITH
    {{cells}},
    'the cell is missing or empty' AS missing,
    ['input_cache_hit_tokens', 'input_cache_miss_tokens', 'output_tokens', 'request_count'] AS kinds
SELECT
    path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    -- DeepSeek may still count the period: the amount is what the later upload decides
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS event_id,
    {{arrived_at}} AS version,
    ifNull(began, toDateTime64(0, 3, 'UTC')) AS ts,
    'bucket' AS grain,
    toUInt32(if(kind = 'request_count', least(greatest(counted, 0), 4294967295), 0)) AS requests,
    'deepseek' AS provider,
    ifNull(model_cell, '') AS model,
    ifNull(user_cell, '') AS user,
    toUInt64(if(kind = 'input_cache_miss_tokens', greatest(counted, 0), 0)) AS input_tokens,
    toUInt64(if(kind = 'input_cache_hit_tokens', greatest(counted, 0), 0)) AS cache_read_tokens,
    toUInt64(if(kind = 'output_tokens', greatest(counted, 0), 0)) AS output_tokens,
    mapFilter((name, value) -> value != '', map(
        'key', ifNull(key_name_cell, ''),
        -- in the currency of the wallet, which this file does not name
        'price', ifNull(price_cell, ''))) AS tags
FROM
(
    SELECT *, row_number() OVER (PARTITION BY path, identity ORDER BY record) AS ordinal
    FROM
    (
        SELECT *,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '',
                sipHash128('deepseek', toUnixTimestamp64Milli(assumeNotNull(began)), ifNull(user_cell, ''), ifNull(model_cell, ''),
                    ifNull(key_name_cell, ''), ifNull(key_cell, ''), kind),
                toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                multiIf(
                    ifNull(surplus, '') != '', ('more cells than the header has', '', ''),
                    start_cell IS NULL, (missing, 'start_time_iso', ''),
                    began IS NULL, ('not a date', 'start_time_iso', assumeNotNull(start_cell)),
                    end_cell IS NOT NULL AND moment(end_cell) IS NULL, ('not a date', 'end_time_iso', assumeNotNull(end_cell)),
                    model_cell IS NULL, (missing, 'model', ''),
                    type_cell IS NULL, (missing, 'type', ''),
                    NOT has(kinds, kind), ('an unknown type', 'type', ifNull(type_cell, '')),
                    amount_cell IS NULL, (missing, 'amount', ''),
                    counted < 0, ('not a whole number', 'amount', assumeNotNull(amount_cell)),
                    short, ('fewer cells than the header has', '', ''),
                    ('', '', '')) AS problem
            FROM
            (
                SELECT *,
                    moment(start_cell) AS began,
                    lower(ifNull(type_cell, '')) AS kind,
                    if(amount_cell IS NULL, toInt64(0), ifNull(whole_float(amount_cell), toInt64(-1))) AS counted
                FROM {{records}}
            )
        )
    )
)
