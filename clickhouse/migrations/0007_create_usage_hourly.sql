-- Sums per hour, recomputed for the hours that a batch touched and for all of them when prices
-- change. A key that an hour no longer has is replaced by a deleted row.
CREATE TABLE IF NOT EXISTS tallyd.usage_hourly_rows
(
    hour DateTime('UTC'),
    generation UInt64,
    source LowCardinality(String),
    dataset LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    user LowCardinality(String),
    project LowCardinality(String),
    status LowCardinality(String),
    events UInt64,
    requests UInt64,
    input_tokens UInt64,
    cache_write_5m_tokens UInt64,
    cache_write_1h_tokens UInt64,
    cache_read_tokens UInt64,
    output_tokens UInt64,
    reasoning_tokens UInt64,
    unclassified_tokens UInt64,
    total_tokens UInt64,
    reported_cost_usd Decimal(38, 9),
    calculated_cost_usd Decimal(38, 9),
    auto_cost_usd Decimal(38, 9),
    not_billable_auto_cost_usd Decimal(38, 9),
    unpriced_requests UInt64,
    unpriced_tokens UInt64,
    tokens_quantiles AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), UInt64),
    cost_quantiles AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64),
    duration_quantiles AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), UInt32),
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, generation, source, dataset, provider, model, user, project, status);

-- Hours whose events changed and whose sums are not yet recomputed. Written before the events, so
-- that a crash in between leaves the hour to be done at the next start.
CREATE TABLE IF NOT EXISTS tallyd.stale_hours
(
    hour DateTime('UTC'),
    done UInt8,
    marked_at DateTime64(9, 'UTC') DEFAULT now64(9)
)
ENGINE = ReplacingMergeTree(marked_at)
ORDER BY hour;

CREATE VIEW IF NOT EXISTS tallyd.usage_hourly AS
WITH (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'cost_mode') AS cost_mode
SELECT
    hour, source, dataset, provider, model, user, project, status, events, requests,
    input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
    unclassified_tokens, total_tokens, reported_cost_usd, calculated_cost_usd,
    multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost_usd) AS cost_usd,
    auto_cost_usd, not_billable_auto_cost_usd, unpriced_requests, unpriced_tokens,
    tokens_quantiles, cost_quantiles, duration_quantiles
FROM tallyd.usage_hourly_rows FINAL
WHERE generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live');
