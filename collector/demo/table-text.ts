/** Writes rows as delimited text in the ways that exports and the programs between them do. */
import type { Prng } from './prng.ts';

/** None of it changes what the rows say. */
export interface TableWriting {
  bom?: boolean;
  crlf?: boolean;
  /** Every cell, or those that must be. Default `minimal`. */
  quote?: 'all' | 'minimal';
  /** Default true. */
  finalNewline?: boolean;
  blankLinesAtEnd?: boolean;
  shuffleColumns?: boolean;
  shuffleRows?: boolean;
  /** Columns nobody knows, between the known ones, with text that must be quoted. */
  extraColumns?: boolean;
}

/** A row by the names of its columns; a column that it does not have is an empty cell. */
export type TextRow = Readonly<Record<string, string>>;

/** The table as text. `prng` decides what is shuffled and what unknown columns say. */
export function writeTable(
  prng: Prng,
  header: readonly string[],
  rows: readonly TextRow[],
  how: TableWriting = {},
): string {
  const columns = drawColumns(prng, header, how);
  const cellOf = (row: TextRow, column: string): string =>
    UNKNOWN.includes(column)
      ? prng.pick(['', 'x', '17', 'a, b', 'two\nlines, "quoted"'])
      : (row[column] ?? '');
  const ordered = how.shuffleRows ? prng.shuffled(rows) : rows;
  const lines = [columns, ...ordered.map((row) => columns.map((column) => cellOf(row, column)))];
  const newline = how.crlf ? '\r\n' : '\n';
  const text = lines
    .map((cells) => cells.map((cell) => quoted(cell, how.quote === 'all')).join(','))
    .join(newline);
  const end = how.blankLinesAtEnd ? newline.repeat(3) : (how.finalNewline ?? true) ? newline : '';
  return (how.bom ? '\uFEFF' : '') + text + end;
}

const UNKNOWN = ['Extra, Note', 'extra_column'];

function drawColumns(prng: Prng, header: readonly string[], how: TableWriting): string[] {
  const columns = [...header];
  if (how.extraColumns) for (const name of UNKNOWN) columns.splice(prng.int(0, columns.length), 0, name);
  return how.shuffleColumns ? prng.shuffled(columns) : columns;
}

function quoted(cell: string, always: boolean): string {
  return always || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
