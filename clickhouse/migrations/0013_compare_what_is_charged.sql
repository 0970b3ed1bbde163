-- What was not charged is on no bill, so bills are compared without it (answers from a gateway's own
-- cache). And of some requests a source tells neither tokens nor a cost, which is not a cost of 0.

-- Neither tokens nor a cost are told: GitHub's reports of Copilot before autumn 2025.
ALTER TABLE tallyd.usage_events ADD COLUMN IF NOT EXISTS unmeasured Bool DEFAULT false AFTER context_size;

ALTER TABLE tallyd.usage_events UPDATE unmeasured = true
WHERE source = 'copilot-csv' AND grain = 'request' AND reported_cost_usd IS NULL AND NOT unmeasured
    AND input_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens + output_tokens + unclassified_tokens = 0
SETTINGS mutations_sync = 1;

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
    CAST(if((rate = 0 OR NOT price.6) AND all_tokens > 0 OR unclassified_tokens > 0 OR unmeasured, NULL, amount), 'Nullable(Decimal(18, 9))') AS calculated_cost_usd,
    billable, tags, generation,
    CAST(round(cache_read_tokens * (price.1 - price.4), 9), 'Decimal(18, 9)') AS cache_read_saved_usd,
    CAST(round(cache_write_5m_tokens * price.2 + cache_write_1h_tokens * price.3, 9), 'Decimal(18, 9)') AS cache_write_cost_usd,
    CAST(round(cache_write_5m_tokens * (price.2 - price.1) + cache_write_1h_tokens * (price.3 - price.1), 9), 'Decimal(18, 9)') AS cache_write_extra_usd
FROM tallyd.usage_events FINAL;

ALTER TABLE tallyd.usage_hourly_rows
    ADD COLUMN IF NOT EXISTS not_billable_calculated_cost_usd Decimal(38, 9) AFTER newest_ts,
    ADD COLUMN IF NOT EXISTS not_billable_unpriced_tokens UInt64 AFTER not_billable_calculated_cost_usd;

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
    not_billable_calculated_cost_usd, not_billable_unpriced_tokens
FROM tallyd.usage_hourly_rows FINAL
WHERE generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live');

-- As before, without what was not charged.
CREATE OR REPLACE VIEW tallyd.billed_vs_calculated AS
SELECT
    day, provider, model,
    billed AS billed_usd,
    calculated AS calculated_usd,
    billed - calculated AS difference_usd,
    arrayStringConcat(arrayFilter(reason -> reason != '', [
        if(other_lines > 0, 'billed in another currency', ''),
        if(unpriced > 0, 'tokens without a price', ''),
        multiIf(
            abs(difference_usd) <= 0.000001, '',
            abs(difference_usd) <= rounding_usd, 'rounding',
            credits < 0 AND abs(difference_usd - credits) <= rounding_usd + 0.000001, 'credits',
            lines = 0 AND day_lines = 0, if(day_other_lines > 0, '', 'no bill for this day'),
            NOT day_models, if(day_requests = 0, 'no usage stored for this day', 'the bill tells no models'),
            lines = 0, if(other_lines > 0, '', 'not in the bill'),
            requests_used = 0 AND model = '', 'charged for no model',
            requests_used = 0, if(day_requests = 0, 'no usage stored for this day', 'no usage stored for this model'),
            credits < 0, 'credits; prices or usage differ',
            unpriced > 0, '',
            'prices or usage differ')]), '; ') AS explanation,
    credits AS credits_usd,
    -- how far rounding on the bill may reach: half a cent a line where all of them are in cents
    CAST(if(day_lines > 0 AND NOT day_fractions, 0.005 * greatest(lines, 1), 0), 'Decimal(38, 9)') AS rounding_usd,
    unpriced AS unpriced_tokens,
    requests_used AS requests,
    lines AS bill_lines,
    origins AS usage_sources
