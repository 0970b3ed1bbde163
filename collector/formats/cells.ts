/**
 * Functions over cells for the `WITH` of a `read.sql`, as `{{cells}}`. Each gives NULL where the cell
 * cannot be read. The cheap way is tried first: a regular expression runs only for the few cells
 * that need one.
 */

/**
 * `whole_number(cell)`: Nullable(Int64), not negative. Commas are taken for thousands separators only
 * where they stand as such: `1,000`, not `1,2`.
 */
const WHOLE_NUMBER = `(cell -> if(position(ifNull(cell, ''), ',') = 0,
        if(startsWith(ifNull(cell, ''), '-'), NULL, toInt64OrNull(ifNull(cell, ''))),
        if(match(ifNull(cell, ''), '^[0-9]{1,3}(,[0-9]{3})+$'), toInt64OrNull(replaceAll(ifNull(cell, ''), ',', '')), NULL))) AS whole_number`;

/** `amount(cell)`: Nullable(Decimal(38, 14)), with or without a dollar sign and thousands separators. */
const AMOUNT = `(cell -> if(match(ifNull(cell, ''), '[$, ]'),
        if(match(ifNull(cell, ''), '^ *[-+]? *[$]? *[-+]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]*)? *$'),
            toDecimal128OrNull(replaceRegexpAll(ifNull(cell, ''), '[$, ]', ''), 14), NULL),
        if(ifNull(cell, '') IN ('-', '+'), NULL, toDecimal128OrNull(ifNull(cell, ''), 14)))) AS amount`;

/**
 * `is_date(cell)`: whether it is written as a date of this age, with or without a time. The parser of
 * the engine is lenient: to it 25 o'clock is one in the morning.
 */
const IS_DATE = `(cell -> length(cell) >= 10 AND substring(cell, 5, 1) = '-' AND substring(cell, 8, 1) = '-'
        AND substring(cell, 1, 4) >= '2000' AND substring(cell, 1, 4) < '2100'
        AND substring(cell, 6, 2) >= '01' AND substring(cell, 9, 2) >= '01'
        AND substring(cell, 12, 2) < '24' AND substring(cell, 15, 2) < '60' AND substring(cell, 18, 2) < '60') AS is_date`;

export const CELL_FUNCTIONS = [WHOLE_NUMBER, AMOUNT, IS_DATE].join(',\n    ');
