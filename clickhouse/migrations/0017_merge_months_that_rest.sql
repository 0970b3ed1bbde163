-- A month in one part is read without looking for rows that replace each other; in two, every panel takes
-- three to six times as long (10,000,000 events in 26 parts of 13 months: 85 of 155 statements over 100 ms,
-- merged 23). The engine merges small parts soon, but two large ones never. So a month to which nothing came
-- for ten minutes is merged into one part.
ALTER TABLE tallyd.usage_events
    MODIFY SETTING min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE tallyd.usage_hourly_rows
    MODIFY SETTING min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE tallyd.usage_by_session_rows
    MODIFY SETTING min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1;
