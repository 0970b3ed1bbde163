-- What could not be read, where it stands and why. Reading a file again gives the same rows.
CREATE TABLE IF NOT EXISTS tallyd.rejected_records
(
    source LowCardinality(String),
    dataset LowCardinality(String),
    upload_id String,
    path String,
    record UInt64,
    line UInt64,
    column String,
    value String,
    reason LowCardinality(String),
    excerpt String,
    rejected_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(rejected_at)
ORDER BY (source, dataset, upload_id, path, record, column);
