-- The whole schema, for reading and for new embedded stores. Made from the migrations by `npm run schema`:
-- do not edit it, add a migration.
-- of: 7bb0e19aa7d8638c8b0755bb111872a4f96c26d0b651c00da08db5c71bad3972

CREATE TABLE tallyd.bill_generations
(
    `generation` UInt64,
    `dataset` String,
    `state` Enum8('loading' = 1, 'live' = 2, 'replaced' = 3),
    `changed_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY generation
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.billed_cost_rows
(
    `day` Date,
    `bill_id` UInt128,
    `generation` UInt64,
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `line_item` LowCardinality(String),
    `project` LowCardinality(String),
    `user` LowCardinality(String),
    `amount` Decimal(18, 9),
    `currency` LowCardinality(String),
    `quantity` Nullable(Decimal(38, 9)),
    `unit` LowCardinality(String),
    `tags` Map(LowCardinality(String), String),
    `content` UInt64,
    `version` UInt128
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(day)
ORDER BY (day, bill_id, generation)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.budget_rows
(
    `set_id` String,
    `position` UInt32,
    `name` String,
    `period` Enum8('daily' = 1, 'weekly' = 2, 'monthly' = 3),
    `week_starts_on` Enum8('sunday' = 0, 'monday' = 1),
    `unit` Enum8('usd' = 1, 'tokens' = 2),
    `amount` Float64,
    `thresholds` Array(Float64),
    `charged_only` Bool,
    `scope` Map(String, Array(String)),
    `scope_text` String,
    `scope_columns` Array(String),
    `scope_patterns` Array(Array(String)),
    `by_events` Bool,
    `set_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(set_at)
ORDER BY (set_id, position)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.generations
(
    `generation` UInt64,
    `dataset` String,
    `state` Enum8('loading' = 1, 'live' = 2, 'replaced' = 3),
    `changed_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY generation
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.model_price_rows
(
    `provider` String,
    `model` String,
    `price_provider` String,
    `price_model` String,
    `origin` LowCardinality(String),
    `valid_from` DateTime64(3, 'UTC'),
    `valid_until` DateTime64(3, 'UTC'),
    `daily_from` UInt32,
    `daily_until` UInt32,
    `above_input_tokens` Int64,
    `ordinal` UInt32,
    `input` Decimal(18, 9),
    `cache_write_5m` Decimal(18, 9),
    `cache_write_1h` Decimal(18, 9),
    `cache_read` Decimal(18, 9),
    `output` Decimal(18, 9),
    `fast` Decimal(9, 4),
    `batch` Decimal(9, 4),
    `flex` Decimal(9, 4),
    `priority` Decimal(9, 4)
)
ENGINE = MergeTree
ORDER BY (provider, model, valid_from, ordinal)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.priced_names
(
    `provider` String,
    `model` String,
    `priced` Bool,
    `book` String,
    `looked_up_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(looked_up_at)
ORDER BY (provider, model)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.rejected_records
(
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `upload_id` String,
    `path` String,
    `record` UInt64,
    `line` UInt64,
    `column` String,
    `value` String,
    `reason` LowCardinality(String),
    `excerpt` String,
    `rejected_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(rejected_at)
ORDER BY (source, dataset, upload_id, path, record, column)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.settings
(
    `name` String,
    `value` String,
    `set_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(set_at)
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.stale_hours
(
    `hour` DateTime('UTC'),
    `done` UInt8,
    `marked_at` DateTime64(9, 'UTC') DEFAULT now64(9)
)
ENGINE = ReplacingMergeTree(marked_at)
ORDER BY hour
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.tailed_file_states
(
    `path` String,
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `size` UInt64,
    `offset` UInt64,
    `state` Enum8('following' = 1, 'gone' = 2),
    `modified_at` DateTime64(3, 'UTC'),
    `problem` String DEFAULT '',
    `seen_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(seen_at)
ORDER BY path
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.thread_turns
(
    `source` LowCardinality(String),
    `thread_id` String,
    `turn` UInt32,
    `parent_id` String,
    `forked_at` DateTime64(3, 'UTC'),
    `ts` DateTime64(3, 'UTC'),
    `dataset` LowCardinality(String),
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `project` LowCardinality(String),
    `input_tokens` UInt64,
    `cache_read_tokens` UInt64,
    `output_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `total_tokens` UInt64,
    `speed` Enum8('standard' = 0, 'fast' = 1, 'batch' = 2, 'flex' = 3, 'priority' = 4),
    `tags` Map(LowCardinality(String), String),
    `read_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(read_at)
ORDER BY (source, thread_id, turn)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.upload_reports
(
    `id` String,
    `name` String,
    `dataset` LowCardinality(String),
    `format` LowCardinality(String),
    `mode` Enum8('append' = 1, 'replace' = 2),
    `status` Enum8('received' = 1, 'running' = 2, 'done' = 3, 'failed' = 4),
    `bytes` UInt64,
    `rows_read` UInt64,
    `rows_accepted` UInt64,
    `rows_duplicate` UInt64,
    `rows_revised` UInt64,
    `rows_rejected` UInt64,
    `unpriced` Array(String),
    `error` String,
    `started_at` DateTime64(3, 'UTC'),
    `finished_at` Nullable(DateTime64(3, 'UTC')),
    `changed_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192;

CREATE TABLE tallyd.usage_by_session_rows
(
    `hour` DateTime('UTC'),
    `generation` UInt64,
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `session_id` String,
    `grain` Enum8('request' = 1, 'bucket' = 2),
    `late` Bool,
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `user` LowCardinality(String),
    `project` LowCardinality(String),
    `events` UInt64,
    `requests` UInt64,
    `errors` UInt64,
    `input_tokens` UInt64,
    `cache_write_5m_tokens` UInt64,
    `cache_write_1h_tokens` UInt64,
    `cache_read_tokens` UInt64,
    `output_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `unclassified_tokens` UInt64,
    `total_tokens` UInt64,
    `reported_cost_usd` Decimal(38, 9),
    `calculated_cost_usd` Decimal(38, 9),
    `auto_cost_usd` Decimal(38, 9),
    `unpriced_requests` UInt64,
    `unpriced_tokens` UInt64,
    `auto_unpriced_requests` UInt64,
    `auto_unpriced_tokens` UInt64,
    `unreported_requests` UInt64,
    `unreported_tokens` UInt64,
    `first_ts` DateTime64(3, 'UTC'),
    `newest_ts` DateTime64(3, 'UTC'),
    `version` UInt64,
    `is_deleted` UInt8,
    INDEX of_session session_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, generation, source, dataset, session_id, grain, late, provider, model, user, project)
SETTINGS index_granularity = 2048, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE tallyd.usage_event_places
(
    `event_id` UInt128,
    `generation` UInt64,
    `version` UInt128,
    `ts` DateTime64(3, 'UTC'),
    `content` UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (event_id, generation)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE tallyd.usage_events
(
    `ts` DateTime64(3, 'UTC'),
    `event_id` UInt128,
    `generation` UInt64,
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `grain` Enum8('request' = 1, 'bucket' = 2),
    `requests` UInt32,
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `user` LowCardinality(String),
    `project` LowCardinality(String),
    `session_id` String,
    `request_id` String,
    `status` LowCardinality(String),
    `input_tokens` UInt64 CODEC(T64, ZSTD(1)),
    `cache_write_5m_tokens` UInt64 CODEC(T64, ZSTD(1)),
    `cache_write_1h_tokens` UInt64 CODEC(T64, ZSTD(1)),
    `cache_read_tokens` UInt64 CODEC(T64, ZSTD(1)),
    `output_tokens` UInt64 CODEC(T64, ZSTD(1)),
    `reasoning_tokens` UInt64 CODEC(T64, ZSTD(1)),
    `unclassified_tokens` UInt64 CODEC(T64, ZSTD(1)),
    `duration_ms` Nullable(UInt32),
    `reported_cost_usd` Nullable(Decimal(18, 9)),
    `billable` Bool,
    `speed` Enum8('standard' = 0, 'fast' = 1, 'batch' = 2, 'flex' = 3, 'priority' = 4),
    `context_size` UInt64 DEFAULT 0,
    `unmeasured` Bool DEFAULT false,
    `tags` Map(LowCardinality(String), String),
    `version` UInt128,
    `is_deleted` UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(ts)
ORDER BY (toStartOfHour(ts), event_id, generation)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192, min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE tallyd.usage_hourly_rows
(
    `hour` DateTime('UTC'),
    `generation` UInt64,
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `user` LowCardinality(String),
    `project` LowCardinality(String),
    `status` LowCardinality(String),
    `events` UInt64,
    `requests` UInt64,
    `input_tokens` UInt64,
    `cache_write_5m_tokens` UInt64,
    `cache_write_1h_tokens` UInt64,
    `cache_read_tokens` UInt64,
    `output_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `unclassified_tokens` UInt64,
    `total_tokens` UInt64,
    `reported_cost_usd` Decimal(38, 9),
    `calculated_cost_usd` Decimal(38, 9),
    `auto_cost_usd` Decimal(38, 9),
    `not_billable_auto_cost_usd` Decimal(38, 9),
    `unpriced_requests` UInt64,
    `unpriced_tokens` UInt64,
    `cache_read_saved_usd` Decimal(38, 9),
    `cache_write_cost_usd` Decimal(38, 9),
    `cache_write_extra_usd` Decimal(38, 9),
    `auto_unpriced_requests` UInt64,
    `auto_unpriced_tokens` UInt64,
    `compared_requests` UInt64,
    `compared_reported_usd` Decimal(38, 9),
    `compared_calculated_usd` Decimal(38, 9),
    `newest_ts` DateTime64(3, 'UTC'),
    `not_billable_calculated_cost_usd` Decimal(38, 9),
    `not_billable_unpriced_tokens` UInt64,
    `tokens_quantiles` AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), UInt64),
    `cost_quantiles` AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64),
    `duration_quantiles` AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), UInt32),
    `tokens_histogram` Array(UInt32),
    `cost_histogram` Array(UInt32),
    `duration_histogram` Array(UInt32),
    `version` UInt64,
    `is_deleted` UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, generation, source, dataset, provider, model, user, project, status)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 8192, min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1;

