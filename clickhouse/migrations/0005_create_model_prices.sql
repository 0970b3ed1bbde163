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

-- Which price row holds for a name at a time. Most names have one row; where hours of the day or the
-- request's size decide, the rows' arrays are looked through. Arrays are small, prices are not in
-- them: copying arrays of decimals per event took most of the time of a query over events.
CREATE DICTIONARY IF NOT EXISTS tallyd.rate_of
(
    provider String,
    model String,
    valid_from DateTime64(3, 'UTC'),
    valid_until DateTime64(3, 'UTC'),
    rate UInt64,
    rates Array(UInt64),
    daily_from Array(UInt32),
    daily_until Array(UInt32),
    above Array(Int64)
)
PRIMARY KEY provider, model
SOURCE(CLICKHOUSE(QUERY '
    WITH count() = 1 AND any(above_input_tokens) < 0 AND any(daily_from) = 0 AND any(daily_until) = 86400 AS simple
    SELECT provider, model, valid_from, addMilliseconds(valid_until, -1) AS valid_until,
        if(simple, any(id), 0), if(simple, [], groupArray(id)), groupArray(daily_from), groupArray(daily_until), groupArray(above_input_tokens)
    FROM (SELECT *, cityHash64(provider, model, valid_from, ordinal) AS id FROM tallyd.model_price_rows ORDER BY provider, model, valid_from, ordinal)
    GROUP BY provider, model, valid_from, valid_until'))
LAYOUT(COMPLEX_KEY_RANGE_HASHED())
RANGE(MIN valid_from MAX valid_until)
LIFETIME(0);

-- Prices per token of a price row at a speed. `known` tells a price of 0 from none.
CREATE DICTIONARY IF NOT EXISTS tallyd.rate_prices
(
    rate UInt64,
    known UInt8,
    input Decimal(38, 19),
    cache_write_5m Decimal(38, 19),
    cache_write_1h Decimal(38, 19),
    cache_read Decimal(38, 19),
    output Decimal(38, 19)
)
PRIMARY KEY rate
SOURCE(CLICKHOUSE(QUERY '
    SELECT cityHash64(provider, model, valid_from, ordinal) * 8 + speed.1 AS rate, 1 AS known,
        CAST(input AS Decimal(38, 15)) / 1000000 * speed.2, CAST(cache_write_5m AS Decimal(38, 15)) / 1000000 * speed.2,
        CAST(cache_write_1h AS Decimal(38, 15)) / 1000000 * speed.2, CAST(cache_read AS Decimal(38, 15)) / 1000000 * speed.2,
        CAST(output AS Decimal(38, 15)) / 1000000 * speed.2
    FROM tallyd.model_price_rows
    ARRAY JOIN [(0, toDecimal64(1, 4)), (1, fast), (2, batch), (3, flex), (4, priority)] AS speed'))
LAYOUT(HASHED())
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
