/** How each column of an event is read from cells: the SQL, and what makes a record unreadable. */
import type { MappedColumns, MappedFormatConfig } from './schema.ts';
import { type CellOf, literal } from './sql-text.ts';

export interface Reading {
  /** The column of the event with `_read` after it. */
  name: string;
  /** Its value, NULL where it cannot be read. */
  sql: string;
  /** Its value in the event, of records that are not rejected. */
  event: string;
  /** Pairs `condition, (reason, column, value)` of a multiIf. */
  problems: string[];
  /** The cell that says whether a record carries usage, for tokens and cost. */
  usage?: string;
}

export const MISSING = "'the cell is missing or empty'";

const COUNTS = [
  'input_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'cache_read_tokens',
  'output_tokens',
  'reasoning_tokens',
  'unclassified_tokens',
  'requests',
] as const;

/** The columns that are more than text, time first: the order is that in which problems are told. */
export function readingsOf({ columns }: MappedFormatConfig, cell: CellOf): Reading[] {
  const readings = [timeReading(columns.ts, cell)];
  for (const target of COUNTS) {
    const source = columns[target];
    if (source !== undefined) readings.push(countReading(target, source, cell));
  }
  if (columns.reported_cost_usd !== undefined) readings.push(costReading(columns.reported_cost_usd, cell));
  if (columns.duration_ms !== undefined) readings.push(durationReading(columns.duration_ms, cell));
  return readings;
}

/** Expressions of the text columns; undefined where they are not mapped. */
export function textOf(
  { columns }: MappedFormatConfig,
  cell: CellOf,
): Partial<
  Record<'model' | 'provider' | 'user' | 'project' | 'session_id' | 'request_id' | 'status', string>
> {
  const texts: ReturnType<typeof textOf> = {};
  for (const target of ['model', 'provider', 'user', 'project', 'session_id', 'request_id'] as const) {
    const source = columns[target];
    if (source === undefined) continue;
    texts[target] =
      typeof source === 'object' && 'value' in source
        ? literal(String(source.value))
        : `ifNull(${cell(typeof source === 'string' ? source : source.column)}, '')`;
  }
  if (columns.status !== undefined) texts.status = statusOf(columns.status, cell);
  return texts;
}

function timeReading(source: MappedColumns['ts'], cell: CellOf): Reading {
  const {
    column,
    format = 'auto',
    timezone = 'UTC',
  } = typeof source === 'string' ? { column: source } : source;
  const text = cell(column);
  const iso = `toTimeZone(parseDateTime64BestEffortOrNull(assumeNotNull(${text}), 3, ${literal(timezone)}), 'UTC')`;
  // clamped before it is converted: what is no time of this age is told below, and must not throw here
  const since = (perSecond: string, most: string) =>
    `fromUnixTimestamp64Milli(toInt64(least(greatest(ifNull(amount(${text}), toDecimal128(0, 14)), toDecimal128(0, 14)), ` +
    `toDecimal128('${most}', 14)) * 1000 / ${perSecond}), 'UTC')`;
  const dated = `is_date(assumeNotNull(${text})), ${iso}`;
  // by magnitude: seconds, milliseconds, microseconds or nanoseconds of this century
  const unit = `multiIf(amount(${text}) < 100000000000, 1, amount(${text}) < 100000000000000, 1000, amount(${text}) < 100000000000000000, 1000000, 1000000000)`;
  const cases = {
    iso: dated,
    epoch_s: `amount(${text}) IS NOT NULL, ${since('1', '100000000000')}`,
    epoch_ms: `amount(${text}) IS NOT NULL, ${since('1000', '100000000000000')}`,
    auto: `${dated}, amount(${text}) IS NOT NULL, ${since(unit, '10000000000000000000')}`,
  }[format];
  const name = 'ts_read';
  const label = literal(column);
  return {
    name,
    sql: `multiIf(${text} IS NULL, NULL, ${cases}, NULL)`,
    event: `assumeNotNull(${name})`,
    problems: [
      `${text} IS NULL, (${MISSING}, ${label}, '')`,
      `ifNull(toYear(${name}) NOT BETWEEN 2000 AND 2099, true), (${literal(WHEN[format])}, ${label}, assumeNotNull(${text}))`,
    ],
  };
}

const WHEN = {
  auto: 'not a date (YYYY-MM-DD, with or without a time, or seconds or milliseconds since 1970)',
  iso: 'not a date (YYYY-MM-DD, with or without a time)',
  epoch_s: 'not a number of seconds since 1970',
  epoch_ms: 'not a number of milliseconds since 1970',
} as const;