CREATE DICTIONARY tallyd.rate_of
(
    `provider` String,
    `model` String,
    `valid_from` DateTime64(3, 'UTC'),
    `valid_until` DateTime64(3, 'UTC'),
    `rate` UInt64,
    `rates` Array(UInt64),
    `daily_from` Array(UInt32),
    `daily_until` Array(UInt32),
    `above` Array(Int64)
)
PRIMARY KEY provider, model
SOURCE(CLICKHOUSE(QUERY '\n    WITH count() = 1 AND any(above_input_tokens) < 0 AND any(daily_from) = 0 AND any(daily_until) = 86400 AS simple\n    SELECT provider, model, valid_from, addMilliseconds(valid_until, -1) AS valid_until,\n        if(simple, any(id), 0), if(simple, [], groupArray(id)), groupArray(daily_from), groupArray(daily_until), groupArray(above_input_tokens)\n    FROM (SELECT *, cityHash64(provider, model, valid_from, ordinal) AS id FROM tallyd.model_price_rows ORDER BY provider, model, valid_from, ordinal)\n    GROUP BY provider, model, valid_from, valid_until'))
LIFETIME(MIN 0 MAX 0)
LAYOUT(COMPLEX_KEY_RANGE_HASHED())
RANGE(MIN valid_from MAX valid_until);

CREATE DICTIONARY tallyd.rate_prices
(
    `rate` UInt64,
    `known` UInt8,
    `input` Decimal(38, 19),
    `cache_write_5m` Decimal(38, 19),
    `cache_write_1h` Decimal(38, 19),
    `cache_read` Decimal(38, 19),
    `output` Decimal(38, 19)
)
PRIMARY KEY rate
SOURCE(CLICKHOUSE(QUERY '\n    SELECT cityHash64(provider, model, valid_from, ordinal) * 8 + speed.1 AS rate, 1 AS known,\n        CAST(input AS Decimal(38, 15)) / 1000000 * speed.2, CAST(cache_write_5m AS Decimal(38, 15)) / 1000000 * speed.2,\n        CAST(cache_write_1h AS Decimal(38, 15)) / 1000000 * speed.2, CAST(cache_read AS Decimal(38, 15)) / 1000000 * speed.2,\n        CAST(output AS Decimal(38, 15)) / 1000000 * speed.2\n    FROM tallyd.model_price_rows\n    ARRAY JOIN [(0, toDecimal64(1, 4)), (1, fast), (2, batch), (3, flex), (4, priority)] AS speed'))
LIFETIME(MIN 0 MAX 0)
LAYOUT(HASHED());

CREATE VIEW tallyd.alert_settings
(
    `name` String,
    `value` Float64,
    `is_default` Bool
)
AS SELECT
    known.1 AS name,
    if(empty(set_value), known.2, toFloat64OrZero(set_value)) AS value,
    CAST(empty(set_value), 'Bool') AS is_default
FROM
(
    SELECT arrayJoin([('spend_spike_factor', 3.), ('spend_spike_min_usd', 5.), ('error_share', 0.1), ('error_min_requests', 20.), ('cache_hit_drop', 0.3), ('cache_min_tokens', 100000.), ('new_spender_usd', 25.), ('stale_minutes', 60.), ('rejected_records', 1.), ('block_limit_tokens', 0.), ('block_limit_usd', 0.), ('block_share', 0.8), ('unpriced_tokens', 1.)]) AS known
) AS defaults
LEFT JOIN
(
    SELECT
        s.name AS setting,
        argMax(s.value, s.set_at) AS set_value
    FROM tallyd.settings AS s
    WHERE startsWith(s.name, 'alerts.')
    GROUP BY s.name
) AS configured ON setting = concat('alerts.', known.1);

CREATE VIEW tallyd.billed_costs
(
    `day` Date,
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `line_item` LowCardinality(String),
    `project` LowCardinality(String),
    `user` LowCardinality(String),
    `amount` Decimal(18, 9),
    `currency` LowCardinality(String),
    `quantity` Nullable(Decimal(38, 9)),
    `unit` LowCardinality(String),
    `tags` Map(LowCardinality(String), String),
    `compared_model` String
)
AS WITH
    replaceRegexpOne(lower(toString(model)), '^(?:.*/)?(?:(?:[a-z]{2,6}(?:-gov)?[.])?(?:anthropic|amazon|openai|meta|mistral|deepseek|qwen|google|moonshotai|zai)[.])?', '') AS unrouted,
    replaceRegexpOne(replaceRegexpOne(unrouted, '(?:-v[0-9]+)?(?::[0-9]+k?)+$', ''), '^(claude.*)-v[0-9]+$', '\\1') AS unversioned,
    replaceRegexpOne(unversioned, '([-@]20[0-9]{6}|-20[0-9]{2}-[0-9]{2}-[0-9]{2}|-latest)$', '') AS undated,
    replaceRegexpOne(replaceAll(undated, '.', '-'), '^claude-([0-9]+(?:-[0-9]{1,2})?)-([a-z]+)$', 'claude-\\2-\\1') AS of_claude
SELECT
    day,
    source,
    dataset,
    provider,
    model,
    line_item,
    project,
    user,
    amount,
    currency,
    quantity,
    unit,
    tags,
    if(startsWith(undated, 'claude-'), replaceRegexpOne(of_claude, '-0$', ''), undated) AS compared_model
