-- What caching saved and what it cost, beside each event's cost, and the cost by mode `auto` whatever
-- mode is configured. Serves the Grafana dashboards (Cache, and their variable "cost mode").
-- Savings compare with the same tokens sent as uncached input; an event without a price has none.

-- The tokens of one prompt, where a source tells only a class of sizes and counts no requests (a day of
-- many small ones is not one long one). 0: the event's tokens and requests tell.
ALTER TABLE tallyd.usage_events ADD COLUMN IF NOT EXISTS context_size UInt64 DEFAULT 0 AFTER speed;

CREATE OR REPLACE VIEW tallyd.usage_all_generations AS
WITH
    input_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens AS context_tokens,
    context_tokens + output_tokens + unclassified_tokens AS all_tokens,
    toUInt32(toUnixTimestamp(ts) % 86400) AS second_of_day,
    -- a bucket of many requests is judged by their average size, one that counts none by none
    toInt64(multiIf(context_size > 0, context_size, grain = 'bucket' AND requests = 0, 0, intDiv(context_tokens, greatest(requests, 1)))) AS request_size,
    dictGet('tallyd.rate_of', ('rate', 'rates', 'daily_from', 'daily_until', 'above'), (toString(provider), toString(model)), ts) AS found,
    if(empty(found.2), found.1, found.2[arrayLastIndex(
        (from, until, above) -> second_of_day >= from AND second_of_day < until AND request_size > above,
        found.3, found.4, found.5)]) AS rate,
    dictGet('tallyd.rate_prices', ('input', 'cache_write_5m', 'cache_write_1h', 'cache_read', 'output', 'known'),
        rate * 8 + toUInt64(CAST(speed, 'Int8'))) AS price,
    round(input_tokens * price.1 + cache_write_5m_tokens * price.2 + cache_write_1h_tokens * price.3
        + cache_read_tokens * price.4 + output_tokens * price.5, 9) AS amount
SELECT
    ts, event_id, source, dataset, grain, requests, provider, model, user, project, session_id, request_id, status,
    input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
    unclassified_tokens, all_tokens AS total_tokens, duration_ms, reported_cost_usd,
    CAST(if((rate = 0 OR NOT price.6) AND all_tokens > 0 OR unclassified_tokens > 0, NULL, amount), 'Nullable(Decimal(18, 9))') AS calculated_cost_usd,
    billable, tags, generation,
    CAST(round(cache_read_tokens * (price.1 - price.4), 9), 'Decimal(18, 9)') AS cache_read_saved_usd,
    CAST(round(cache_write_5m_tokens * price.2 + cache_write_1h_tokens * price.3, 9), 'Decimal(18, 9)') AS cache_write_cost_usd,
    CAST(round(cache_write_5m_tokens * (price.2 - price.1) + cache_write_1h_tokens * (price.3 - price.1), 9), 'Decimal(18, 9)') AS cache_write_extra_usd
FROM tallyd.usage_events FINAL;

CREATE OR REPLACE VIEW tallyd.usage AS
WITH
    (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'cost_mode') AS cost_mode,
    if(cost_mode = 'calculate', NULL, reported_cost_usd) AS counted_reported,
    if(cost_mode = 'display', NULL, calculated_cost_usd) AS counted_calculated
SELECT
    ts, event_id, source, dataset, grain, requests, provider, model, user, project, session_id, request_id, status,
    input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
    unclassified_tokens, total_tokens, duration_ms, reported_cost_usd, calculated_cost_usd,
    CAST(coalesce(counted_reported, counted_calculated, 0), 'Decimal(18, 9)') AS cost_usd,
    CAST(['unpriced', 'calculated', 'reported'][1 + greatest(2 * (counted_reported IS NOT NULL), counted_calculated IS NOT NULL)],
        'LowCardinality(String)') AS cost_source,
    billable, tags,
    CAST(coalesce(reported_cost_usd, calculated_cost_usd, 0), 'Decimal(18, 9)') AS auto_cost_usd,
    cache_read_saved_usd, cache_write_cost_usd, cache_write_extra_usd
FROM tallyd.usage_all_generations
WHERE generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live');

-- The same per hour; requests and tokens that neither the source nor the price list gives a cost;
-- and the newest event, so that the freshness of a source is no question to the events.
ALTER TABLE tallyd.usage_hourly_rows
    ADD COLUMN IF NOT EXISTS cache_read_saved_usd Decimal(38, 9) AFTER unpriced_tokens,
    ADD COLUMN IF NOT EXISTS cache_write_cost_usd Decimal(38, 9) AFTER cache_read_saved_usd,
    ADD COLUMN IF NOT EXISTS cache_write_extra_usd Decimal(38, 9) AFTER cache_write_cost_usd,
    ADD COLUMN IF NOT EXISTS auto_unpriced_requests UInt64 AFTER cache_write_extra_usd,
    ADD COLUMN IF NOT EXISTS auto_unpriced_tokens UInt64 AFTER auto_unpriced_requests,
    ADD COLUMN IF NOT EXISTS newest_ts DateTime64(3, 'UTC') AFTER auto_unpriced_tokens;

