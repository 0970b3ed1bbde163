-- What counts towards budgets, with less to plan: the dashboard Budgets, its alert rules and the views
-- `budget_periods` and `budget_status` spent more time on planning this view than on reading.
-- The same rows as before (0011 tells what they are). Budgets are one constant, events are read in one
-- place for both that need them, tables are read where views were, and sums are told apart only by the
-- columns that a scope names.
CREATE OR REPLACE VIEW tallyd.budget_usage AS
WITH
    (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'cost_mode') AS cost_mode,
    (SELECT argMax(value, set_at) FROM tallyd.settings WHERE name = 'timezone') AS configured,
    if(empty(ifNull(configured, '')), 'UTC', assumeNotNull(configured)) AS zone,
    toStartOfHour(now('UTC') - toIntervalDay(if({by_hour:UInt8} = 1, 33, 440))) AS hours_since,
    -- the budgets, days of events that are read, the columns that scopes name, the tags among them, and
    -- the kinds of periods that the hourly sums are cut by
    (
        SELECT (
            groupArray((name, period, week_starts_on, charged_only, by_events, scope_columns, scope_patterns)),
            maxIf(multiIf(period = 'daily', 2, period = 'weekly', 9, 33), by_events),
            groupUniqArrayArray(scope_columns),
            groupUniqArrayArray(arrayMap(column -> substring(column, 6), arrayFilter(column -> startsWith(column, 'tags.'), scope_columns))),
            groupUniqArrayIf((period, week_starts_on), NOT by_events))
        FROM tallyd.budgets_in_force
    ) AS asked,
    if(asked.2 = 0, toDateTime(4294967295, 'UTC'), toStartOfHour(now('UTC') - toIntervalDay(if({by_hour:UInt8} = 1, asked.2, 440)))) AS events_since,
    (day, every, week) -> multiIf(every = 'daily', day, every = 'monthly', toStartOfMonth(day),
        week = 'sunday', toStartOfWeek(day, 0), toStartOfWeek(day, 1)) AS period_of,
    -- hours in which a period begins
    (
        SELECT groupUniqArray(toStartOfHour(toTimeZone(toDateTime(day, zone), 'UTC')))
        FROM (SELECT toDate(hours_since, zone) + number AS day FROM numbers(475))
        WHERE toUnixTimestamp(toDateTime(day, zone)) % 3600 != 0
            AND arrayExists(kind -> period_of(day, kind.1, kind.2) = day, asked.5)
    ) AS edge_hours,
    if(empty(edge_hours), toDateTime(4294967295, 'UTC'), hours_since) AS edges_since,
    combinations AS
    (
        SELECT
            false AS of_events,
            map('source', toString(of_source), 'dataset', toString(of_dataset), 'provider', toString(of_provider), 'model', toString(of_model),
                'user', toString(of_user), 'project', toString(of_project), 'status', toString(of_status)) AS dimensions,
            groupArray((cell_hour, first_day, first_day, last_day, true, false, false, cell_cost, cell_tokens, cell_requests)) AS cells
        FROM
        (
            SELECT
                if(has(asked.3, 'source'), source, '') AS of_source, if(has(asked.3, 'dataset'), dataset, '') AS of_dataset,
                if(has(asked.3, 'provider'), provider, '') AS of_provider, if(has(asked.3, 'model'), model, '') AS of_model,
                if(has(asked.3, 'user'), user, '') AS of_user, if(has(asked.3, 'project'), project, '') AS of_project,
                if(has(asked.3, 'status'), status, '') AS of_status,
                toDate(hour, zone) AS first_day, toDate(hour + 3599, zone) AS last_day,
                if({by_hour:UInt8} = 1, hour, toDateTime(0, 'UTC')) AS cell_hour,
                sum(multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd, auto_cost_usd)) AS cell_cost,
                sum(total_tokens) AS cell_tokens, sum(requests) AS cell_requests
            FROM tallyd.usage_hourly_rows FINAL
            WHERE hour >= hours_since AND generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live')
            GROUP BY of_source, of_dataset, of_provider, of_model, of_user, of_project, of_status, first_day, last_day, cell_hour
        )
        GROUP BY dimensions
        UNION ALL
        SELECT
            true,
            mapUpdate(
                mapApply((tag, tag_value) -> (concat('tags.', tag), tag_value), CAST(wanted_tags, 'Map(String, String)')),
                map('source', toString(source), 'dataset', toString(dataset), 'provider', toString(provider), 'model', toString(model),
                    'user', toString(user), 'project', toString(project), 'status', toString(status), 'session_id', session, 'grain', toString(grain))) AS dimensions,
            groupArray((cell_hour, day, first_day, last_day, billable, is_event, is_edge, cell_cost, cell_tokens, cell_requests))
        FROM
        (
            WITH toStartOfHour(toDateTime(ts, 'UTC')) AS ts_hour
            SELECT source, dataset, provider, model, user, project, status, grain, billable,
                if(has(asked.3, 'session_id'), session_id, '') AS session, mapFilter((tag, tag_value) -> has(asked.4, tag), tags) AS wanted_tags,
                toDate(ts, zone) AS day, toDate(ts_hour, zone) AS first_day, toDate(ts_hour + 3599, zone) AS last_day,
                if({by_hour:UInt8} = 1, ts_hour, toDateTime(0, 'UTC')) AS cell_hour,
                ts >= toDateTime64(events_since, 3, 'UTC') AS is_event, ts >= toDateTime64(edges_since, 3, 'UTC') AND has(edge_hours, ts_hour) AS is_edge,
                CAST(sum(ifNull(multiIf(cost_mode = 'calculate', calculated_cost_usd, cost_mode = 'display', reported_cost_usd,
                    coalesce(reported_cost_usd, calculated_cost_usd)), 0)), 'Decimal(38, 9)') AS cell_cost,
                sum(total_tokens) AS cell_tokens, sum(u.requests) AS cell_requests
            FROM tallyd.usage_all_generations AS u
            WHERE ts >= toDateTime64(least(events_since, edges_since), 3, 'UTC')
                AND (ts >= toDateTime64(events_since, 3, 'UTC') OR toStartOfHour(ts) IN (SELECT arrayJoin(edge_hours)))
                AND generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live')
            GROUP BY source, dataset, provider, model, user, project, status, grain, billable, session, wanted_tags, day, first_day, last_day, cell_hour, is_event, is_edge
        )
        GROUP BY dimensions
    )
SELECT name, period_day, cell.1 AS hour, sum(cell.8) AS cost_usd, sum(cell.9) AS total_tokens, sum(cell.10) AS requests
FROM
(
    SELECT budget.1 AS name, budget.2 AS every, budget.3 AS week, budget.4 AS charged_only, budget.5 AS by_events, of_events,
        arrayJoin(cells) AS cell, period_of(cell.2, every, week) AS period_day
    FROM
    (
        SELECT of_events, cells, arrayJoin(arrayFilter(
            each -> (of_events OR NOT each.5)
                AND arrayAll((column, patterns) -> arrayExists(pattern -> like(dimensions[column], pattern), patterns), each.6, each.7),
            asked.1)) AS budget
        FROM combinations
    )
)
WHERE (cell.5 OR NOT charged_only)
    AND if(of_events AND by_events, cell.6,
        (cell.7 OR NOT of_events) AND (period_of(cell.3, every, week) = period_of(cell.4, every, week)) != of_events)
GROUP BY name, period_day, hour;
