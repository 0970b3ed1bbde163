/** Query parameters: unknown ones are refused, since a typing error must not pass for a default. */
import type { Request } from 'express';
import type { Page } from '../sources/upload/types.ts';
import { badParameter } from './problem.ts';

const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 1000;

/** The values of the parameters a request may have; throws a 400 that names those. */
export function readQuery<Name extends string>(
  request: Request,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const values: Partial<Record<Name, string>> = {};
  for (const [key, value] of new URL(request.originalUrl, 'http://localhost').searchParams) {
    const name = names.find((one) => one === key);
    const allowed = names.length > 0 ? `it takes ${names.join(', ')}` : 'it takes none';
    if (name === undefined)
      throw badParameter(`${JSON.stringify(key)} is no parameter of this address; ${allowed}.`);
    if (values[name] !== undefined) throw badParameter(`${name} is given twice; give it once.`);
    values[name] = value;
  }
  return values;
}

export function readBoolean(name: string, value: string | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (value === 'true' || value === 'false') return value === 'true';
  throw badParameter(`${name} is ${JSON.stringify(value.slice(0, 60))}; it can be true or false.`);
}

export function readPage(request: Request): Page {
  const { limit, offset } = readQuery(request, ['limit', 'offset']);
  return {
    limit: wholeNumber('limit', limit, DEFAULT_LIMIT, 1, LARGEST_LIMIT),
    offset: wholeNumber('offset', offset, 0, 0, Number.MAX_SAFE_INTEGER),
  };
}

function wholeNumber(name: string, value: string | undefined, fallback: number, least: number, most: number) {
  if (value === undefined) return fallback;
  const number = /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw badParameter(`${name} is ${JSON.stringify(value.slice(0, 60))}; it must be a whole number ${range}.`);
}

/** The address of the page after this one, for a Link header; undefined on the last. */
export function nextPage(request: Request, page: Page, shown: number, total: number): string | undefined {
  if (shown === 0 || page.offset + shown >= total) return undefined;
  return `${request.originalUrl.split('?', 1)[0]}?limit=${page.limit}&offset=${page.offset + shown}`;
}