CREATE OR REPLACE VIEW tallyd.usage_hourly AS
WITH (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'cost_mode') AS cost_mode
SELECT
    hour, source, dataset, provider, model, user, project, status, events, requests,
    input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
    unclassified_tokens, total_tokens, reported_cost_usd, calculated_cost_usd,
    multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost_usd) AS cost_usd,
    auto_cost_usd, not_billable_auto_cost_usd, unpriced_requests, unpriced_tokens,
    tokens_quantiles, cost_quantiles, duration_quantiles,
    cache_read_saved_usd, cache_write_cost_usd, cache_write_extra_usd, auto_unpriced_requests, auto_unpriced_tokens, newest_ts
FROM tallyd.usage_hourly_rows FINAL
WHERE generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live');

-- Sums per hour for days in any time zone: `usage_in_zone(zone = 'Asia/Kolkata', from = …, to = …)`.
-- Where the zone's midnight lies within a UTC hour (India, Nepal, Newfoundland), that hour comes by the
-- quarter, from its events; in other zones that half is a constant nothing. `until` is the end of a row's
-- time: rows that end after `from` are in the range. `zone` may be what Grafana calls a zone.
CREATE VIEW IF NOT EXISTS tallyd.usage_in_zone AS
WITH
    if({zone:String} IN ('utc', 'browser', ''), 'UTC', {zone:String}) AS in_zone,
    -- looked at every 30 days, because a zone may change its mind
    arrayExists(month -> timezoneOffset(toDateTime(toUInt32({from:DateTime('UTC')}) + month * 2592000, in_zone)) % 3600 != 0,
        range(0, intDiv(greatest(dateDiff('day', {from:DateTime('UTC')}, {to:DateTime('UTC')}), 0), 30) + 2)) AS part_hours
SELECT
    hour, hour + 3600 AS until, source, dataset, provider, model, user, project, status, events, requests,
    input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
    unclassified_tokens, total_tokens, reported_cost_usd, calculated_cost_usd, cost_usd, auto_cost_usd,
    not_billable_auto_cost_usd, unpriced_requests, unpriced_tokens, cache_read_saved_usd, cache_write_cost_usd,
    cache_write_extra_usd, auto_unpriced_requests, auto_unpriced_tokens, newest_ts,
    tokens_quantiles, cost_quantiles, duration_quantiles
FROM tallyd.usage_hourly
WHERE hour > {from:DateTime('UTC')} - 3600 AND hour <= {to:DateTime('UTC')}
    AND NOT (part_hours AND toDate(hour, in_zone) != toDate(hour + 3599, in_zone))
UNION ALL
WITH
    if({zone:String} IN ('utc', 'browser', ''), 'UTC', {zone:String}) AS in_zone,
    arrayExists(month -> timezoneOffset(toDateTime(toUInt32({from:DateTime('UTC')}) + month * 2592000, in_zone)) % 3600 != 0,
        range(0, intDiv(greatest(dateDiff('day', {from:DateTime('UTC')}, {to:DateTime('UTC')}), 0), 30) + 2)) AS part_hours,
    toStartOfHour(toDateTime(ts, 'UTC')) AS whole_hour,
    coalesce(reported_cost_usd, calculated_cost_usd) AS auto_cost
SELECT
    toDateTime(toStartOfInterval(ts, INTERVAL 15 MINUTE), 'UTC') AS quarter, quarter + 900,
    source, dataset, provider, model, user, project, status, count(), sum(requests),
    sum(input_tokens), sum(cache_write_5m_tokens), sum(cache_write_1h_tokens), sum(cache_read_tokens), sum(output_tokens),
    sum(reasoning_tokens), sum(unclassified_tokens), sum(total_tokens),
    sum(ifNull(reported_cost_usd, 0)), sum(ifNull(calculated_cost_usd, 0)), sum(cost_usd), sum(ifNull(auto_cost, 0)),
    sumIf(ifNull(auto_cost, 0), NOT billable), sumIf(requests, calculated_cost_usd IS NULL), sumIf(total_tokens, calculated_cost_usd IS NULL),
    sum(cache_read_saved_usd), sum(cache_write_cost_usd), sum(cache_write_extra_usd),
    sumIf(requests, auto_cost IS NULL), sumIf(total_tokens, auto_cost IS NULL), max(ts),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(total_tokens, grain = 'request'),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(toFloat64(ifNull(auto_cost, 0)), grain = 'request' AND auto_cost IS NOT NULL),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(assumeNotNull(duration_ms), grain = 'request' AND duration_ms IS NOT NULL)
FROM tallyd.usage
WHERE part_hours AND toDate(whole_hour, in_zone) != toDate(whole_hour + 3599, in_zone)
    AND ts >= toStartOfInterval({from:DateTime('UTC')}, INTERVAL 15 MINUTE) AND ts < toDateTime64({to:DateTime('UTC')} + 1, 3, 'UTC')
GROUP BY quarter, source, dataset, provider, model, user, project, status;

-- Hours that are there already get the new columns: they are computed again when the store opens.
INSERT INTO tallyd.stale_hours (hour, done)
SELECT DISTINCT hour, 0 FROM (
    SELECT toStartOfHour(toDateTime(ts, 'UTC')) AS hour FROM tallyd.usage_events
    UNION DISTINCT SELECT hour FROM tallyd.usage_hourly_rows);
