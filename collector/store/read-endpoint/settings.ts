/**
 * Settings that clients send as parameters of the URL. Those below are applied; the rest is ignored,
 * because clients send some with every request and most of them tune what is not theirs to tune.
 */
import { ReadError } from './refused.ts';

export interface Settings {
  /** What the session has to be set to, as a `SET` takes it. Statements with the same share sessions. */
  session: string;
  /** Seconds that the statement may take, where that was asked for. */
  seconds: number | undefined;
  /** The time zone in which times without one of their own are read and written. */
  timezone: string;
}

/** What a value must look like, and how it is written in a `SET`. */
const APPLIED: Record<string, { shape: RegExp; what: string; quoted?: boolean }> = {
  limit: { shape: /^\d{1,18}$/, what: 'a number of rows' },
  offset: { shape: /^\d{1,18}$/, what: 'a number of rows' },
  result_overflow_mode: { shape: /^(?:throw|break)$/, what: 'throw or break', quoted: true },
  session_timezone: { shape: /^[\w+/-]{0,64}$/, what: 'a time zone', quoted: true },
  join_use_nulls: { shape: /^[01]$/, what: '0 or 1' },
  date_time_output_format: {
    shape: /^(?:simple|iso|unix_timestamp)$/,
    what: 'simple, iso or unix_timestamp',
    quoted: true,
  },
  output_format_json_quote_64bit_integers: { shape: /^[01]$/, what: '0 or 1' },
  output_format_json_quote_64bit_floats: { shape: /^[01]$/, what: '0 or 1' },
  output_format_json_quote_decimals: { shape: /^[01]$/, what: '0 or 1' },
  output_format_json_quote_denormals: { shape: /^[01]$/, what: '0 or 1' },
};

/**
 * Reads the settings out of a URL's parameters.
 *
 * @param mostRows the endpoint's own limit, which a client may only lower
 * @throws ReadError with 72 for a value that is none.
 */
export function readSettings(parameters: URLSearchParams, mostRows: number): Settings {
  const session = [`max_result_rows=${rowsOf(parameters, mostRows)}`];
  for (const [name, { shape, what, quoted }] of Object.entries(APPLIED)) {
    const value = valueOf(parameters, name);
    if (value === undefined) continue;
    if (!shape.test(value)) throw invalid(name, value, what);
    session.push(`${name}=${quoted ? `'${value}'` : value}`);
  }
  return {
    session: session.join(', '),
    seconds: secondsOf(parameters),
    timezone: valueOf(parameters, 'session_timezone') ?? 'UTC',
  };
}

/** 0 is no limit, and there is one. */
function rowsOf(parameters: URLSearchParams, most: number): number {
  const value = valueOf(parameters, 'max_result_rows') ?? '0';
  if (!/^\d{1,18}$/.test(value)) throw invalid('max_result_rows', value, 'a number of rows');
  return Math.min(most, Number(value) || most);
}

function secondsOf(parameters: URLSearchParams): number | undefined {
  const value = valueOf(parameters, 'max_execution_time');
  if (value === undefined) return undefined;
  if (!/^\d{1,9}(?:\.\d+)?$/.test(value)) throw invalid('max_execution_time', value, 'a number of seconds');
  return Number(value) > 0 ? Number(value) : undefined;
}

/** Booleans come as words as well. */
function valueOf(parameters: URLSearchParams, name: string): string | undefined {
  const value = parameters.get(name);
  if (value === null || value === '') return undefined;
  return value === 'true' ? '1' : value === 'false' ? '0' : value;
}

function invalid(name: string, value: string, what: string): ReadError {
  return new ReadError(72, 'CANNOT_PARSE_NUMBER', `${name}=${value.slice(0, 100)} is not ${what}`);
}