FROM tallyd.billed_cost_rows
FINAL
WHERE generation NOT IN (
    SELECT generation
    FROM tallyd.bill_generations
    FINAL
    WHERE state != 'live'
);

CREATE VIEW tallyd.billed_vs_calculated
(
    `day` Date,
    `provider` LowCardinality(String),
    `model` String,
    `billed_usd` Decimal(38, 9),
    `calculated_usd` Decimal(38, 9),
    `difference_usd` Decimal(38, 9),
    `explanation` String,
    `credits_usd` Decimal(38, 9),
    `rounding_usd` Decimal(38, 9),
    `unpriced_tokens` UInt64,
    `requests` UInt64,
    `bill_lines` UInt64,
    `usage_sources` Array(String)
)
AS SELECT
    day,
    provider,
    model,
    billed AS billed_usd,
    calculated AS calculated_usd,
    billed - calculated AS difference_usd,
    arrayStringConcat(arrayFilter(reason -> (reason != ''), [if(other_lines > 0, 'billed in another currency', ''), if(unpriced > 0, 'tokens without a price', ''), multiIf(abs(difference_usd) <= 0.000001, '', abs(difference_usd) <= rounding_usd, 'rounding', (credits < 0) AND (abs(difference_usd - credits) <= (rounding_usd + 0.000001)), 'credits', (lines = 0) AND (day_lines = 0), if(day_other_lines > 0, '', 'no bill for this day'), NOT day_models, if(day_requests = 0, 'no usage stored for this day', 'the bill tells no models'), lines = 0, if(other_lines > 0, '', 'not in the bill'), (requests_used = 0) AND (model = ''), 'charged for no model', requests_used = 0, if(day_requests = 0, 'no usage stored for this day', 'no usage stored for this model'), credits < 0, 'credits; prices or usage differ', unpriced > 0, '', 'prices or usage differ')]), '; ') AS explanation,
    credits AS credits_usd,
    CAST(if((day_lines > 0) AND (NOT day_fractions), 0.005 * greatest(lines, 1), 0), 'Decimal(38, 9)') AS rounding_usd,
    unpriced AS unpriced_tokens,
    requests_used AS requests,
    lines AS bill_lines,
    origins AS usage_sources
FROM
(
    SELECT
        *,
        sum(lines) OVER of_day AS day_lines,
        sum(other_lines) OVER of_day AS day_other_lines,
        max(fractions) OVER of_day AS day_fractions,
        max((model != '') AND ((lines + other_lines) > 0)) OVER of_day AS day_models,
        sum(requests_used) OVER of_day AS day_requests
    FROM
    (
        SELECT
            day,
            provider,
            model,
            sum(billed) AS billed,
            sum(credits) AS credits,
            sum(lines) AS lines,
            sum(other_lines) AS other_lines,
            max(fractions) AS fractions,
            sum(calculated) AS calculated,
            sum(unpriced) AS unpriced,
            sum(requests_used) AS requests_used,
            arraySort(groupUniqArrayArray(origins)) AS origins
        FROM
        (
            SELECT
                *,
                max(told_by = 'provider') OVER (PARTITION BY day, provider) AS provider_tells
            FROM
            (
                SELECT
                    day,
                    provider,
                    told_by,
                    model,
                    sum(billed_part) AS billed,
                    sum(credit_part) AS credits,
                    sum(line_count) AS lines,
                    sum(other_count) AS other_lines,
                    max(fraction) AS fractions,
                    sum(calculated_part) AS calculated,
                    sum(unpriced_part) AS unpriced,
                    sum(request_count) AS requests_used,
                    groupUniqArrayIf(origin, origin != '') AS origins
                FROM
                (
                    SELECT
                        day,
                        toString(provider) AS provider,
                        compared_model AS model,
                        'bill' AS told_by,
                        '' AS origin,
                        CAST(if(currency = 'USD', amount, 0), 'Decimal(38, 9)') AS billed_part,
                        CAST(if((currency = 'USD') AND (amount < 0), amount, 0), 'Decimal(38, 9)') AS credit_part,
                        toUInt64(currency = 'USD') AS line_count,
                        toUInt64(currency != 'USD') AS other_count,
                        (currency = 'USD') AND (amount != round(amount, 2)) AS fraction,
                        CAST(0, 'Decimal(38, 9)') AS calculated_part,
                        toUInt64(0) AS unpriced_part,
                        toUInt64(0) AS request_count
                    FROM tallyd.billed_costs
                    UNION ALL
                    WITH
                        replaceRegexpOne(lower(toString(model)), '^(?:.*/)?(?:(?:[a-z]{2,6}(?:-gov)?[.])?(?:anthropic|amazon|openai|meta|mistral|deepseek|qwen|google|moonshotai|zai)[.])?', '') AS unrouted,
                        replaceRegexpOne(replaceRegexpOne(unrouted, '(?:-v[0-9]+)?(?::[0-9]+k?)+$', ''), '^(claude.*)-v[0-9]+$', '\\1') AS unversioned,
                        replaceRegexpOne(unversioned, '([-@]20[0-9]{6}|-20[0-9]{2}-[0-9]{2}-[0-9]{2}|-latest)$', '') AS undated,
                        replaceRegexpOne(replaceAll(undated, '.', '-'), '^claude-([0-9]+(?:-[0-9]{1,2})?)-([a-z]+)$', 'claude-\\2-\\1') AS of_claude
                    SELECT
                        toDate(hour, 'UTC') AS of_day,
                        toString(provider),
                        if(startsWith(undated, 'claude-'), replaceRegexpOne(of_claude, '-0$', ''), undated),
                        if((source IN ('openai-usage-csv', 'anthropic-usage-csv', 'deepseek')), 'provider', 'others'),
                        toString(source),
                        CAST(0, 'Decimal(38, 9)'),
                        CAST(0, 'Decimal(38, 9)'),
                        toUInt64(0),
                        toUInt64(0),
                        false,
                        CAST(sum(calculated_cost_usd) - sum(not_billable_calculated_cost_usd), 'Decimal(38, 9)'),
                        toUInt64(sum(unpriced_tokens) - sum(not_billable_unpriced_tokens)),
                        sum(greatest(requests, 1))
                    FROM tallyd.usage_hourly
                    WHERE (provider IN (
                        SELECT provider
                        FROM tallyd.billed_costs
                    )) AND (source NOT IN ('cursor-csv', 'copilot-csv', 'copilot-cli', 'openrouter-csv', 'amp', 'droid'))
                    GROUP BY
                        of_day,
                        provider,
                        model,
                        source
                )
                GROUP BY
                    day,
                    provider,
                    told_by,
                    model
            )
        )
        WHERE (told_by != 'others') OR (NOT provider_tells)
        GROUP BY
            day,
            provider,
            model
    )
    WINDOW of_day AS (PARTITION BY day, provider)
);

