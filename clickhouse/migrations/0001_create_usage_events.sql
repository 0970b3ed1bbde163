-- Every event, one row each; the last word wins.
-- A copy of an event may carry another timestamp (streamed parts across an hour, replays), and
-- ReplacingMergeTree replaces only within one partition and one sorting key. So time stays in the
-- key, which is what lets a time range prune, and usage_event_places remembers where each event
-- stands: where a better copy moved, the writer puts a tombstone at the old place.
CREATE TABLE IF NOT EXISTS tallyd.usage_events
(
    ts DateTime64(3, 'UTC'),
    event_id UInt128,
    generation UInt64,
    source LowCardinality(String),
    dataset LowCardinality(String),
    grain Enum8('request' = 1, 'bucket' = 2),
    requests UInt32,
    provider LowCardinality(String),
    model LowCardinality(String),
    user LowCardinality(String),
    project LowCardinality(String),
    session_id String,
    request_id String,
    status LowCardinality(String),
    input_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_write_5m_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_write_1h_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_read_tokens UInt64 CODEC(T64, ZSTD(1)),
    output_tokens UInt64 CODEC(T64, ZSTD(1)),
    reasoning_tokens UInt64 CODEC(T64, ZSTD(1)),
    unclassified_tokens UInt64 CODEC(T64, ZSTD(1)),
    duration_ms Nullable(UInt32),
    reported_cost_usd Nullable(Decimal(18, 9)),
    billable Bool,
    speed Enum8('standard' = 0, 'fast' = 1, 'batch' = 2, 'flex' = 3, 'priority' = 4),
    tags Map(LowCardinality(String), String),
    version UInt128,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(ts)
ORDER BY (toStartOfHour(ts), event_id, generation);

-- Where each event stands now. Answers "which of these ids are known, and is this copy better?".
CREATE TABLE IF NOT EXISTS tallyd.usage_event_places
(
    event_id UInt128,
    generation UInt64,
    version UInt128,
    ts DateTime64(3, 'UTC'),
    -- a hash of the event, so that the same copy arriving again is not written again
    content UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (event_id, generation)
SETTINGS index_granularity = 1024;

-- A dataset's rows belong to a generation. `replace` loads a new one beside the live one and then
-- changes both states with one insert, so that readers see the old rows or the new ones.
CREATE TABLE IF NOT EXISTS tallyd.generations
(
    generation UInt64,
    dataset String,
    state Enum8('loading' = 1, 'live' = 2, 'replaced' = 3),
    changed_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY generation;
