-- What providers charged: the lines of their bills, one row each; the last word wins. Never part of
-- `usage`, whose costs are calculated or told by the source that used the tokens.
-- The day is part of what makes a line the same, so a line never moves and needs no table of places.
CREATE TABLE IF NOT EXISTS tallyd.billed_cost_rows
(
    day Date,
    bill_id UInt128,
    generation UInt64,
    source LowCardinality(String),
    dataset LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    line_item LowCardinality(String),
    project LowCardinality(String),
    user LowCardinality(String),
    amount Decimal(18, 9),
    currency LowCardinality(String),
    quantity Nullable(Decimal(38, 9)),
    unit LowCardinality(String),
    tags Map(LowCardinality(String), String),
    -- a hash of the line, which tells a correction from the same line arriving again
    content UInt64,
    version UInt128
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(day)
ORDER BY (day, bill_id, generation);

-- As `generations`, for bills: a bill that replaces leaves the usage of its dataset alone.
CREATE TABLE IF NOT EXISTS tallyd.bill_generations
(
    generation UInt64,
    dataset String,
    state Enum8('loading' = 1, 'live' = 2, 'replaced' = 3),
    changed_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY generation;

-- Models of bills and of usage are compared by the name that both say: without folders, Bedrock's
-- region, vendor and version, and date, and with Claude's family before its version. (The same
-- expressions stand in the view below.)
CREATE VIEW IF NOT EXISTS tallyd.billed_costs AS
WITH
    replaceRegexpOne(lower(toString(model)), '^(?:.*/)?(?:(?:[a-z]{2,6}(?:-gov)?[.])?(?:anthropic|amazon|openai|meta|mistral|deepseek|qwen|google|moonshotai|zai)[.])?', '') AS unrouted,
    replaceRegexpOne(replaceRegexpOne(unrouted, '(?:-v[0-9]+)?(?::[0-9]+k?)+$', ''), '^(claude.*)-v[0-9]+$', '\\1') AS unversioned,
    replaceRegexpOne(unversioned, '([-@]20[0-9]{6}|-20[0-9]{2}-[0-9]{2}-[0-9]{2}|-latest)$', '') AS undated,
    replaceRegexpOne(replaceAll(undated, '.', '-'), '^claude-([0-9]+(?:-[0-9]{1,2})?)-([a-z]+)$', 'claude-\\2-\\1') AS of_claude
SELECT
    day, source, dataset, provider, model, line_item, project, user, amount, currency, quantity, unit, tags,
    if(startsWith(undated, 'claude-'), replaceRegexpOne(of_claude, '-0$', ''), undated) AS compared_model
FROM tallyd.billed_cost_rows FINAL
WHERE generation NOT IN (SELECT generation FROM tallyd.bill_generations FINAL WHERE state != 'live');

-- Billed against calculated, per UTC day, provider and model, for providers that have a bill.
-- Calculated is the provider's own export of usage where there is one for the day, which knows all
-- of it; otherwise everything that went to the provider, without what others sell on and bill
-- themselves. Amounts in other currencies are in none of the sums.
CREATE VIEW IF NOT EXISTS tallyd.billed_vs_calculated AS
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
                        CAST(sum(calculated_cost_usd), 'Decimal(38, 9)'), sum(unpriced_tokens), sum(greatest(requests, 1))
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