CREATE VIEW tallyd.blocks
(
    `source` LowCardinality(String),
    `start_time` DateTime('UTC'),
    `end_time` DateTime('UTC'),
    `first_activity` DateTime64(3, 'UTC'),
    `last_activity` DateTime64(3, 'UTC'),
    `is_active` UInt8,
    `entries` UInt64,
    `requests` UInt64,
    `models` Array(String),
    `input_tokens` UInt64,
    `cache_write_5m_tokens` UInt64,
    `cache_write_1h_tokens` UInt64,
    `cache_read_tokens` UInt64,
    `output_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `unclassified_tokens` UInt64,
    `total_tokens` UInt64,
    `cost_usd` Decimal(38, 9)
)
AS WITH
    slot_sums AS
    (
        SELECT
            source,
            toUnixTimestamp(s.hour) AS hour,
            late,
            min(s.first_ts) AS first_ts,
            max(s.newest_ts) AS last_ts,
            sum(s.events) AS events,
            sum(s.requests) AS all_requests,
            groupUniqArrayIf(model, model != '') AS slot_models,
            sum(input_tokens) AS input,
            sum(cache_write_5m_tokens) AS cache_write_5m,
            sum(cache_write_1h_tokens) AS cache_write_1h,
            sum(cache_read_tokens) AS cache_read,
            sum(output_tokens) AS output,
            sum(reasoning_tokens) AS reasoning,
            sum(unclassified_tokens) AS unclassified,
            sum(total_tokens) AS total,
            sum(cost_usd) AS cost
        FROM tallyd.usage_by_session AS s
        WHERE grain = 'request'
        GROUP BY
            source,
            hour,
            late
    ),
    stretches AS
    (
        SELECT
            source,
            hour,
            late,
            sum(pause) OVER (PARTITION BY source ORDER BY hour ASC, late ASC) AS stretch
        FROM
        (
            SELECT
                source,
                hour,
                late,
                (hour - lagInFrame(hour, 1, 0) OVER (PARTITION BY source ORDER BY hour ASC, late ASC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) > 18000 AS pause
            FROM slot_sums
        )
    ),
    folded AS
    (
        SELECT
            source,
            arraySort(groupArray((toInt64(hour), late))) AS slots_in_order,
            (arrayFold((state, slot) -> (if(((slot.1) + (slot.2)) <= ((state.1) + 18000), state.1, slot.1), arrayPushBack(state.2, if(((slot.1) + (slot.2)) <= ((state.1) + 18000), state.1, slot.1))), slots_in_order, (toInt64(-86400), emptyArrayInt64()))).2 AS starts
        FROM stretches
        GROUP BY
            source,
            stretch
    ),
    slot_blocks AS
    (
        SELECT
            source,
            toUInt32((each.1).1) AS hour,
            (each.1).2 AS late,
            each.2 AS block
        FROM folded
        ARRAY JOIN arrayZip(slots_in_order, starts) AS each
    )
SELECT
    source,
    toDateTime(block, 'UTC') AS start_time,
    toDateTime(block + 18000, 'UTC') AS end_time,
    min(first_ts) AS first_activity,
    max(last_ts) AS last_activity,
    (now() < end_time) AND (last_activity > (now() - toIntervalHour(5))) AS is_active,
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
FROM slot_sums
INNER JOIN slot_blocks USING (source, hour, late)
GROUP BY
    source,
    block;

CREATE VIEW tallyd.budget_periods
(
    `name` String,
    `scope_text` String,
    `period` Enum8('daily' = 1, 'weekly' = 2, 'monthly' = 3),
    `unit` Enum8('usd' = 1, 'tokens' = 2),
    `amount` Float64,
    `period_start` DateTime('UTC'),
    `period_end` DateTime('UTC'),
    `is_current` Bool,
    `spent` Float64,
    `share` Float64,
    `requests` UInt64
)
AS WITH
    (
        SELECT argMax(value, set_at)
        FROM tallyd.settings
        WHERE name = 'timezone'
    ) AS configured,
    if(empty(ifNull(configured, '')), 'UTC', assumeNotNull(configured)) AS zone,
    toDate(now('UTC'), zone) AS today,
    ((day, every, week) -> multiIf(every = 'daily', day, every = 'monthly', toStartOfMonth(day), week = 'sunday', toStartOfWeek(day, 0), toStartOfWeek(day, 1))) AS period_of,
    ((day, every) -> multiIf(every = 'daily', day + 1, every = 'weekly', day + 7, addMonths(day, 1))) AS next_period
SELECT
    name,
    b.scope_text AS scope_text,
    b.period AS period,
    b.unit AS unit,
    b.amount AS amount,
    toTimeZone(toDateTime(period_day, zone), 'UTC') AS period_start,
    toTimeZone(toDateTime(next_period(period_day, period), zone), 'UTC') AS period_end,
    CAST(period_day = period_of(today, period, b.week_starts_on), 'Bool') AS is_current,
    if(unit = 'usd', toFloat64(sums.cost), toFloat64(sums.tokens)) AS spent,
    round(spent / amount, 9) AS share,
    sums.counted AS requests
FROM
(
    SELECT
        name,
        period_day,
        sum(cost_usd) AS cost,
        sum(total_tokens) AS tokens,
        sum(requests) AS counted,
        minIf(period_day, max(used)) OVER (PARTITION BY name) AS first_day
    FROM
    (
        SELECT
            name,
            period_day,
            cost_usd,
            total_tokens,
            requests,
            true AS used
        FROM `tallyd.budget_usage`(by_hour = 0)
        UNION ALL
        SELECT
            name,
            arrayJoin(arrayDistinct(arrayMap(i -> period_of(today - i, period, week_starts_on), range(401)))) AS period_day,
            0,
            0,
            0,
            false
        FROM tallyd.budgets_in_force
    )
    GROUP BY
        name,
        period_day
) AS sums
INNER JOIN tallyd.budgets_in_force AS b USING (name)
WHERE (period_day <= today) AND (period_day >= period_of(today - 400, period, b.week_starts_on)) AND (is_current OR ((first_day != toDate(0)) AND (period_day >= first_day)));

CREATE VIEW tallyd.budget_status
(
    `name` String,
    `scope_text` String,
    `period` Enum8('daily' = 1, 'weekly' = 2, 'monthly' = 3),
    `unit` Enum8('usd' = 1, 'tokens' = 2),
    `amount` Float64,
    `period_start` DateTime('UTC'),
    `period_end` DateTime('UTC'),
    `is_current` Bool,
    `spent` Float64,
    `share` Float64,
    `requests` UInt64,
    `elapsed_share` Float64,
    `remaining` Float64,
    `burn_rate_per_hour` Float64,
    `expected_share` Float64,
    `burn_ratio` Float64,
    `forecast` Float64,
    `forecast_share` Float64,
    `runs_out_at` Nullable(DateTime('UTC')),
    `threshold_reached` Float64,
    `next_threshold` Nullable(Float64)
)
AS WITH
    now('UTC') AS moment,
    toFloat64(dateDiff('second', period_start, period_end)) AS period_seconds,
    least(greatest(toFloat64(dateDiff('second', period_start, moment)), 1.), period_seconds) AS elapsed_seconds,
    (period_seconds - elapsed_seconds) / 3600 AS remaining_hours,
    ((amount - spent) / burn_rate_per_hour) * 3600 AS seconds_left,
    arrayFirst((reached_hour, so_far) -> (round(toFloat64(so_far) / amount, 9) >= 1), hours.1, arrayCumSum(hours.2)) AS reached_in,
    arrayFilter(threshold -> (round(threshold, 9) > share), thresholds) AS ahead
SELECT
    name,
    scope_text,
    period,
    unit,
    amount,
    period_start,
    period_end,
    true AS is_current,
    spent,
    round(spent / amount, 9) AS share,
    counted AS requests,
    elapsed_seconds / period_seconds AS elapsed_share,
    amount - spent AS remaining,
    burned / (dateDiff('second', burning_since, moment) / 3600) AS burn_rate_per_hour,
    elapsed_share AS expected_share,
    share / elapsed_share AS burn_ratio,
    spent + (burn_rate_per_hour * remaining_hours) AS forecast,
    round(forecast / amount, 9) AS forecast_share,
    CAST(multiIf(share >= 1, least(reached_in + 3600, moment), (burn_rate_per_hour > 0) AND (seconds_left < (period_seconds - elapsed_seconds)), moment + toIntervalSecond(toUInt32(least(seconds_left, period_seconds))), NULL), 'Nullable(DateTime(\'UTC\'))') AS runs_out_at,
    arrayMax(arrayConcat([0.], arrayFilter(threshold -> (round(threshold, 9) <= share), thresholds))) AS threshold_reached,
    if(empty(ahead), NULL, arrayMin(ahead)) AS next_threshold
FROM
(
    SELECT
        b.name AS name,
        any(b.scope_text) AS scope_text,
        any(b.period) AS period,
        any(b.unit) AS unit,
        any(b.amount) AS amount,
        any(b.thresholds) AS thresholds,
        any(b.current_start) AS period_start,
        any(b.current_end) AS period_end,
        any(b.burning_since) AS burning_since,
        toFloat64(sumIf(if(b.unit = 'usd', cost_usd, toDecimal128(total_tokens, 9)), period_day = b.current_day)) AS spent,
        sumIf(u.requests, period_day = b.current_day) AS counted,
        toFloat64(sumIf(if(b.unit = 'usd', cost_usd, toDecimal128(total_tokens, 9)), (hour >= b.burning_since) AND (hour <= now('UTC')))) AS burned,
        arraySort(groupArrayIf((hour, if(b.unit = 'usd', cost_usd, toDecimal128(total_tokens, 9))), period_day = b.current_day)) AS hours
    FROM
    (
        WITH
            (
                SELECT argMax(value, set_at)
                FROM tallyd.settings
                WHERE name = 'timezone'
            ) AS configured,
            if(empty(ifNull(configured, '')), 'UTC', assumeNotNull(configured)) AS zone,
            toDate(now('UTC'), zone) AS today
        SELECT
            name,
            scope_text,
            period,
            unit,
            amount,
            thresholds,
            multiIf(period = 'daily', today, period = 'monthly', toStartOfMonth(today), week_starts_on = 'sunday', toStartOfWeek(today, 0), toStartOfWeek(today, 1)) AS current_day,
            multiIf(period = 'daily', current_day + 1, period = 'weekly', current_day + 7, addMonths(current_day, 1)) AS next_day,
            toTimeZone(toDateTime(current_day, zone), 'UTC') AS current_start,
            toTimeZone(toDateTime(next_day, zone), 'UTC') AS current_end,
            toStartOfHour(now('UTC') - toIntervalHour(multiIf(period = 'daily', 3, period = 'weekly', 24, 168))) AS burning_since
        FROM tallyd.budgets_in_force
    ) AS b
    LEFT JOIN
    (
        SELECT
            name,
            period_day,
            hour,
            cost_usd,
            total_tokens,
            requests
        FROM `tallyd.budget_usage`(by_hour = 1)
    ) AS u ON u.name = b.name
    GROUP BY b.name
);

CREATE VIEW tallyd.budget_usage
AS WITH
    (
        SELECT argMax(value, set_at)
        FROM tallyd.settings
        WHERE name = 'cost_mode'
    ) AS cost_mode,
    (
        SELECT argMax(value, set_at)
        FROM tallyd.settings
        WHERE name = 'timezone'
    ) AS configured,
    if(empty(ifNull(configured, '')), 'UTC', assumeNotNull(configured)) AS zone,
    toStartOfHour(now('UTC') - toIntervalDay(if({by_hour:UInt8} = 1, 33, 440))) AS hours_since,
    (
        SELECT (groupArray((name, period, week_starts_on, charged_only, by_events, scope_columns, scope_patterns)), maxIf(multiIf(period = 'daily', 2, period = 'weekly', 9, 33), by_events), groupUniqArrayArray(scope_columns), groupUniqArrayArray(arrayMap(column -> substring(column, 6), arrayFilter(column -> startsWith(column, 'tags.'), scope_columns))), groupUniqArrayIf((period, week_starts_on), NOT by_events))
        FROM tallyd.budgets_in_force
    ) AS asked,
    if((asked.2) = 0, toDateTime(4294967295, 'UTC'), toStartOfHour(now('UTC') - toIntervalDay(if({by_hour:UInt8} = 1, asked.2, 440)))) AS events_since,
    ((day, every, week) -> multiIf(every = 'daily', day, every = 'monthly', toStartOfMonth(day), week = 'sunday', toStartOfWeek(day, 0), toStartOfWeek(day, 1))) AS period_of,
    (
        SELECT groupUniqArray(toStartOfHour(toTimeZone(toDateTime(day, zone), 'UTC')))
        FROM
        (
            SELECT toDate(hours_since, zone) + number AS day
            FROM numbers(475)
        )
        WHERE ((toUnixTimestamp(toDateTime(day, zone)) % 3600) != 0) AND arrayExists(kind -> (period_of(day, kind.1, kind.2) = day), asked.5)
    ) AS edge_hours,
    if(empty(edge_hours), toDateTime(4294967295, 'UTC'), hours_since) AS edges_since,
    combinations AS
    (
        SELECT
            false AS of_events,
            map('source', toString(of_source), 'dataset', toString(of_dataset), 'provider', toString(of_provider), 'model', toString(of_model), 'user', toString(of_user), 'project', toString(of_project), 'status', toString(of_status)) AS dimensions,
            groupArray((cell_hour, first_day, first_day, last_day, true, false, false, cell_cost, cell_tokens, cell_requests)) AS cells
        FROM
        (
            SELECT
                if(has(asked.3, 'source'), source, '') AS of_source,
                if(has(asked.3, 'dataset'), dataset, '') AS of_dataset,
                if(has(asked.3, 'provider'), provider, '') AS of_provider,
                if(has(asked.3, 'model'), model, '') AS of_model,
                if(has(asked.3, 'user'), user, '') AS of_user,
                if(has(asked.3, 'project'), project, '') AS of_project,
                if(has(asked.3, 'status'), status, '') AS of_status,
                toDate(hour, zone) AS first_day,
                toDate(hour + 3599, zone) AS last_day,
                if({by_hour:UInt8} = 1, hour, toDateTime(0, 'UTC')) AS cell_hour,
                sum(multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost_usd)) AS cell_cost,
                sum(total_tokens) AS cell_tokens,
                sum(requests) AS cell_requests
            FROM tallyd.usage_hourly_rows
            FINAL
            WHERE (hour >= hours_since) AND (generation NOT IN (
                SELECT generation
                FROM tallyd.generations
                FINAL
                WHERE state != 'live'
            ))
            GROUP BY
                of_source,
                of_dataset,
                of_provider,
                of_model,
                of_user,
                of_project,
                of_status,
                first_day,
                last_day,
                cell_hour
        )
        GROUP BY dimensions
        UNION ALL
        SELECT
            true,
            mapUpdate(mapApply((tag, tag_value) -> (concat('tags.', tag), tag_value), CAST(wanted_tags, 'Map(String, String)')), map('source', toString(source), 'dataset', toString(dataset), 'provider', toString(provider), 'model', toString(model), 'user', toString(user), 'project', toString(project), 'status', toString(status), 'session_id', session, 'grain', toString(grain))) AS dimensions,
            groupArray((cell_hour, day, first_day, last_day, billable, is_event, is_edge, cell_cost, cell_tokens, cell_requests))
        FROM
        (
            WITH
                toStartOfHour(toDateTime(ts, 'UTC')) AS ts_hour
            SELECT
                source,
                dataset,
                provider,
                model,
                user,
                project,
                status,
                grain,
                billable,
                if(has(asked.3, 'session_id'), session_id, '') AS session,
                mapFilter((tag, tag_value) -> has(asked.4, tag), tags) AS wanted_tags,
                toDate(ts, zone) AS day,
                toDate(ts_hour, zone) AS first_day,
                toDate(ts_hour + 3599, zone) AS last_day,
                if({by_hour:UInt8} = 1, ts_hour, toDateTime(0, 'UTC')) AS cell_hour,
                ts >= toDateTime64(events_since, 3, 'UTC') AS is_event,
                (ts >= toDateTime64(edges_since, 3, 'UTC')) AND has(edge_hours, ts_hour) AS is_edge,
                CAST(sum(ifNull(multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, coalesce(reported_cost_usd, calculated_cost_usd)), 0)), 'Decimal(38, 9)') AS cell_cost,
                sum(total_tokens) AS cell_tokens,
                sum(u.requests) AS cell_requests
            FROM tallyd.usage_all_generations AS u
            WHERE (ts >= toDateTime64(least(events_since, edges_since), 3, 'UTC')) AND ((ts >= toDateTime64(events_since, 3, 'UTC')) OR (toStartOfHour(ts) IN (
                SELECT arrayJoin(edge_hours)
            ))) AND (generation NOT IN (
                SELECT generation
                FROM tallyd.generations
                FINAL
                WHERE state != 'live'
            ))
            GROUP BY
                source,
                dataset,
                provider,
                model,
                user,
                project,
                status,
                grain,
                billable,
                session,
                wanted_tags,
                day,
                first_day,
                last_day,
                cell_hour,
                is_event,
                is_edge
        )
        GROUP BY dimensions
    )
SELECT
    name,
    period_day,
    cell.1 AS hour,
    sum(cell.8) AS cost_usd,
    sum(cell.9) AS total_tokens,
    sum(cell.10) AS requests
FROM
(
    SELECT
        budget.1 AS name,
        budget.2 AS every,
        budget.3 AS week,
        budget.4 AS charged_only,
        budget.5 AS by_events,
        of_events,
        arrayJoin(cells) AS cell,
        period_of(cell.2, every, week) AS period_day
    FROM
    (
        SELECT
            of_events,
            cells,
            arrayJoin(arrayFilter(each -> ((of_events OR (NOT (each.5))) AND arrayAll((column, patterns) -> arrayExists(pattern -> like(dimensions[column], pattern), patterns), each.6, each.7)), asked.1)) AS budget
        FROM combinations
    )
)
WHERE ((cell.5) OR (NOT charged_only)) AND if(of_events AND by_events, cell.6, ((cell.7) OR (NOT of_events)) AND ((period_of(cell.3, every, week) = period_of(cell.4, every, week)) != of_events))
GROUP BY
    name,
    period_day,
    hour;

CREATE VIEW tallyd.budgets
(
    `name` String,
    `scope` Map(String, Array(String)),
    `scope_text` String,
    `period` Enum8('daily' = 1, 'weekly' = 2, 'monthly' = 3),
    `unit` Enum8('usd' = 1, 'tokens' = 2),
    `amount` Float64,
    `thresholds` Array(Float64),
    `timezone` String,
    `week_starts_on` Enum8('sunday' = 0, 'monday' = 1),
    `charged_only` Bool
)
AS WITH
    (
        SELECT argMax(value, set_at)
        FROM tallyd.settings
        WHERE name = 'timezone'
    ) AS configured,
    if(empty(ifNull(configured, '')), 'UTC', assumeNotNull(configured)) AS zone
SELECT
    name,
    scope,
    scope_text,
    period,
    unit,
    amount,
    thresholds,
    zone AS timezone,
    week_starts_on,
    charged_only
FROM tallyd.budgets_in_force;

CREATE VIEW tallyd.budgets_in_force
(
    `position` UInt32,
    `name` String,
    `period` Enum8('daily' = 1, 'weekly' = 2, 'monthly' = 3),
    `week_starts_on` Enum8('sunday' = 0, 'monday' = 1),
    `unit` Enum8('usd' = 1, 'tokens' = 2),
    `amount` Float64,
    `thresholds` Array(Float64),
    `charged_only` Bool,
    `scope` Map(String, Array(String)),
    `scope_text` String,
    `scope_columns` Array(String),
    `scope_patterns` Array(Array(String)),
    `by_events` Bool
)
AS SELECT * EXCEPT (set_id, set_at)
FROM tallyd.budget_rows
WHERE set_id = (
    SELECT argMax(value, set_at)
    FROM tallyd.settings
    WHERE name = 'budgets'
)
LIMIT 1 BY position;

CREATE VIEW tallyd.model_prices
(
    `provider` String,
    `model` String,
    `price_provider` String,
    `price_model` String,
    `origin` LowCardinality(String),
    `valid_from` DateTime64(3, 'UTC'),
    `valid_until` DateTime64(3, 'UTC'),
    `daily_from` UInt32,
    `daily_until` UInt32,
    `above_input_tokens` Int64,
    `ordinal` UInt32,
    `input` Decimal(18, 9),
    `cache_write_5m` Decimal(18, 9),
    `cache_write_1h` Decimal(18, 9),
    `cache_read` Decimal(18, 9),
    `output` Decimal(18, 9),
    `fast` Decimal(9, 4),
    `batch` Decimal(9, 4),
    `flex` Decimal(9, 4),
    `priority` Decimal(9, 4)
)
AS SELECT *
FROM tallyd.model_price_rows;

CREATE VIEW tallyd.sessions
(
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `session_id` String,
    `user` String,
    `project` String,
    `first_activity` DateTime64(3, 'UTC'),
    `last_activity` DateTime64(3, 'UTC'),
    `events` UInt64,
    `requests` UInt64,
    `models` Array(String),
    `input_tokens` UInt64,
    `cache_write_5m_tokens` UInt64,
    `cache_write_1h_tokens` UInt64,
    `cache_read_tokens` UInt64,
    `output_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `unclassified_tokens` UInt64,
    `total_tokens` UInt64,
    `cost_usd` Decimal(38, 9),
    `errors` UInt64
)
AS SELECT
    s.source AS source,
    s.dataset AS dataset,
    s.session_id AS session_id,
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
GROUP BY
    source,
    dataset,
    session_id;

