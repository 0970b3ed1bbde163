-- Sums per hour and session, and more in the sums per hour, so that nothing but the requests of one
-- session is read from single events.
-- Serves the views `sessions` and `blocks`, `tallyd report session` and `blocks`, and the panels of
-- Overview (Top sessions), Cost and Tokens (Per session), Sessions, Blocks, Distribution (Requests by …)
-- and Cost (Reported against calculated).

-- One row per hour, session and everything that filters name but the status. What has no session is
-- here, too. `late`: after the hour's first moment; a request at exactly an hour may still belong to the
-- five-hour block that ends there. Computed as `usage_hourly_rows` are; as long kept as the events.
CREATE TABLE IF NOT EXISTS tallyd.usage_by_session_rows
(
    hour DateTime('UTC'),
    generation UInt64,
    source LowCardinality(String),
    dataset LowCardinality(String),
    session_id String,
    grain Enum8('request' = 1, 'bucket' = 2),
    late Bool,
    provider LowCardinality(String),
    model LowCardinality(String),
    user LowCardinality(String),
    project LowCardinality(String),
    events UInt64,
    requests UInt64,
    errors UInt64,
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
    unpriced_requests UInt64,
    unpriced_tokens UInt64,
    auto_unpriced_requests UInt64,
    auto_unpriced_tokens UInt64,
    unreported_requests UInt64,
    unreported_tokens UInt64,
    first_ts DateTime64(3, 'UTC'),
    newest_ts DateTime64(3, 'UTC'),
    version UInt64,
    is_deleted UInt8,
    INDEX of_session session_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, generation, source, dataset, session_id, grain, late, provider, model, user, project)
SETTINGS index_granularity = 2048;

CREATE VIEW IF NOT EXISTS tallyd.usage_by_session AS
WITH (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'cost_mode') AS cost_mode
SELECT
    hour, source, dataset, session_id, grain, late, provider, model, user, project, events, requests, errors,
    input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
    unclassified_tokens, total_tokens, reported_cost_usd, calculated_cost_usd, auto_cost_usd,
    multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost_usd) AS cost_usd,
    unpriced_requests, unpriced_tokens, auto_unpriced_requests, auto_unpriced_tokens, unreported_requests, unreported_tokens,
    first_ts, newest_ts
FROM tallyd.usage_by_session_rows FINAL
WHERE generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live');

CREATE OR REPLACE VIEW tallyd.sessions AS
SELECT
    s.source AS source, s.dataset AS dataset, s.session_id AS session_id,
    any(s.user) AS user,
    argMax(s.project, s.newest_ts) AS project,
    min(s.first_ts) AS first_activity,
    max(s.newest_ts) AS last_activity,
    sum(s.events) AS events,
    sum(s.requests) AS requests,
    arraySort(groupUniqArrayIf(s.model, s.model != '')) AS models,
    sum(s.input_tokens) AS input_tokens,
    sum(s.cache_write_5m_tokens) AS cache_write_5m_tokens,
    sum(s.cache_write_1h_tokens) AS cache_write_1h_tokens,
    sum(s.cache_read_tokens) AS cache_read_tokens,
    sum(s.output_tokens) AS output_tokens,
    sum(s.reasoning_tokens) AS reasoning_tokens,
    sum(s.unclassified_tokens) AS unclassified_tokens,
    sum(s.total_tokens) AS total_tokens,
    sum(s.cost_usd) AS cost_usd,
    sum(s.errors) AS errors
FROM tallyd.usage_by_session AS s
WHERE s.session_id != ''
GROUP BY source, dataset, session_id;

