-- GitHub Copilot CLI's session state: an event per line. `session.usage_record` tells a call;
-- `session.shutdown` and checkpoints count what each model used so far. Of those only what no record
-- covers is an event, as the difference to the snapshot before. Counters that fell back (older
-- versions begin anew when a session is resumed) start from zero again.
--
-- An event goes by session, model and tokens, as in copilot-otel/read.sql, so that a call told in
-- both kinds of files is one; the session state knows more and wins.
WITH
    -- 0 when absent, -1 when it cannot be read
    count_of -> if(count_of IS NULL, toInt64(0), greatest(ifNull(toInt64OrNull(assumeNotNull(count_of)), -1), -1)) AS token_count,
    nano -> if(ifNull(toFloat64OrNull(ifNull(nano, '')), -1) BETWEEN 0 AND 9e18, toInt64(round(ifNull(toFloat64OrNull(ifNull(nano, '')), 0))), NULL) AS nano_of,
    'inputTokens Nullable(String), outputTokens Nullable(String), cacheReadTokens Nullable(String), cacheWriteTokens Nullable(String), reasoningTokens Nullable(String)' AS usage_type,
    concat('Map(String, Tuple(usage Tuple(', usage_type, '), requests Tuple(count Nullable(String)), totalNanoAiu Nullable(String)))') AS metrics_type,
    concat('Tuple(type Nullable(String), id Nullable(String), timestamp Nullable(String), data Tuple(sessionId Nullable(String), copilotVersion Nullable(String), context Tuple(cwd Nullable(String), branch Nullable(String), repository Nullable(String)), ',
        'usage Tuple(', usage_type, ', model Nullable(String), duration Nullable(Float64), cacheTtlSeconds Nullable(Float64), apiCallId Nullable(String), isByok Nullable(Bool), initiator Nullable(String), reasoningEffort Nullable(String), copilotUsage Tuple(totalNanoAiu Nullable(String)), accounting Tuple(sourceSessionId Nullable(String), sequence Nullable(String), usageId Nullable(String))), ',
        'modelMetrics ', metrics_type, ', accountingSnapshot Tuple(modelMetrics ', metrics_type, ')))') AS line_type,
    -- input (the cache's included), output, cache read, cache written, reasoning, requests, nano-AIU
    [toInt64(0), 0, 0, 0, 0, 0, 0] AS nothing
SELECT
    path, record,
    problem AS rejected,
    multiIf(problem = '' OR kind = 'broken', '', bad_count > 0, if(kind = 'call', 'usage', 'modelMetrics'), 'timestamp') AS rejected_column,
    multiIf(rejected_column = '', '', bad_count > 0, substringUTF8(if(kind = 'call', JSONExtractRaw(text, 'data', 'usage'), JSONExtractRaw(text, 'data', 'modelMetrics')), 1, 200), substringUTF8(time_text, 1, 200)) AS rejected_value,
    if(problem = '', '', substringUTF8(text, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128('copilot', source_session, model, arraySlice(gained, 1, 4),
        row_number() OVER (PARTITION BY path, problem, source_session, model, arraySlice(gained, 1, 4) ORDER BY record, kind))) AS event_id,
    bitShiftLeft(toUInt128(2), 64) + toUInt128(greatest(17592186044415 - toUnixTimestamp64Milli(ts), 0)) AS version,
    ifNull(at_time, toDateTime64(0, 3, 'UTC')) AS ts,
    if(kind = 'call', 'request', 'bucket') AS grain,
    toUInt32(if(kind = 'call', 1, least(greatest(gained[6], 1), 4000000000))) AS requests,
    {{provider_of_model}} AS provider,
    model, project, session_id,
    call_id AS request_id,
    toUInt64(greatest(gained[1] - gained[3] - gained[4], 0)) AS input_tokens,
    toUInt64(gained[2]) AS output_tokens,
    toUInt64(gained[3]) AS cache_read_tokens,
    toUInt64(if(keeps_an_hour, 0, gained[4])) AS cache_write_5m_tokens,
    toUInt64(if(keeps_an_hour, gained[4], 0)) AS cache_write_1h_tokens,
    toUInt64(least(gained[5], gained[2])) AS reasoning_tokens,
    if(duration BETWEEN 0 AND 4294967295, toUInt32(round(ifNull(duration, 0))), NULL) AS duration_ms,
    -- 1e9 nano-AIU are a credit, which is a cent; calls with a key of one's own are not Copilot's to charge
    if(tells_cost AND NOT by_own_key, accurateCastOrNull(toDecimal128(gained[7], 11) / toDecimal128(100000000000, 0), 'Decimal(18, 9)'), NULL) AS reported_cost_usd,
    mapFilter((name, value) -> value != '', map(
        'client_version', client, 'git_branch', branch, 'repository', repository, 'initiator', initiator, 'effort', effort,
        'own_key', if(by_own_key, 'true', ''), 'context', if(told_model = model, '', '1m'))) AS tags
FROM
(
    SELECT *,
        multiIf(kind = 'broken', 'not valid JSON (cut off or broken)',
            bad_count > 0, 'a token count is negative or not a whole number',
            at_time IS NULL, 'timestamp is missing or not a date with time', '') AS problem,
        if(kind = 'snapshot',
            arrayMap((now, then) -> greatest(now - then, 0), uncovered,
                arrayResize(maxForEach(uncovered) OVER (PARTITION BY path, model ORDER BY record ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 7)),
            counts) AS gained
    FROM
    (
        SELECT *,
            if(kind = 'snapshot',
                arrayMap((used, covered) -> greatest(used - covered, 0), sumForEach(step) OVER so_far, sumForEach(if(kind = 'call', counts, nothing)) OVER so_far),
                nothing) AS uncovered
        FROM
        (
            SELECT *,
                anyLastIf(counts, kind = 'snapshot') OVER (PARTITION BY path, model ORDER BY record ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
                multiIf(kind != 'snapshot', nothing,
                    length(before) = 0 OR arrayExists((now, then) -> now < then, arraySlice(counts, 1, 5), arraySlice(arrayResize(before, 7), 1, 5)), counts,
                    arrayMap((now, then) -> greatest(now - then, 0), counts, arrayResize(before, 7))) AS step
            FROM
            (
                SELECT path, record, text, time_text, at_time, session_id, client, project, branch, repository, call_id, initiator, effort, duration, keeps_an_hour, by_own_key,
                    if(source = '', session_id, source) AS source_session,
                    item.1 AS told_model,
                    replaceRegexpOne(told_model, '-1m(-internal)?$', '') AS model,
                    item.3 IS NOT NULL AS tells_cost,
                    arrayFirstIndex(one -> one < 0, item.2) AS bad_count,
                    -- what cannot be read gains nothing; it is rejected
                    if(bad_count > 0 OR at_time IS NULL, nothing, arrayPushBack(item.2, ifNull(item.3, toInt64(0)))) AS counts,
                    if(of_line = 'snapshot' AND (bad_count > 0 OR at_time IS NULL), 'bad snapshot', of_line) AS kind,
                    -- a receipt may stand twice
                    row_number() OVER (PARTITION BY path, of_line, receipt ORDER BY record) AS copy
                FROM
                (
                    SELECT path, record, text, of_line, receipt, source, call_id, initiator, effort, duration, keeps_an_hour, by_own_key, items, time_text,
                        if(length(time_text) >= 19, parseDateTime64BestEffortOrNull(time_text, 3, 'UTC'), NULL) AS at_time,
                        ifNull(any(told_session) OVER whole_file, extract(path, '/session-state/([^/]+)/')) AS session_id,
                        ifNull(anyLast(told_client) OVER up_to_here, '') AS client,
                        ifNull(anyLast(told_project) OVER up_to_here, '') AS project,
                        ifNull(anyLast(told_branch) OVER up_to_here, '') AS branch,
                        ifNull(anyLast(told_repository) OVER up_to_here, '') AS repository
                    FROM
                    (
                        SELECT path, record, text,
                            multiIf(line.type = 'session.usage_record', 'call',
                                line.type IN ('session.shutdown', 'session.usage_checkpoint'), 'snapshot',
                                line.type IN ('session.start', 'session.resume'), 'start',
                                line.type IS NULL AND line.timestamp IS NULL AND NOT isValidJSON(text), 'broken', 'other') AS of_line,
                            line.data.usage AS usage,
                            ifNull(line.timestamp, '') AS time_text,
                            ifNull(usage.apiCallId, '') AS call_id,
                            ifNull(usage.initiator, '') AS initiator,
                            ifNull(usage.reasoningEffort, '') AS effort,
                            usage.duration AS duration,
                            ifNull(usage.cacheTtlSeconds >= 3600, false) AS keeps_an_hour,
                            ifNull(usage.isByok, false) AS by_own_key,
                            ifNull(usage.accounting.sourceSessionId, '') AS source,
                            multiIf(of_line != 'call', concat('\0', toString(record)),
                                usage.accounting.sequence IS NOT NULL, concat(source, '\0', assumeNotNull(usage.accounting.sequence)),
                                coalesce(usage.accounting.usageId, usage.apiCallId, line.id, concat('\0', toString(record)))) AS receipt,
                            if(of_line = 'start', nullIf(ifNull(line.data.sessionId, ''), ''), NULL) AS told_session,
                            if(of_line = 'start', line.data.copilotVersion, NULL) AS told_client,
                            if(of_line = 'start', line.data.context.cwd, NULL) AS told_project,
                            if(of_line = 'start', line.data.context.branch, NULL) AS told_branch,
                            if(of_line = 'start', line.data.context.repository, NULL) AS told_repository,
                            if(empty(line.data.modelMetrics), line.data.accountingSnapshot.modelMetrics, line.data.modelMetrics) AS metrics,
                            multiIf(
                                of_line = 'call', [(ifNull(usage.model, ''), arrayMap(one -> token_count(one), [usage.inputTokens, usage.outputTokens, usage.cacheReadTokens, usage.cacheWriteTokens, usage.reasoningTokens, '1']), nano_of(usage.copilotUsage.totalNanoAiu))],
                                of_line = 'snapshot', arrayMap((name, one) -> (name, arrayMap(count -> token_count(count), [one.usage.inputTokens, one.usage.outputTokens, one.usage.cacheReadTokens, one.usage.cacheWriteTokens, one.usage.reasoningTokens, one.requests.count]), nano_of(one.totalNanoAiu)), mapKeys(metrics), mapValues(metrics)),
                                of_line = 'broken', [('', arrayResize([toInt64(0)], 6), NULL)],
                                []) AS items
                        FROM (SELECT path, record, text, JSONExtract(text, line_type) AS line FROM (SELECT path, record, line AS text FROM {{records}}))
                        -- a last line without its newline may be unfinished, and stands out of order
                        WHERE record > 0
                    )
                    WINDOW
                        whole_file AS (PARTITION BY path ORDER BY record ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
                        up_to_here AS (PARTITION BY path ORDER BY record ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
                )
                ARRAY JOIN items AS item
            )
            WHERE kind != 'call' OR copy = 1
        )
        WINDOW so_far AS (PARTITION BY path, model ORDER BY record ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
)
WHERE problem != '' OR gained[1] + gained[2] + gained[3] + gained[4] + gained[7] > 0
