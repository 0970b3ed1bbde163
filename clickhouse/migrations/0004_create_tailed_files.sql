-- Which files are followed and how far they are read. For panels and doctor: the tail itself keeps
-- its positions in the data directory.
CREATE TABLE IF NOT EXISTS tallyd.tailed_file_states
(
    path String,
    source LowCardinality(String),
    dataset LowCardinality(String),
    size UInt64,
    offset UInt64,
    state Enum8('following' = 1, 'gone' = 2),
    modified_at DateTime64(3, 'UTC'),
    seen_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(seen_at)
ORDER BY path;

CREATE VIEW IF NOT EXISTS tallyd.tailed_files AS
SELECT *
FROM tallyd.tailed_file_states FINAL;