/** Whole numbers, also written as 4.0; an empty cell is 0. */
function countReading(
  target: (typeof COUNTS)[number],
  source: NonNullable<MappedColumns['input_tokens']>,
  cell: CellOf,
): Reading {
  const { column, minus = [] } = typeof source === 'string' ? { column: source } : source;
  const name = `${target}_read`;
  const parts = [column, ...minus];
  const whole = parts.map((part) => wholeNumber(cell(part)));
  const limit = target === 'requests' ? ' OR ifNull(requests_read, 0) > 4294967295' : '';
  const none = target === 'requests' ? '1' : '0';
  return {
    name,
    sql: target === 'requests' ? `if(${cell(column)} IS NULL, 1, ${whole[0]})` : whole.join(' - '),
    event: `toUInt64(ifNull(${name}, ${none}))`,
    problems: [
      ...parts.map(
        (part, i) =>
          `${whole[i]} IS NULL, ('not a whole number', ${literal(part)}, ifNull(${cell(part)}, ''))`,
      ),
      `ifNull(${name}, 0) < 0${limit}, (${literal(minus.length > 0 ? 'less than what is to be subtracted from it' : 'not a number that can be counted')}, ${literal(column)}, ifNull(${cell(column)}, ''))`,
    ],
    ...(target !== 'requests' && target !== 'reasoning_tokens' && { usage: cell(column) }),
  };
}

/** `1.000` is left unread: half of the world means a thousand by it. */
function wholeNumber(text: string): string {
  const float = `match(ifNull(${text}, ''), '^[0-9]{1,15}[.](0|00|0000+)$')`;
  return (
    `multiIf(${text} IS NULL, toInt64(0), whole_number(${text}) IS NOT NULL, whole_number(${text}), ` +
    `${float}, toInt64OrNull(splitByChar('.', ifNull(${text}, ''))[1]), NULL)`
  );
}

/** An amount of dollars; words for "not told" are NULL, so that it is calculated. */
function costReading(source: NonNullable<MappedColumns['reported_cost_usd']>, cell: CellOf): Reading {
  const { column, multiply = 1 } = typeof source === 'string' ? { column: source } : source;
  const text = cell(column);
  const name = 'reported_cost_usd_read';
  const untold = `lower(ifNull(${text}, '')) IN ('', '-', 'nan', 'null', 'n/a')`;
  return {
    name,
    sql: `if(${untold}, NULL, ${times(`amount(${text})`, multiply)})`,
    event: `accurateCastOrNull(${name}, 'Decimal(18, 9)')`,
    problems: [
      `NOT ${untold} AND ifNull(abs(${name}) >= 1000000000, true), ('not an amount of money', ${literal(column)}, assumeNotNull(${text}))`,
    ],
    usage: text,
  };
}

function durationReading(source: NonNullable<MappedColumns['duration_ms']>, cell: CellOf): Reading {
  const { column, multiply = 1 } = typeof source === 'string' ? { column: source } : source;
  const text = cell(column);
  const name = 'duration_ms_read';
  return {
    name,
    sql: `if(${text} IS NULL, NULL, ${times(`amount(${text})`, multiply)})`,
    event: `if(${name} IS NULL, NULL, toUInt32(least(greatest(round(toFloat64(${name})), 0), 4294967295)))`,
    problems: [
      `${text} IS NOT NULL AND ifNull(${name} NOT BETWEEN 0 AND 4294967295, true), ('not a duration', ${literal(column)}, assumeNotNull(${text}))`,
    ],
  };
}

/** In decimals, so that a factor such as 0.01 leaves no dust, and in wide ones, so that nothing overflows. */
function times(value: string, factor: number): string {
  if (factor === 1) return value;
  return `${value} * toDecimal256('${factor.toFixed(12).replace(/\.?0+$/, '')}', 12)`;
}

function statusOf(source: NonNullable<MappedColumns['status']>, cell: CellOf): string {
  const { column, ok, aborted } =
    typeof source === 'string' ? { column: source, ok: undefined, aborted: undefined } : source;
  const word = `lower(ifNull(${cell(column)}, ''))`;
  const among = (words: readonly (string | number)[]) =>
    `${word} IN (${words.map((one) => literal(String(one).toLowerCase())).join(', ')})`;
  const fine = ok ? among(['', ...ok]) : `(${among(['', ...OK])} OR match(${word}, '^2[0-9][0-9]$'))`;
  return `multiIf(${fine}, 'ok', ${among(aborted ?? ABORTED)}, 'aborted', 'error')`;
}

const OK = ['ok', 'success', 'successful', 'succeeded', 'complete', 'completed', 'stop', 'true'];
const ABORTED = ['aborted', 'cancelled', 'canceled'];
