-- Every upload and its report; the newest row of an id counts.
CREATE TABLE IF NOT EXISTS tallyd.upload_reports
(
    id String,
    name String,
    dataset LowCardinality(String),
    format LowCardinality(String),
    mode Enum8('append' = 1, 'replace' = 2),
    status Enum8('received' = 1, 'running' = 2, 'done' = 3, 'failed' = 4),
    bytes UInt64,
    rows_read UInt64,
    rows_accepted UInt64,
    rows_duplicate UInt64,
    rows_revised UInt64,
    rows_rejected UInt64,
    unpriced Array(String),
    error String,
    started_at DateTime64(3, 'UTC'),
    finished_at Nullable(DateTime64(3, 'UTC')),
    changed_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY id;

CREATE VIEW IF NOT EXISTS tallyd.uploads AS
SELECT * EXCEPT (changed_at)
FROM tallyd.upload_reports FINAL;