CREATE VIEW tallyd.tailed_files
(
    `path` String,
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `size` UInt64,
    `offset` UInt64,
    `state` Enum8('following' = 1, 'gone' = 2),
    `modified_at` DateTime64(3, 'UTC'),
    `problem` String,
    `seen_at` DateTime64(6, 'UTC')
)
AS SELECT *
FROM tallyd.tailed_file_states
FINAL;

CREATE VIEW tallyd.uploads
(
    `id` String,
    `name` String,
    `dataset` LowCardinality(String),
    `format` LowCardinality(String),
    `mode` Enum8('append' = 1, 'replace' = 2),
    `status` Enum8('received' = 1, 'running' = 2, 'done' = 3, 'failed' = 4),
    `bytes` UInt64,
    `rows_read` UInt64,
    `rows_accepted` UInt64,
    `rows_duplicate` UInt64,
    `rows_revised` UInt64,
    `rows_rejected` UInt64,
    `unpriced` Array(String),
    `error` String,
    `started_at` DateTime64(3, 'UTC'),
    `finished_at` Nullable(DateTime64(3, 'UTC'))
)
AS SELECT * EXCEPT changed_at
FROM tallyd.upload_reports
FINAL;

CREATE VIEW tallyd.usage
(
    `ts` DateTime64(3, 'UTC'),
    `event_id` UInt128,
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `grain` Enum8('request' = 1, 'bucket' = 2),
    `requests` UInt32,
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `user` LowCardinality(String),
    `project` LowCardinality(String),
    `session_id` String,
    `request_id` String,
    `status` LowCardinality(String),
    `input_tokens` UInt64,
    `cache_write_5m_tokens` UInt64,
    `cache_write_1h_tokens` UInt64,
    `cache_read_tokens` UInt64,
    `output_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `unclassified_tokens` UInt64,
    `total_tokens` UInt64,
    `duration_ms` Nullable(UInt32),
    `reported_cost_usd` Nullable(Decimal(18, 9)),
    `calculated_cost_usd` Nullable(Decimal(18, 9)),
    `cost_usd` Decimal(18, 9),
    `cost_source` LowCardinality(String),
    `billable` Bool,
    `tags` Map(LowCardinality(String), String),
    `auto_cost_usd` Decimal(18, 9),
    `cache_read_saved_usd` Decimal(18, 9),
    `cache_write_cost_usd` Decimal(18, 9),
    `cache_write_extra_usd` Decimal(18, 9)
)
AS WITH
    (
        SELECT argMax(value, set_at)
        FROM tallyd.settings
        WHERE name = 'cost_mode'
    ) AS cost_mode,
    if(cost_mode = 'calculate', NULL, reported_cost_usd) AS counted_reported,
    if(cost_mode = 'display', NULL, calculated_cost_usd) AS counted_calculated
SELECT
    ts,
    event_id,
    source,
    dataset,
    grain,
    requests,
    provider,
    model,
    user,
    project,
    session_id,
    request_id,
    status,
    input_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    cache_read_tokens,
    output_tokens,
    reasoning_tokens,
    unclassified_tokens,
    total_tokens,
    duration_ms,
    reported_cost_usd,
    calculated_cost_usd,
    CAST(coalesce(counted_reported, counted_calculated, 0), 'Decimal(18, 9)') AS cost_usd,
    CAST(['unpriced', 'calculated', 'reported'][1 + greatest(2 * (counted_reported IS NOT NULL), counted_calculated IS NOT NULL)], 'LowCardinality(String)') AS cost_source,
    billable,
    tags,
    CAST(coalesce(reported_cost_usd, calculated_cost_usd, 0), 'Decimal(18, 9)') AS auto_cost_usd,
    cache_read_saved_usd,
    cache_write_cost_usd,
    cache_write_extra_usd
FROM tallyd.usage_all_generations
WHERE generation NOT IN (
    SELECT generation
    FROM tallyd.generations
    FINAL
    WHERE state != 'live'
);

CREATE VIEW tallyd.usage_all_generations
(
    `ts` DateTime64(3, 'UTC'),
    `event_id` UInt128,
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `grain` Enum8('request' = 1, 'bucket' = 2),
    `requests` UInt32,
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `user` LowCardinality(String),
    `project` LowCardinality(String),
    `session_id` String,
    `request_id` String,
    `status` LowCardinality(String),
    `input_tokens` UInt64,
    `cache_write_5m_tokens` UInt64,
    `cache_write_1h_tokens` UInt64,
    `cache_read_tokens` UInt64,
    `output_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `unclassified_tokens` UInt64,
    `total_tokens` UInt64,
    `duration_ms` Nullable(UInt32),
    `reported_cost_usd` Nullable(Decimal(18, 9)),
    `calculated_cost_usd` Nullable(Decimal(18, 9)),
    `billable` Bool,
    `tags` Map(LowCardinality(String), String),
    `generation` UInt64,
    `cache_read_saved_usd` Decimal(18, 9),
    `cache_write_cost_usd` Decimal(18, 9),
    `cache_write_extra_usd` Decimal(18, 9)
)
AS WITH
    ((input_tokens + cache_write_5m_tokens) + cache_write_1h_tokens) + cache_read_tokens AS context_tokens,
    (context_tokens + output_tokens) + unclassified_tokens AS all_tokens,
    toUInt32(toUnixTimestamp(ts) % 86400) AS second_of_day,
    toInt64(multiIf(context_size > 0, context_size, (grain = 'bucket') AND (requests = 0), 0, intDiv(context_tokens, greatest(requests, 1)))) AS request_size,
    dictGet('tallyd.rate_of', ('rate', 'rates', 'daily_from', 'daily_until', 'above'), (toString(provider), toString(model)), ts) AS found,
    if(empty(found.2), found.1, (found.2)[arrayLastIndex((`from`, until, above) -> ((second_of_day >= `from`) AND (second_of_day < until) AND (request_size > above)), found.3, found.4, found.5)]) AS rate,
    dictGet('tallyd.rate_prices', ('input', 'cache_write_5m', 'cache_write_1h', 'cache_read', 'output', 'known'), (rate * 8) + toUInt64(CAST(speed, 'Int8'))) AS price,
    round(((((input_tokens * (price.1)) + (cache_write_5m_tokens * (price.2))) + (cache_write_1h_tokens * (price.3))) + (cache_read_tokens * (price.4))) + (output_tokens * (price.5)), 9) AS amount
