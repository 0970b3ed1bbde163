-- Budgets of tallyd.yaml, what was spent of them, and the limits that alert rules read.
-- Serves the Grafana dashboard Budgets and the rules; docs/budgets.md says what every column means.

-- The sets of budgets that tallyd.yaml had. Which one is in force stands in `settings` under
-- 'budgets', so that one insert puts a whole set in the place of the other.
CREATE TABLE IF NOT EXISTS tallyd.budget_rows
(
    set_id String,
    position UInt32,
    name String,
    period Enum8('daily' = 1, 'weekly' = 2, 'monthly' = 3),
    week_starts_on Enum8('sunday' = 0, 'monday' = 1),
    unit Enum8('usd' = 1, 'tokens' = 2),
    amount Float64,
    thresholds Array(Float64),
    charged_only Bool,
    scope Map(String, Array(String)),
    scope_text String,
    -- the scope as columns and LIKE patterns; a row must match one pattern of every column
    scope_columns Array(String),
    scope_patterns Array(Array(String)),
    -- the hourly sums do not know what the scope asks for
    by_events Bool,
    set_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(set_at)
ORDER BY (set_id, position);

-- The set in force. Light, because each mention in the views below is planned anew.
CREATE VIEW IF NOT EXISTS tallyd.budgets_in_force AS
SELECT * EXCEPT (set_id, set_at)
FROM tallyd.budget_rows
WHERE set_id = (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'budgets')
LIMIT 1 BY position;

-- Where no time zone is stored yet, and where a statement is only taken apart, it is '', which is none.
CREATE VIEW IF NOT EXISTS tallyd.budgets AS
WITH
    (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'timezone') AS configured,
    if(empty(ifNull(configured, '')), 'UTC', assumeNotNull(configured)) AS zone
SELECT name, scope, scope_text, period, unit, amount, thresholds, zone AS timezone, week_starts_on, charged_only
FROM tallyd.budgets_in_force;

-- What counts towards each budget, by the local day on which the period began: with `by_hour` by hour, as
-- far back as the current periods and the burn rates reach; without, some 440 days back.
-- Hours that lie wholly inside a period come from the hourly sums. Where a period begins within an hour
-- (zones with 30 or 45 minutes) the events of that hour decide, and so do all events for a budget whose
-- scope the hourly sums do not know. Rows are brought together by everything that a scope may name
-- before budgets are matched, so that a pattern is compared once per combination and not once per hour.
CREATE VIEW IF NOT EXISTS tallyd.budget_usage AS
WITH
    (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'timezone') AS configured,
    if(empty(ifNull(configured, '')), 'UTC', assumeNotNull(configured)) AS zone,
    toStartOfHour(now('UTC') - toIntervalDay(if({by_hour:UInt8} = 1, 33, 440))) AS hours_since,
    -- days of events that are read, whether sessions are told apart, and which tags
    (
        SELECT (
            maxIf(multiIf(period = 'daily', 2, period = 'weekly', 9, 33), by_events),
            max(has(scope_columns, 'session_id')),
            groupUniqArrayArray(arrayMap(column -> substring(column, 6), arrayFilter(column -> startsWith(column, 'tags.'), scope_columns))))
        FROM tallyd.budgets_in_force
    ) AS needs,
    if(needs.1 = 0, toDateTime(4294967295, 'UTC'), toStartOfHour(now('UTC') - toIntervalDay(if({by_hour:UInt8} = 1, needs.1, 440)))) AS events_since,
    (day, every, week) -> multiIf(every = 'daily', day, every = 'monthly', toStartOfMonth(day),
        week = 'sunday', toStartOfWeek(day, 0), toStartOfWeek(day, 1)) AS period_of,
    edge_hours AS
    (
        SELECT DISTINCT toStartOfHour(toTimeZone(toDateTime(day, zone), 'UTC'))
        FROM (SELECT toDate(hours_since, zone) + number AS day FROM numbers(475)) AS days
        CROSS JOIN (SELECT DISTINCT period AS every, week_starts_on AS week FROM tallyd.budgets_in_force WHERE NOT by_events) AS kinds
        WHERE toUnixTimestamp(toDateTime(day, zone)) % 3600 != 0 AND period_of(day, every, week) = day
    ),
    combinations AS
    (
        SELECT
            'hours' AS part,
            map('source', toString(source), 'dataset', toString(dataset), 'provider', toString(provider), 'model', toString(model),
                'user', toString(user), 'project', toString(project), 'status', toString(status)) AS dimensions,
            groupArray((cell_hour, first_day, first_day, last_day, true, cell_cost, cell_tokens, cell_requests)) AS cells
        FROM
        (
            SELECT source, dataset, provider, model, user, project, status,
                toDate(hour, zone) AS first_day, toDate(hour + 3599, zone) AS last_day,
                if({by_hour:UInt8} = 1, hour, toDateTime(0, 'UTC')) AS cell_hour,
                sum(cost_usd) AS cell_cost, sum(total_tokens) AS cell_tokens, sum(requests) AS cell_requests
            FROM tallyd.usage_hourly
            WHERE hour >= hours_since
            GROUP BY source, dataset, provider, model, user, project, status, first_day, last_day, cell_hour
        )
        GROUP BY source, dataset, provider, model, user, project, status
        UNION ALL
        SELECT
            'edges',
            map('source', toString(source), 'dataset', toString(dataset), 'provider', toString(provider), 'model', toString(model),
                'user', toString(user), 'project', toString(project), 'status', toString(status)),
            groupArray((cell_hour, day, first_day, last_day, true, cell_cost, cell_tokens, cell_requests))
        FROM
        (
            WITH toStartOfHour(toDateTime(ts, 'UTC')) AS ts_hour
            SELECT source, dataset, provider, model, user, project, status, toDate(ts, zone) AS day,
                toDate(ts_hour, zone) AS first_day, toDate(ts_hour + 3599, zone) AS last_day,
                if({by_hour:UInt8} = 1, ts_hour, toDateTime(0, 'UTC')) AS cell_hour,
                CAST(sum(cost_usd), 'Decimal(38, 9)') AS cell_cost, sum(total_tokens) AS cell_tokens, sum(u.requests) AS cell_requests
            FROM tallyd.usage AS u
            WHERE ts >= toDateTime64(hours_since, 3, 'UTC') AND toStartOfHour(ts) IN (edge_hours)
            GROUP BY source, dataset, provider, model, user, project, status, day, first_day, last_day, cell_hour
        )
        GROUP BY source, dataset, provider, model, user, project, status
        UNION ALL
        SELECT
            'events',
            mapUpdate(
                mapApply((tag, tag_value) -> (concat('tags.', tag), tag_value), CAST(wanted_tags, 'Map(String, String)')),
                mapUpdate(map('source', toString(source), 'dataset', toString(dataset), 'provider', toString(provider), 'model', toString(model),
                'user', toString(user), 'project', toString(project), 'status', toString(status)),
                    map('session_id', session, 'grain', toString(grain)))),
            groupArray((cell_hour, day, day, day, billable, cell_cost, cell_tokens, cell_requests))
        FROM
        (
            SELECT source, dataset, provider, model, user, project, status, grain, billable,
                if(needs.2, session_id, '') AS session, mapFilter((tag, tag_value) -> has(needs.3, tag), tags) AS wanted_tags,
                toDate(ts, zone) AS day, if({by_hour:UInt8} = 1, toStartOfHour(toDateTime(ts, 'UTC')), toDateTime(0, 'UTC')) AS cell_hour,
                CAST(sum(cost_usd), 'Decimal(38, 9)') AS cell_cost, sum(total_tokens) AS cell_tokens, sum(u.requests) AS cell_requests
            FROM tallyd.usage AS u
            WHERE ts >= toDateTime64(events_since, 3, 'UTC')
            GROUP BY source, dataset, provider, model, user, project, status, grain, billable, session, wanted_tags, day, cell_hour
        )
        GROUP BY source, dataset, provider, model, user, project, status, grain, session, wanted_tags
    )
SELECT name, period_day, cell.1 AS hour, sum(cell.6) AS cost_usd, sum(cell.7) AS total_tokens, sum(cell.8) AS requests
FROM
(
    SELECT b.name AS name, b.period AS every, b.week_starts_on AS week, b.charged_only AS charged_only, part, arrayJoin(cells) AS cell,
        period_of(cell.2, every, week) AS period_day
    FROM combinations
    CROSS JOIN tallyd.budgets_in_force AS b
    WHERE b.by_events = (part = 'events')
        AND arrayAll((column, patterns) -> arrayExists(pattern -> like(dimensions[column], pattern), patterns), b.scope_columns, b.scope_patterns)
)
WHERE (cell.5 OR NOT charged_only)
    AND (part = 'events' OR (period_of(cell.3, every, week) = period_of(cell.4, every, week)) = (part = 'hours'))
GROUP BY name, period_day, hour;

-- One row per budget and period: the current one and those since the first usage that counts, as far
-- back as the period that 400 days ago belonged to.
CREATE VIEW IF NOT EXISTS tallyd.budget_periods AS
WITH
    (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'timezone') AS configured,
    if(empty(ifNull(configured, '')), 'UTC', assumeNotNull(configured)) AS zone,
    toDate(now('UTC'), zone) AS today,
    (day, every, week) -> multiIf(every = 'daily', day, every = 'monthly', toStartOfMonth(day),
        week = 'sunday', toStartOfWeek(day, 0), toStartOfWeek(day, 1)) AS period_of,
    (day, every) -> multiIf(every = 'daily', day + 1, every = 'weekly', day + 7, addMonths(day, 1)) AS next_period
SELECT
    name, b.scope_text AS scope_text, b.period AS period, b.unit AS unit, b.amount AS amount,
    toTimeZone(toDateTime(period_day, zone), 'UTC') AS period_start,
    toTimeZone(toDateTime(next_period(period_day, period), zone), 'UTC') AS period_end,
    CAST(period_day = period_of(today, period, b.week_starts_on), 'Bool') AS is_current,
    if(unit = 'usd', toFloat64(sums.cost), toFloat64(sums.tokens)) AS spent,
    round(spent / amount, 9) AS share,
    sums.counted AS requests
FROM
(
    SELECT name, period_day, sum(cost_usd) AS cost, sum(total_tokens) AS tokens, sum(requests) AS counted,
        minIf(period_day, max(used)) OVER (PARTITION BY name) AS first_day
    FROM
    (
        SELECT name, period_day, cost_usd, total_tokens, requests, true AS used
        FROM tallyd.budget_usage(by_hour = 0)
        UNION ALL
        -- every period, so that one in which nothing was spent has its row
        SELECT name, arrayJoin(arrayDistinct(arrayMap(i -> period_of(today - i, period, week_starts_on), range(401)))) AS period_day, 0, 0, 0, false
        FROM tallyd.budgets_in_force
    )
    GROUP BY name, period_day
) AS sums
INNER JOIN tallyd.budgets_in_force AS b USING (name)
WHERE period_day <= today
    AND period_day >= period_of(today - 400, period, b.week_starts_on)
    AND (is_current OR first_day != toDate(0) AND period_day >= first_day);

-- The current period of every budget, where it stands and where it goes.
CREATE VIEW IF NOT EXISTS tallyd.budget_status AS
WITH
    now('UTC') AS moment,
    toFloat64(dateDiff('second', period_start, period_end)) AS period_seconds,
    least(greatest(toFloat64(dateDiff('second', period_start, moment)), 1.), period_seconds) AS elapsed_seconds,
    (period_seconds - elapsed_seconds) / 3600 AS remaining_hours,
    (amount - spent) / burn_rate_per_hour * 3600 AS seconds_left,
    arrayFirst((reached_hour, so_far) -> round(toFloat64(so_far) / amount, 9) >= 1, hours.1, arrayCumSum(hours.2)) AS reached_in,
    arrayFilter(threshold -> round(threshold, 9) > share, thresholds) AS ahead
SELECT
    name, scope_text, period, unit, amount, period_start, period_end, true AS is_current,
    spent, round(spent / amount, 9) AS share, counted AS requests,
    elapsed_seconds / period_seconds AS elapsed_share,
    amount - spent AS remaining,
    burned / (dateDiff('second', burning_since, moment) / 3600) AS burn_rate_per_hour,
    elapsed_share AS expected_share,
    share / elapsed_share AS burn_ratio,
    spent + burn_rate_per_hour * remaining_hours AS forecast,
    round(forecast / amount, 9) AS forecast_share,
    CAST(multiIf(
        share >= 1, least(reached_in + 3600, moment),
        burn_rate_per_hour > 0 AND seconds_left < period_seconds - elapsed_seconds,
            moment + toIntervalSecond(toUInt32(least(seconds_left, period_seconds))),
        NULL), 'Nullable(DateTime(\'UTC\'))') AS runs_out_at,
    arrayMax(arrayConcat([0.], arrayFilter(threshold -> round(threshold, 9) <= share, thresholds))) AS threshold_reached,
    if(empty(ahead), NULL, arrayMin(ahead)) AS next_threshold
FROM
(
    SELECT
        b.name AS name, any(b.scope_text) AS scope_text, any(b.period) AS period, any(b.unit) AS unit, any(b.amount) AS amount,
        any(b.thresholds) AS thresholds, any(b.current_start) AS period_start, any(b.current_end) AS period_end, any(b.burning_since) AS burning_since,
        toFloat64(sumIf(if(b.unit = 'usd', cost_usd, toDecimal128(total_tokens, 9)), period_day = b.current_day)) AS spent,
        sumIf(u.requests, period_day = b.current_day) AS counted,
        toFloat64(sumIf(if(b.unit = 'usd', cost_usd, toDecimal128(total_tokens, 9)), hour >= b.burning_since AND hour <= now('UTC'))) AS burned,
        arraySort(groupArrayIf((hour, if(b.unit = 'usd', cost_usd, toDecimal128(total_tokens, 9))), period_day = b.current_day)) AS hours
    FROM
    (
        WITH
            (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'timezone') AS configured,
            if(empty(ifNull(configured, '')), 'UTC', assumeNotNull(configured)) AS zone,
            toDate(now('UTC'), zone) AS today
        SELECT
            name, scope_text, period, unit, amount, thresholds,
            multiIf(period = 'daily', today, period = 'monthly', toStartOfMonth(today),
                week_starts_on = 'sunday', toStartOfWeek(today, 0), toStartOfWeek(today, 1)) AS current_day,
            multiIf(period = 'daily', current_day + 1, period = 'weekly', current_day + 7, addMonths(current_day, 1)) AS next_day,
            toTimeZone(toDateTime(current_day, zone), 'UTC') AS current_start,
            toTimeZone(toDateTime(next_day, zone), 'UTC') AS current_end,
            -- the burn rate is that of the last 3 hours, day or week, for a day, a week or a month
            toStartOfHour(now('UTC') - toIntervalHour(multiIf(period = 'daily', 3, period = 'weekly', 24, 168))) AS burning_since
        FROM tallyd.budgets_in_force
    ) AS b
    LEFT JOIN (SELECT name, period_day, hour, cost_usd, total_tokens, requests FROM tallyd.budget_usage(by_hour = 1)) AS u ON u.name = b.name
    GROUP BY b.name
);

-- The limits of tallyd.yaml that alert rules read, with a row for each whether it was set or not.
-- The defaults are those of collector/budgets/alerts.ts; a test compares them.
CREATE VIEW IF NOT EXISTS tallyd.alert_settings AS
SELECT known.1 AS name, if(empty(set_value), known.2, toFloat64OrZero(set_value)) AS value, CAST(empty(set_value), 'Bool') AS is_default
FROM
(
    SELECT arrayJoin([
        ('spend_spike_factor', 3.), ('spend_spike_min_usd', 5.), ('error_share', 0.1), ('error_min_requests', 20.),
        ('cache_hit_drop', 0.3), ('cache_min_tokens', 100000.), ('new_spender_usd', 25.), ('stale_minutes', 60.),
        ('rejected_records', 1.), ('block_limit_tokens', 0.), ('block_limit_usd', 0.), ('block_share', 0.8),
        ('unpriced_tokens', 1.)]) AS known
) AS defaults
LEFT JOIN
(
    SELECT s.name AS setting, argMax(s.value, s.set_at) AS set_value FROM tallyd.settings AS s WHERE startsWith(s.name, 'alerts.') GROUP BY s.name
) AS configured ON setting = concat('alerts.', known.1);