FROM
(
    SELECT *,
        sum(lines) OVER of_day AS day_lines,
        sum(other_lines) OVER of_day AS day_other_lines,
        max(fractions) OVER of_day AS day_fractions,
        max(model != '' AND lines + other_lines > 0) OVER of_day AS day_models,
        sum(requests_used) OVER of_day AS day_requests
    FROM
    (
        SELECT day, provider, model,
            sum(billed) AS billed, sum(credits) AS credits, sum(lines) AS lines, sum(other_lines) AS other_lines,
            max(fractions) AS fractions, sum(calculated) AS calculated, sum(unpriced) AS unpriced,
            sum(requests_used) AS requests_used, arraySort(groupUniqArrayArray(origins)) AS origins
        FROM
        (
            SELECT *, max(told_by = 'provider') OVER (PARTITION BY day, provider) AS provider_tells
            FROM
            (
                SELECT day, provider, told_by, model,
                    sum(billed_part) AS billed, sum(credit_part) AS credits, sum(line_count) AS lines,
                    sum(other_count) AS other_lines, max(fraction) AS fractions, sum(calculated_part) AS calculated,
                    sum(unpriced_part) AS unpriced, sum(request_count) AS requests_used,
                    groupUniqArrayIf(origin, origin != '') AS origins
                FROM
                (
                    SELECT day, toString(provider) AS provider, compared_model AS model, 'bill' AS told_by, '' AS origin,
                        CAST(if(currency = 'USD', amount, 0), 'Decimal(38, 9)') AS billed_part,
                        CAST(if(currency = 'USD' AND amount < 0, amount, 0), 'Decimal(38, 9)') AS credit_part,
                        toUInt64(currency = 'USD') AS line_count,
                        toUInt64(currency != 'USD') AS other_count,
                        currency = 'USD' AND amount != round(amount, 2) AS fraction,
                        CAST(0, 'Decimal(38, 9)') AS calculated_part, toUInt64(0) AS unpriced_part, toUInt64(0) AS request_count
                    FROM tallyd.billed_costs
                    UNION ALL
                    WITH
                        replaceRegexpOne(lower(toString(model)), '^(?:.*/)?(?:(?:[a-z]{2,6}(?:-gov)?[.])?(?:anthropic|amazon|openai|meta|mistral|deepseek|qwen|google|moonshotai|zai)[.])?', '') AS unrouted,
                        replaceRegexpOne(replaceRegexpOne(unrouted, '(?:-v[0-9]+)?(?::[0-9]+k?)+$', ''), '^(claude.*)-v[0-9]+$', '\\1') AS unversioned,
                        replaceRegexpOne(unversioned, '([-@]20[0-9]{6}|-20[0-9]{2}-[0-9]{2}-[0-9]{2}|-latest)$', '') AS undated,
                        replaceRegexpOne(replaceAll(undated, '.', '-'), '^claude-([0-9]+(?:-[0-9]{1,2})?)-([a-z]+)$', 'claude-\\2-\\1') AS of_claude
                    SELECT toDate(hour, 'UTC') AS of_day, toString(provider),
                        if(startsWith(undated, 'claude-'), replaceRegexpOne(of_claude, '-0$', ''), undated),
                        if(source IN ('openai-usage-csv', 'anthropic-usage-csv', 'deepseek'), 'provider', 'others'), toString(source),
                        CAST(0, 'Decimal(38, 9)'), CAST(0, 'Decimal(38, 9)'), toUInt64(0), toUInt64(0), false,
                        CAST(sum(calculated_cost_usd) - sum(not_billable_calculated_cost_usd), 'Decimal(38, 9)'), toUInt64(sum(unpriced_tokens) - sum(not_billable_unpriced_tokens)), sum(greatest(requests, 1))
                    FROM tallyd.usage_hourly
                    WHERE provider IN (SELECT provider FROM tallyd.billed_costs)
                        AND source NOT IN ('cursor-csv', 'copilot-csv', 'copilot-cli', 'openrouter-csv', 'amp', 'droid')
                    GROUP BY of_day, provider, model, source
                )
                GROUP BY day, provider, told_by, model
            )
        )
        WHERE told_by != 'others' OR NOT provider_tells
        GROUP BY day, provider, model
    )
    WINDOW of_day AS (PARTITION BY day, provider)
);

-- Hours that are there already get the new columns: they are computed again when the store opens.
INSERT INTO tallyd.stale_hours (hour, done)
SELECT DISTINCT hour, 0 FROM (
    SELECT toStartOfHour(toDateTime(ts, 'UTC')) AS hour FROM tallyd.usage_events
    UNION DISTINCT SELECT hour FROM tallyd.usage_hourly_rows);
