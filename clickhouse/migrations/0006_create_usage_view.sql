-- Every event with its cost, the rows of a generation that is not live included (the rollup needs
-- them before they are shown). Serves `usage`, and the recomputing of `usage_hourly`.
CREATE VIEW IF NOT EXISTS tallyd.usage_all_generations AS
WITH
    input_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens AS context_tokens,
    context_tokens + output_tokens + unclassified_tokens AS all_tokens,
    toUInt32(toUnixTimestamp(ts) % 86400) AS second_of_day,
    dictGet('tallyd.price_of', ('daily_from', 'daily_until', 'above', 'input', 'cache_write_5m', 'cache_write_1h', 'cache_read', 'output', 'multipliers'),
        (toString(provider), toString(model)), ts) AS price,
    -- a bucket of many requests is judged by their average size
    toInt64(intDiv(context_tokens, greatest(requests, 1))) AS request_size,
    arrayLastIndex((from, until, above) -> second_of_day >= from AND second_of_day < until AND request_size > above,
        price.1, price.2, price.3) AS rate,
    multiIf(
        all_tokens = 0, toDecimal128(0, 9),
        rate = 0 OR unclassified_tokens > 0, NULL,
        round((input_tokens * price.4[rate] + cache_write_5m_tokens * price.5[rate] + cache_write_1h_tokens * price.6[rate]
            + cache_read_tokens * price.7[rate] + output_tokens * price.8[rate]) * price.9[CAST(speed, 'Int8') + 1], 9)) AS calculated
SELECT
    ts, event_id, source, dataset, grain, requests, provider, model, user, project, session_id, request_id, status,
    input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
    unclassified_tokens, all_tokens AS total_tokens, duration_ms, reported_cost_usd,
    CAST(calculated, 'Nullable(Decimal(18, 9))') AS calculated_cost_usd,
    billable, tags, generation
FROM tallyd.usage_events FINAL;

CREATE VIEW IF NOT EXISTS tallyd.usage AS
WITH (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'cost_mode') AS cost_mode
SELECT
    ts, event_id, source, dataset, grain, requests, provider, model, user, project, session_id, request_id, status,
    input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
    unclassified_tokens, total_tokens, duration_ms, reported_cost_usd, calculated_cost_usd,
    CAST(multiIf(
        cost_mode = 'calculate', ifNull(calculated_cost_usd, 0),
        cost_mode = 'display', ifNull(reported_cost_usd, 0),
        coalesce(reported_cost_usd, calculated_cost_usd, 0)), 'Decimal(18, 9)') AS cost_usd,
    CAST(multiIf(
        cost_mode != 'calculate' AND reported_cost_usd IS NOT NULL, 'reported',
        cost_mode != 'display' AND calculated_cost_usd IS NOT NULL, 'calculated',
        'unpriced'), 'LowCardinality(String)') AS cost_source,
    billable, tags
FROM tallyd.usage_all_generations
WHERE generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live');
