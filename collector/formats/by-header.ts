/** Recognising a table by the names of its columns, wherever they stand. */
import { sameHeader } from '../store/records.ts';
import { list, quoted } from './describe.ts';
import type { Column, Recognition, TableHeader } from './format.ts';

/** Asks whether a header has a column, by the column's name in `read.sql`. */
export function columnsOf(table: TableHeader, columns: readonly Column[]): (name: string) => boolean {
  const found = new Set(
    columns
      .filter(({ headers }) => table.columns.some((header) => sameHeader(header, headers)))
      .map(({ name }) => name),
  );
  return (name) => found.has(name);
}

/** `this` when every needed column is there; otherwise `near`, with those that are missing. */
export function thisOrLacking(
  table: TableHeader,
  columns: readonly Column[],
  needed: readonly string[],
): Recognition {
  const has = columnsOf(table, columns);
  const missing = columns.filter(({ name }) => needed.includes(name) && !has(name));
  if (missing.length === 0) return { is: 'this' };
  const score = columns.filter(({ name }) => has(name)).length;
  return { is: 'near', difference: lacks(missing), score };
}

function lacks(missing: readonly Column[]): string {
  const [first = '', ...others] = missing.map(({ headers, name }) => quoted(headers[0] ?? name));
  return others.length === 0
    ? `has no column ${first}`
    : `has neither a column ${first} nor ${list(others, 'nor')}`;
}