SELECT
    ts,
    event_id,
    source,
    dataset,
    grain,
    requests,
    provider,
    model,
    user,
    project,
    session_id,
    request_id,
    status,
    input_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    cache_read_tokens,
    output_tokens,
    reasoning_tokens,
    unclassified_tokens,
    all_tokens AS total_tokens,
    duration_ms,
    reported_cost_usd,
    CAST(if((((rate = 0) OR (NOT (price.6))) AND (all_tokens > 0)) OR (unclassified_tokens > 0) OR unmeasured, NULL, amount), 'Nullable(Decimal(18, 9))') AS calculated_cost_usd,
    billable,
    tags,
    generation,
    CAST(round(cache_read_tokens * ((price.1) - (price.4)), 9), 'Decimal(18, 9)') AS cache_read_saved_usd,
    CAST(round((cache_write_5m_tokens * (price.2)) + (cache_write_1h_tokens * (price.3)), 9), 'Decimal(18, 9)') AS cache_write_cost_usd,
    CAST(round((cache_write_5m_tokens * ((price.2) - (price.1))) + (cache_write_1h_tokens * ((price.3) - (price.1))), 9), 'Decimal(18, 9)') AS cache_write_extra_usd
FROM tallyd.usage_events
FINAL;

CREATE VIEW tallyd.usage_by_session
(
    `hour` DateTime('UTC'),
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `session_id` String,
    `grain` Enum8('request' = 1, 'bucket' = 2),
    `late` Bool,
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `user` LowCardinality(String),
    `project` LowCardinality(String),
    `events` UInt64,
    `requests` UInt64,
    `errors` UInt64,
    `input_tokens` UInt64,
    `cache_write_5m_tokens` UInt64,
    `cache_write_1h_tokens` UInt64,
    `cache_read_tokens` UInt64,
    `output_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `unclassified_tokens` UInt64,
    `total_tokens` UInt64,
    `reported_cost_usd` Decimal(38, 9),
    `calculated_cost_usd` Decimal(38, 9),
    `auto_cost_usd` Decimal(38, 9),
    `cost_usd` Decimal(38, 9),
    `unpriced_requests` UInt64,
    `unpriced_tokens` UInt64,
    `auto_unpriced_requests` UInt64,
    `auto_unpriced_tokens` UInt64,
    `unreported_requests` UInt64,
    `unreported_tokens` UInt64,
    `first_ts` DateTime64(3, 'UTC'),
    `newest_ts` DateTime64(3, 'UTC')
)
AS WITH
    (
        SELECT argMax(value, set_at)
        FROM tallyd.settings
        WHERE name = 'cost_mode'
    ) AS cost_mode
SELECT
    hour,
    source,
    dataset,
    session_id,
    grain,
    late,
    provider,
    model,
    user,
    project,
    events,
    requests,
    errors,
    input_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    cache_read_tokens,
    output_tokens,
    reasoning_tokens,
    unclassified_tokens,
    total_tokens,
    reported_cost_usd,
    calculated_cost_usd,
    auto_cost_usd,
    multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost_usd) AS cost_usd,
    unpriced_requests,
    unpriced_tokens,
    auto_unpriced_requests,
    auto_unpriced_tokens,
    unreported_requests,
    unreported_tokens,
    first_ts,
    newest_ts
FROM tallyd.usage_by_session_rows
FINAL
WHERE generation NOT IN (
    SELECT generation
    FROM tallyd.generations
    FINAL
    WHERE state != 'live'
);

CREATE VIEW tallyd.usage_hourly
(
    `hour` DateTime('UTC'),
    `source` LowCardinality(String),
    `dataset` LowCardinality(String),
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `user` LowCardinality(String),
    `project` LowCardinality(String),
    `status` LowCardinality(String),
    `events` UInt64,
    `requests` UInt64,
    `input_tokens` UInt64,
    `cache_write_5m_tokens` UInt64,
    `cache_write_1h_tokens` UInt64,
    `cache_read_tokens` UInt64,
    `output_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `unclassified_tokens` UInt64,
    `total_tokens` UInt64,
    `reported_cost_usd` Decimal(38, 9),
    `calculated_cost_usd` Decimal(38, 9),
    `cost_usd` Decimal(38, 9),
    `auto_cost_usd` Decimal(38, 9),
    `not_billable_auto_cost_usd` Decimal(38, 9),
    `unpriced_requests` UInt64,
    `unpriced_tokens` UInt64,
    `tokens_quantiles` AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), UInt64),
    `cost_quantiles` AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64),
    `duration_quantiles` AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), UInt32),
    `cache_read_saved_usd` Decimal(38, 9),
    `cache_write_cost_usd` Decimal(38, 9),
    `cache_write_extra_usd` Decimal(38, 9),
    `auto_unpriced_requests` UInt64,
    `auto_unpriced_tokens` UInt64,
    `newest_ts` DateTime64(3, 'UTC'),
    `not_billable_calculated_cost_usd` Decimal(38, 9),
    `not_billable_unpriced_tokens` UInt64,
    `compared_requests` UInt64,
    `compared_reported_usd` Decimal(38, 9),
    `compared_calculated_usd` Decimal(38, 9),
    `tokens_histogram` Array(UInt32),
    `cost_histogram` Array(UInt32),
    `duration_histogram` Array(UInt32)
)
AS WITH
    (
        SELECT argMax(value, set_at)
        FROM tallyd.settings
        WHERE name = 'cost_mode'
    ) AS cost_mode
