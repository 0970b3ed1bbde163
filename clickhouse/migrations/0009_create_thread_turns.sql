-- The turns of threads that may be forks of another (Codex). A fork's file begins with a replay of
-- its parent's turns; which of them are replays is known only beside the parent, which may be read
-- later, so turns are kept and the events of a thread are made again whenever its parent grows.
CREATE TABLE IF NOT EXISTS tallyd.thread_turns
(
    source LowCardinality(String),
    thread_id String,
    turn UInt32,
    parent_id String,
    forked_at DateTime64(3, 'UTC'),
    ts DateTime64(3, 'UTC'),
    dataset LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    project LowCardinality(String),
    input_tokens UInt64,
    cache_read_tokens UInt64,
    output_tokens UInt64,
    reasoning_tokens UInt64,
    total_tokens UInt64,
    speed Enum8('standard' = 0, 'fast' = 1, 'batch' = 2, 'flex' = 3, 'priority' = 4),
    tags Map(LowCardinality(String), String),
    read_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(read_at)
ORDER BY (source, thread_id, turn);
