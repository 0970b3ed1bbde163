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

/**
 * `whole_float(cell)`: like `whole_number`, also as software that knows only floats writes it: `31422.0`.
 * `1.000` may mean a thousand, so it is not read. No count reaches 10^15, and sums of such cannot wrap.
 */
const WHOLE_FLOAT = `(cell -> nullIf(least(ifNull(toInt64OrNull(multiIf(
            position(ifNull(cell, ''), ',') > 0,
                if(match(ifNull(cell, ''), '^[0-9]{1,3}(,[0-9]{3})+([.]0)?$'), replaceAll(replaceOne(ifNull(cell, ''), '.0', ''), ',', ''), ''),
            startsWith(ifNull(cell, ''), '-'), '',
            endsWith(ifNull(cell, ''), '.0'), substring(ifNull(cell, ''), 1, length(ifNull(cell, '')) - 2),
            ifNull(cell, ''))), 1000000000000000), 1000000000000000), 1000000000000000)) AS whole_float`;

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

/** `moment(cell)`: Nullable(DateTime64(3, 'UTC')) of a date with or without a time; UTC where no zone is told. */
const MOMENT = `(cell -> if(is_date(ifNull(cell, '')), parseDateTime64BestEffortOrNull(ifNull(cell, ''), 3, 'UTC'), NULL)) AS moment`;

/**
 * JSON may spell half a surrogate pair (text cut in the middle of a character); the engine's parser
 * refuses all of a text for it, so such a one is read without its surrogates.
 *
 * @param text an expression of type String
 */
export function readableJson(text: string): string {
  const surrogate = '\\\\\\\\u[dD][89abAB][0-9a-fA-F]{2}|\\\\\\\\u[dD][c-fC-F][0-9a-fA-F]{2}';
  return (
    `if(positionCaseInsensitive(${text}, '\\\\ud') = 0 OR isValidJSON(${text}), ${text}, ` +
    `replaceRegexpAll(${text}, '${surrogate}', '\\\\\\\\ufffd'))`
  );
}

/** `readable_json(cell)`: String; see {@link readableJson}. */
const READABLE_JSON = `(cell -> ${readableJson("ifNull(cell, '')")}) AS readable_json`;

export const CELL_FUNCTIONS = [WHOLE_NUMBER, WHOLE_FLOAT, AMOUNT, IS_DATE, MOMENT, READABLE_JSON].join(
  ',\n    ',
);