SELECT
    hour,
    source,
    dataset,
    provider,
    model,
    user,
    project,
    status,
    events,
    requests,
    input_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    cache_read_tokens,
    output_tokens,
    reasoning_tokens,
    unclassified_tokens,
    total_tokens,
    reported_cost_usd,
    calculated_cost_usd,
    multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost_usd) AS cost_usd,
    auto_cost_usd,
    not_billable_auto_cost_usd,
    unpriced_requests,
    unpriced_tokens,
    tokens_quantiles,
    cost_quantiles,
    duration_quantiles,
    cache_read_saved_usd,
    cache_write_cost_usd,
    cache_write_extra_usd,
    auto_unpriced_requests,
    auto_unpriced_tokens,
    newest_ts,
    not_billable_calculated_cost_usd,
    not_billable_unpriced_tokens,
    compared_requests,
    compared_reported_usd,
    compared_calculated_usd,
    tokens_histogram,
    cost_histogram,
    duration_histogram
FROM tallyd.usage_hourly_rows
FINAL
WHERE generation NOT IN (
    SELECT generation
    FROM tallyd.generations
    FINAL
    WHERE state != 'live'
);

CREATE VIEW tallyd.usage_in_zone
AS WITH
    (
        SELECT argMax(value, set_at)
        FROM tallyd.settings
        WHERE name = 'cost_mode'
    ) AS cost_mode,
    if(({zone:String} IN ('utc', 'browser', '')), 'UTC', {zone:String}) AS in_zone,
    arrayExists(month -> ((timezoneOffset(toDateTime(toUInt32({from:DateTime('UTC')}) + (month * 2592000), in_zone)) % 3600) != 0), range(0, intDiv(greatest(dateDiff('day', {from:DateTime('UTC')}, {to:DateTime('UTC')}), 0), 30) + 2)) AS part_hours
