-- What models cost, in US dollars per million tokens. One row per name as events have it, validity,
-- hours of the day and request size; of the rows that hold for an event the last by ordinal counts.
CREATE TABLE IF NOT EXISTS tallyd.model_price_rows
(
    provider String,
    model String,
    price_provider String,
    price_model String,
    origin LowCardinality(String),
    valid_from DateTime64(3, 'UTC'),
    valid_until DateTime64(3, 'UTC'),
    daily_from UInt32,
    daily_until UInt32,
    above_input_tokens Int64,
    ordinal UInt32,
    input Decimal(18, 9),
    cache_write_5m Decimal(18, 9),
    cache_write_1h Decimal(18, 9),
    cache_read Decimal(18, 9),
    output Decimal(18, 9),
    fast Decimal(9, 4),
    batch Decimal(9, 4),
    flex Decimal(9, 4),
    priority Decimal(9, 4)
)
ENGINE = MergeTree
ORDER BY (provider, model, valid_from, ordinal);

-- The names that were looked up, those without a price included, so that each is looked up once
-- per price list.
CREATE TABLE IF NOT EXISTS tallyd.priced_names
(
    provider String,
    model String,
    priced Bool,
    book String,
    looked_up_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(looked_up_at)
ORDER BY (provider, model);

CREATE VIEW IF NOT EXISTS tallyd.model_prices AS
SELECT *
FROM tallyd.model_price_rows;

-- Prices per token, so that the view multiplies once.
CREATE DICTIONARY IF NOT EXISTS tallyd.price_of
(
    provider String,
    model String,
    valid_from DateTime64(3, 'UTC'),
    valid_until DateTime64(3, 'UTC'),
    daily_from Array(UInt32),
    daily_until Array(UInt32),
    above Array(Int64),
    input Array(Decimal(38, 15)),
    cache_write_5m Array(Decimal(38, 15)),
    cache_write_1h Array(Decimal(38, 15)),
    cache_read Array(Decimal(38, 15)),
    output Array(Decimal(38, 15)),
    multipliers Array(Decimal(38, 4))
)
PRIMARY KEY provider, model
SOURCE(CLICKHOUSE(QUERY '
    SELECT provider, model, valid_from, addMilliseconds(valid_until, -1) AS valid_until,
        groupArray(daily_from), groupArray(daily_until), groupArray(above_input_tokens),
        groupArray(CAST(input AS Decimal(38, 15)) / 1000000), groupArray(CAST(cache_write_5m AS Decimal(38, 15)) / 1000000),
        groupArray(CAST(cache_write_1h AS Decimal(38, 15)) / 1000000), groupArray(CAST(cache_read AS Decimal(38, 15)) / 1000000),
        groupArray(CAST(output AS Decimal(38, 15)) / 1000000),
        [1, any(fast), any(batch), any(flex), any(priority)]
    FROM (SELECT * FROM tallyd.model_price_rows ORDER BY provider, model, valid_from, ordinal)
    GROUP BY provider, model, valid_from, valid_until'))
LAYOUT(COMPLEX_KEY_RANGE_HASHED())
RANGE(MIN valid_from MAX valid_until)
LIFETIME(0);

-- Settings that views read: the cost mode.
CREATE TABLE IF NOT EXISTS tallyd.settings
(
    name String,
    value String,
    set_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(set_at)
ORDER BY name;