-- As before (0008 tells how blocks are made), from the sums.
CREATE OR REPLACE VIEW tallyd.blocks AS
WITH
slot_sums AS
(
    SELECT source, toUnixTimestamp(s.hour) AS hour, late,
        min(s.first_ts) AS first_ts, max(s.newest_ts) AS last_ts, sum(s.events) AS events, sum(s.requests) AS all_requests,
        groupUniqArrayIf(model, model != '') AS slot_models,
        sum(input_tokens) AS input, sum(cache_write_5m_tokens) AS cache_write_5m, sum(cache_write_1h_tokens) AS cache_write_1h,
        sum(cache_read_tokens) AS cache_read, sum(output_tokens) AS output, sum(reasoning_tokens) AS reasoning,
        sum(unclassified_tokens) AS unclassified, sum(total_tokens) AS total, sum(cost_usd) AS cost
    FROM tallyd.usage_by_session AS s
    WHERE grain = 'request'
    GROUP BY source, hour, late
),
stretches AS
(
    SELECT source, hour, late, sum(pause) OVER (PARTITION BY source ORDER BY hour, late) AS stretch
    FROM
    (
        SELECT source, hour, late,
            hour - lagInFrame(hour, 1, 0) OVER (PARTITION BY source ORDER BY hour, late
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) > 18000 AS pause
        FROM slot_sums
    )
),
folded AS
(
    SELECT source, arraySort(groupArray((toInt64(hour), late))) AS slots_in_order,
        arrayFold(
            (state, slot) -> (
                if(slot.1 + slot.2 <= state.1 + 18000, state.1, slot.1),
                arrayPushBack(state.2, if(slot.1 + slot.2 <= state.1 + 18000, state.1, slot.1))),
            slots_in_order, (toInt64(-86400), emptyArrayInt64())).2 AS starts
    FROM stretches
    GROUP BY source, stretch
),
slot_blocks AS
(
    SELECT source, toUInt32(each.1.1) AS hour, each.1.2 AS late, each.2 AS block
    FROM folded ARRAY JOIN arrayZip(slots_in_order, starts) AS each
)
SELECT
    source,
    toDateTime(block, 'UTC') AS start_time,
    toDateTime(block + 18000, 'UTC') AS end_time,
    min(first_ts) AS first_activity,
    max(last_ts) AS last_activity,
    now() < end_time AND last_activity > now() - INTERVAL 5 HOUR AS is_active,
    sum(events) AS entries,
    sum(all_requests) AS requests,
    arraySort(groupUniqArrayArray(slot_models)) AS models,
    sum(input) AS input_tokens,
    sum(cache_write_5m) AS cache_write_5m_tokens,
    sum(cache_write_1h) AS cache_write_1h_tokens,
    sum(cache_read) AS cache_read_tokens,
    sum(output) AS output_tokens,
    sum(reasoning) AS reasoning_tokens,
    sum(unclassified) AS unclassified_tokens,
    sum(total) AS total_tokens,
    sum(cost) AS cost_usd
FROM slot_sums INNER JOIN slot_blocks USING (source, hour, late)
GROUP BY source, block;

-- Requests that have both a reported and a calculated cost, and how many requests are how large: a
-- number per bar, of single requests only. The bars' bounds are those of collector/store/histograms.ts.
ALTER TABLE tallyd.usage_hourly_rows
    ADD COLUMN IF NOT EXISTS compared_requests UInt64 AFTER auto_unpriced_tokens,
    ADD COLUMN IF NOT EXISTS compared_reported_usd Decimal(38, 9) AFTER compared_requests,
    ADD COLUMN IF NOT EXISTS compared_calculated_usd Decimal(38, 9) AFTER compared_reported_usd,
    ADD COLUMN IF NOT EXISTS tokens_histogram Array(UInt32) AFTER duration_quantiles,
    ADD COLUMN IF NOT EXISTS cost_histogram Array(UInt32) AFTER tokens_histogram,
    ADD COLUMN IF NOT EXISTS duration_histogram Array(UInt32) AFTER cost_histogram;

CREATE OR REPLACE VIEW tallyd.usage_hourly AS
WITH (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'cost_mode') AS cost_mode
SELECT
    hour, source, dataset, provider, model, user, project, status, events, requests,
    input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
    unclassified_tokens, total_tokens, reported_cost_usd, calculated_cost_usd,
    multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost_usd) AS cost_usd,
    auto_cost_usd, not_billable_auto_cost_usd, unpriced_requests, unpriced_tokens,
    tokens_quantiles, cost_quantiles, duration_quantiles,
    cache_read_saved_usd, cache_write_cost_usd, cache_write_extra_usd, auto_unpriced_requests, auto_unpriced_tokens, newest_ts,
    not_billable_calculated_cost_usd, not_billable_unpriced_tokens,
    compared_requests, compared_reported_usd, compared_calculated_usd, tokens_histogram, cost_histogram, duration_histogram
FROM tallyd.usage_hourly_rows FINAL
WHERE generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live');

