-- Goose: running totals of every session. Each becomes one event that larger totals revise, at the
-- time when the session began. `total_tokens` and its like are those of the last request, and count
-- only where a version has no accumulated ones.
WITH
    {{cells}},
    (cell -> if(cell IS NULL, 0, if(whole_number(cell) <= 1000000000000000, whole_number(cell), NULL))) AS token_count,
    (cell -> multiIf(
        toInt64OrNull(ifNull(cell, '')) BETWEEN 1 AND 9999999999999,
            fromUnixTimestamp64Milli(assumeNotNull(toInt64OrNull(ifNull(cell, ''))) * if(assumeNotNull(toInt64OrNull(ifNull(cell, ''))) < 100000000000, 1000, 1), 'UTC'),
        is_date(ifNull(cell, '')), parseDateTime64BestEffortOrNull(ifNull(cell, ''), 3, 'UTC'), NULL)) AS time_of
SELECT
    path, record,
    multiIf(bad_counts, 'a token count is negative or not a whole number',
        at_time IS NULL, 'timestamp is missing or not a date with time', '') AS rejected,
    multiIf(bad_counts, 'tokens', at_time IS NULL, 'created_at', '') AS rejected_column,
    multiIf(bad_counts, arrayStringConcat(arrayMap(cell -> ifNull(cell, ''), [all_in_cell, all_out_cell, all_total_cell, in_cell, out_cell, total_cell]), ' '),
        at_time IS NULL, ifNull(created_cell, ''), '') AS rejected_value,
    if(rejected = '', '', concat('session ', ifNull(id_cell, ''))) AS excerpt,
    -- ids are dates with a number, so those of two people may be alike
    reinterpretAsUInt128(sipHash128('goose', ifNull(id_cell, ''), ifNull(created_cell, ''))) AS event_id,
    bitShiftLeft(toUInt128(greatest(total, told_in + told_out) + 1), 64) + toUInt128(greatest(toUnixTimestamp64Milli(ifNull(time_of(updated_cell), toDateTime64(0, 3, 'UTC'))), 0)) AS version,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    'bucket' AS grain,
    model,
    if({{provider_of_model}} = '', gateway, {{provider_of_model}}) AS provider,
    ifNull(folder_cell, '') AS project,
    ifNull(id_cell, '') AS session_id,
    toUInt64(told_in) AS input_tokens,
    toUInt64(told_out) AS output_tokens,
    toUInt64(greatest(total - told_in - told_out, 0)) AS unclassified_tokens,
    if(cost > 0 AND cost < 1000000000, toDecimal64OrNull(toString(cost), 9), NULL) AS reported_cost_usd,
    mapFilter((name, value) -> value != '', map('gateway', gateway, 'session_type', ifNull(type_cell, ''))) AS tags
FROM
(
    SELECT *,
        JSONExtractString(ifNull(config_cell, ''), 'model_name') AS model,
        ifNull(provider_cell, '') AS gateway,
        time_of(created_cell) AS at_time,
        ifNull(toFloat64OrNull(ifNull(cost_cell, '')), 0) AS cost,
        token_count(coalesce(all_in_cell, in_cell)) AS count_in,
        token_count(coalesce(all_out_cell, out_cell)) AS count_out,
        -- a total of the last request beside accumulated parts would say nothing
        token_count(coalesce(all_total_cell, if(all_in_cell IS NULL AND all_out_cell IS NULL, total_cell, NULL))) AS count_total,
        count_in IS NULL OR count_out IS NULL OR count_total IS NULL AS bad_counts,
        ifNull(count_in, 0) AS told_in,
        ifNull(count_out, 0) AS told_out,
        ifNull(count_total, 0) AS total
    FROM {{records}}
)
WHERE bad_counts OR told_in + told_out + total > 0