SELECT
    hour,
    hour + 3600 AS until,
    source,
    dataset,
    provider,
    model,
    user,
    project,
    status,
    events,
    requests,
    input_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    cache_read_tokens,
    output_tokens,
    reasoning_tokens,
    unclassified_tokens,
    total_tokens,
    reported_cost_usd,
    calculated_cost_usd,
    multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost_usd) AS cost_usd,
    auto_cost_usd,
    not_billable_auto_cost_usd,
    unpriced_requests,
    unpriced_tokens,
    cache_read_saved_usd,
    cache_write_cost_usd,
    cache_write_extra_usd,
    auto_unpriced_requests,
    auto_unpriced_tokens,
    newest_ts,
    compared_requests,
    compared_reported_usd,
    compared_calculated_usd,
    tokens_quantiles,
    cost_quantiles,
    duration_quantiles
FROM tallyd.usage_hourly_rows
FINAL
WHERE (generation NOT IN (
    SELECT generation
    FROM tallyd.generations
    FINAL
    WHERE state != 'live'
)) AND (hour > ({from:DateTime('UTC')} - 3600)) AND (hour <= {to:DateTime('UTC')}) AND (NOT (part_hours AND (toDate(hour, in_zone) != toDate(hour + 3599, in_zone))))
UNION ALL
WITH
    (
        SELECT argMax(value, set_at)
        FROM tallyd.settings
        WHERE name = 'cost_mode'
    ) AS cost_mode,
    if(({zone:String} IN ('utc', 'browser', '')), 'UTC', {zone:String}) AS in_zone,
    arrayExists(month -> ((timezoneOffset(toDateTime(toUInt32({from:DateTime('UTC')}) + (month * 2592000), in_zone)) % 3600) != 0), range(0, intDiv(greatest(dateDiff('day', {from:DateTime('UTC')}, {to:DateTime('UTC')}), 0), 30) + 2)) AS part_hours,
    toStartOfHour(toDateTime(ts, 'UTC')) AS whole_hour,
    coalesce(reported_cost_usd, calculated_cost_usd) AS auto_cost,
    (reported_cost_usd IS NOT NULL) AND (calculated_cost_usd IS NOT NULL) AS has_both
SELECT
    toDateTime(toStartOfInterval(ts, toIntervalMinute(15)), 'UTC') AS quarter,
    quarter + 900,
    source,
    dataset,
    provider,
    model,
    user,
    project,
    status,
    count(),
    sum(requests),
    sum(input_tokens),
    sum(cache_write_5m_tokens),
    sum(cache_write_1h_tokens),
    sum(cache_read_tokens),
    sum(output_tokens),
    sum(reasoning_tokens),
    sum(unclassified_tokens),
    sum(total_tokens),
    sum(ifNull(reported_cost_usd, 0)),
    sum(ifNull(calculated_cost_usd, 0)),
    sum(ifNull(multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost), 0)),
    sum(ifNull(auto_cost, 0)),
    sumIf(ifNull(auto_cost, 0), NOT billable),
    sumIf(requests, calculated_cost_usd IS NULL),
    sumIf(total_tokens, calculated_cost_usd IS NULL),
    sum(cache_read_saved_usd),
    sum(cache_write_cost_usd),
    sum(cache_write_extra_usd),
    sumIf(requests, auto_cost IS NULL),
    sumIf(total_tokens, auto_cost IS NULL),
    max(ts),
    sumIf(requests, has_both),
    sumIf(ifNull(reported_cost_usd, 0), has_both),
    sumIf(ifNull(calculated_cost_usd, 0), has_both),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(total_tokens, grain = 'request'),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(toFloat64(ifNull(auto_cost, 0)), (grain = 'request') AND (auto_cost IS NOT NULL)),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(assumeNotNull(duration_ms), (grain = 'request') AND (duration_ms IS NOT NULL))
FROM tallyd.usage_all_generations
WHERE (generation NOT IN (
    SELECT generation
    FROM tallyd.generations
    FINAL
    WHERE state != 'live'
)) AND part_hours AND (toDate(whole_hour, in_zone) != toDate(whole_hour + 3599, in_zone)) AND (ts >= toStartOfInterval({from:DateTime('UTC')}, toIntervalMinute(15))) AND (ts < toDateTime64({to:DateTime('UTC')} + 1, 3, 'UTC'))
GROUP BY
    quarter,
    source,
    dataset,
    provider,
    model,
    user,
    project,
    status;
