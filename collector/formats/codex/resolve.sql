-- The events of threads, replays withdrawn. A thread that was forked (or spawned) begins with a
-- replay of its parent's turns up to the fork: they are the same, one after another, and count for
-- the parent. Where the parent is not known, or not read that far yet, a replay shows by its haste:
-- it is written at once, while a turn of the thread's own waits for a model's answer.
-- The version says how much was known: what the parent's turns tell beats haste, haste beats nothing.
WITH affected AS
(
    SELECT * FROM tallyd.thread_turns FINAL
    WHERE source = 'codex' AND (thread_id IN {{threads}} OR parent_id IN {{threads}})
),
parent_turn AS
(
    SELECT thread_id, turn, ts, (input_tokens, cache_read_tokens, output_tokens, reasoning_tokens) AS usage
    FROM tallyd.thread_turns FINAL
    WHERE source = 'codex' AND thread_id IN (SELECT parent_id FROM affected WHERE parent_id != '')
)
SELECT
    reinterpretAsUInt128(sipHash128('codex', thread_id, turn)) AS event_id,
    toUInt128(multiIf(parent_id = '', 1, replayed, 5, hasty, 3, parent_turns > 0, 4, 2)) AS version,
    replayed OR hasty AS withdrawn,
    ts, provider, model, project, thread_id AS session_id,
    input_tokens, cache_read_tokens, output_tokens, reasoning_tokens, speed,
    source, dataset,
    if(parent_id = '', tags, mapUpdate(tags, map('parent_session', parent_id))) AS tags
FROM
(
    SELECT *,
        parent_id != '' AND same_turns = turn AS replayed,
        parent_id != '' AND NOT replayed AND quick_turns = turn AND turn > parent_turns AND same_turns = parent_turns AS hasty
    FROM
    (
        SELECT *,
            sum(same) OVER so_far AS same_turns,
            sum(quick) OVER so_far AS quick_turns
        FROM
        (
            SELECT
                child.thread_id AS thread_id, child.turn AS turn, child.parent_id AS parent_id, child.ts AS ts,
                child.source AS source, child.dataset AS dataset, child.provider AS provider, child.model AS model,
                child.project AS project, child.input_tokens AS input_tokens, child.cache_read_tokens AS cache_read_tokens,
                child.output_tokens AS output_tokens, child.reasoning_tokens AS reasoning_tokens, child.speed AS speed, child.tags AS tags,
                known.turns AS parent_turns,
                parent.turn = child.turn AND parent.ts <= child.forked_at + INTERVAL 1 SECOND
                    AND parent.usage = (child.input_tokens, child.cache_read_tokens, child.output_tokens, child.reasoning_tokens) AS same,
                dateDiff('millisecond', lagInFrame(child.ts, 1, child.forked_at) OVER (
                    PARTITION BY child.thread_id ORDER BY child.turn ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), child.ts) <= 1000 AS quick
            FROM affected AS child
            LEFT JOIN parent_turn AS parent ON parent.thread_id = child.parent_id AND parent.turn = child.turn
            LEFT JOIN (SELECT thread_id, count() AS turns FROM parent_turn GROUP BY thread_id) AS known ON known.thread_id = child.parent_id
        )
        WINDOW so_far AS (PARTITION BY thread_id ORDER BY turn ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
)