-- As before (0010 tells what it is), with the new columns, and over tables where it was over views: each
-- view within a view is planned anew, and that took most of a panel's time.
CREATE OR REPLACE VIEW tallyd.usage_in_zone AS
WITH
    (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'cost_mode') AS cost_mode,
    if({zone:String} IN ('utc', 'browser', ''), 'UTC', {zone:String}) AS in_zone,
    -- looked at every 30 days, because a zone may change its mind
    arrayExists(month -> timezoneOffset(toDateTime(toUInt32({from:DateTime('UTC')}) + month * 2592000, in_zone)) % 3600 != 0,
        range(0, intDiv(greatest(dateDiff('day', {from:DateTime('UTC')}, {to:DateTime('UTC')}), 0), 30) + 2)) AS part_hours
SELECT
    hour, hour + 3600 AS until, source, dataset, provider, model, user, project, status, events, requests,
    input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
    unclassified_tokens, total_tokens, reported_cost_usd, calculated_cost_usd,
    multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost_usd) AS cost_usd, auto_cost_usd,
    not_billable_auto_cost_usd, unpriced_requests, unpriced_tokens, cache_read_saved_usd, cache_write_cost_usd,
    cache_write_extra_usd, auto_unpriced_requests, auto_unpriced_tokens, newest_ts,
    compared_requests, compared_reported_usd, compared_calculated_usd,
    tokens_quantiles, cost_quantiles, duration_quantiles
FROM tallyd.usage_hourly_rows FINAL
WHERE generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live')
    AND hour > {from:DateTime('UTC')} - 3600 AND hour <= {to:DateTime('UTC')}
    AND NOT (part_hours AND toDate(hour, in_zone) != toDate(hour + 3599, in_zone))
UNION ALL
WITH
    (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'cost_mode') AS cost_mode,
    if({zone:String} IN ('utc', 'browser', ''), 'UTC', {zone:String}) AS in_zone,
    arrayExists(month -> timezoneOffset(toDateTime(toUInt32({from:DateTime('UTC')}) + month * 2592000, in_zone)) % 3600 != 0,
        range(0, intDiv(greatest(dateDiff('day', {from:DateTime('UTC')}, {to:DateTime('UTC')}), 0), 30) + 2)) AS part_hours,
    toStartOfHour(toDateTime(ts, 'UTC')) AS whole_hour,
    coalesce(reported_cost_usd, calculated_cost_usd) AS auto_cost,
    reported_cost_usd IS NOT NULL AND calculated_cost_usd IS NOT NULL AS has_both
SELECT
    toDateTime(toStartOfInterval(ts, INTERVAL 15 MINUTE), 'UTC') AS quarter, quarter + 900,
    source, dataset, provider, model, user, project, status, count(), sum(requests),
    sum(input_tokens), sum(cache_write_5m_tokens), sum(cache_write_1h_tokens), sum(cache_read_tokens), sum(output_tokens),
    sum(reasoning_tokens), sum(unclassified_tokens), sum(total_tokens),
    sum(ifNull(reported_cost_usd, 0)), sum(ifNull(calculated_cost_usd, 0)),
    sum(ifNull(multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost), 0)), sum(ifNull(auto_cost, 0)),
    sumIf(ifNull(auto_cost, 0), NOT billable), sumIf(requests, calculated_cost_usd IS NULL), sumIf(total_tokens, calculated_cost_usd IS NULL),
    sum(cache_read_saved_usd), sum(cache_write_cost_usd), sum(cache_write_extra_usd),
    sumIf(requests, auto_cost IS NULL), sumIf(total_tokens, auto_cost IS NULL), max(ts),
    sumIf(requests, has_both), sumIf(ifNull(reported_cost_usd, 0), has_both), sumIf(ifNull(calculated_cost_usd, 0), has_both),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(total_tokens, grain = 'request'),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(toFloat64(ifNull(auto_cost, 0)), grain = 'request' AND auto_cost IS NOT NULL),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(assumeNotNull(duration_ms), grain = 'request' AND duration_ms IS NOT NULL)
FROM tallyd.usage_all_generations
WHERE generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live')
    AND part_hours AND toDate(whole_hour, in_zone) != toDate(whole_hour + 3599, in_zone)
    AND ts >= toStartOfInterval({from:DateTime('UTC')}, INTERVAL 15 MINUTE) AND ts < toDateTime64({to:DateTime('UTC')} + 1, 3, 'UTC')
GROUP BY quarter, source, dataset, provider, model, user, project, status;

-- Hours that are there already get their sums when the store opens.
INSERT INTO tallyd.stale_hours (hour, done)
SELECT DISTINCT hour, 0 FROM (
    SELECT toStartOfHour(toDateTime(ts, 'UTC')) AS hour FROM tallyd.usage_events
    UNION DISTINCT SELECT hour FROM tallyd.usage_hourly_rows);
