/** Tables that fit: columns shrink, wrap and at last drop out before a line grows too long. */
import { displayWidth, truncate, wrap } from './text.ts';

export interface Column {
  head: string;
  align?: 'left' | 'right';
  /** How far it may shrink; without it the column takes what its widest cell takes. */
  min?: number;
  /** What happens to a cell that is wider than its column. @default 'cut' */
  overflow?: 'cut' | 'wrap';
  /** Columns with a number drop out, the highest first, when all are as small as can be. */
  drop?: number;
}

export type Tone = 'plain' | 'strong' | 'faint' | 'good';
export interface TableRow {
  cells: string[];
  tone?: Tone;
}

export interface TableSpec {
  columns: Column[];
  rows: TableRow[];
  /** Set apart by a line. */
  totals?: TableRow;
}

export interface Style {
  /** Columns of the terminal. */
  width: number;
  color: boolean;
}

/** A column costs a border and a space on either side, the table one more border. */
const COLUMN_EXTRA = 3;
const TABLE_EXTRA = 1;

/** Whether a table fits without losing a column. */
export function fits(spec: TableSpec, width: number): boolean {
  return smallest(spec) <= width;
}

/**
 * The table as text, without a newline at its end. Drawn here: widths, wrapping and cutting are ours
 * anyway, and a table library took 90 ms for a year of days where this takes 5.
 */
export function drawTable(spec: TableSpec, style: Style): string {
  const fitting = withoutColumns(spec, style.width);
  const most = share(fitting, style.width);
  const fit = (row: TableRow): { lines: string[][]; tone: Tone } => ({
    lines: row.cells.map((cell, i) => fitCell(cell, fitting.columns[i]!, most[i]!)),
    tone: row.tone ?? 'plain',
  });
  const rows = fitting.rows.map(fit);
  const totals = fitting.totals && fit(fitting.totals);
  // wrapped cells may need less than they were given
  const widths = fitting.columns.map((column, i) =>
    [...rows, ...(totals ? [totals] : [])].reduce(
      (width, row) => Math.max(width, ...row.lines[i]!.map(displayWidth)),
      headWidth(column),
    ),
  );
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const draw = (cells: string[][], tone: Tone | 'head'): string[] =>
    rowLines(cells, fitting.columns, widths, tone, style.color);
  return [
    rule('┌', '┬', '┐'),
    ...draw(
      // a head of several words takes several lines, which keeps columns narrow
      fitting.columns.map((column) => column.head.split(' ')),
      'head',
    ),
    rule('├', '┼', '┤'),
    ...rows.flatMap((row) => draw(row.lines, row.tone)),
    ...(totals ? [rule('├', '┼', '┤'), ...draw(totals.lines, totals.tone)] : []),
    rule('└', '┴', '┘'),
  ].join('\n');
}

/** A row is as high as its highest cell. */
function rowLines(
  cells: readonly string[][],
  columns: readonly Column[],
  widths: readonly number[],
  tone: Tone | 'head',
  color: boolean,
): string[] {
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) => {
    const parts = cells.map((lines, i) => {
      const text = lines[at] ?? '';
      const space = ' '.repeat(Math.max(0, widths[i]! - displayWidth(text)));
      const painted = paint(text, tone, color);
      return columns[i]!.align === 'right' ? space + painted : painted + space;
    });
    return `│ ${parts.join(' │ ')} │`;
  });
}

const naturalWidths = new WeakMap<TableSpec, number[]>();

/** What a column's widest cell takes; asked for often, so counted once. */
function naturalWidth(spec: TableSpec, at: number): number {
  let widths = naturalWidths.get(spec);
  if (!widths) naturalWidths.set(spec, (widths = spec.columns.map((_, i) => widest(spec, i))));
  return widths[at]!;
}

function widest(spec: TableSpec, at: number): number {
  const cells = [...spec.rows, ...(spec.totals ? [spec.totals] : [])].map((row) =>
    displayWidth(row.cells[at] ?? ''),
  );
  return Math.max(headWidth(spec.columns[at]!), ...cells);
}

function headWidth(column: Column): number {
  return Math.max(...column.head.split(' ').map(displayWidth));
}

function smallestColumn(spec: TableSpec, at: number): number {
  const { min } = spec.columns[at]!;
  const natural = naturalWidth(spec, at);
  return min === undefined ? natural : Math.min(natural, Math.max(min, headWidth(spec.columns[at]!)));
}

function smallest(spec: TableSpec): number {
  return spec.columns.reduce((sum, _, at) => sum + smallestColumn(spec, at) + COLUMN_EXTRA, TABLE_EXTRA);
}

function withoutColumns(spec: TableSpec, width: number): TableSpec {
  if (fits(spec, width)) return spec;
  const most = Math.max(...spec.columns.map((column) => column.drop ?? 0));
  if (most === 0) return spec;
  const at = spec.columns.findIndex((column) => column.drop === most);
  const cut = (row: TableRow): TableRow => ({ ...row, cells: row.cells.filter((_, i) => i !== at) });
  return withoutColumns(
    {
      columns: spec.columns.filter((_, i) => i !== at),
      rows: spec.rows.map(cut),
      ...(spec.totals && { totals: cut(spec.totals) }),
    },
    width,
  );
}

/** Every column gets its least; what is left goes to the first that wants it. */
function share(spec: TableSpec, width: number): number[] {
  let left = width - smallest(spec);
  return spec.columns.map((_, at) => {
    const least = smallestColumn(spec, at);
    const more = Math.max(0, Math.min(left, naturalWidth(spec, at) - least));
    left -= more;
    return least + more;
  });
}

function fitCell(cell: string, column: Column, width: number): string[] {
  return column.overflow === 'wrap' ? wrap(cell, width) : [truncate(cell, width)];
}

const CODES = { head: '36', strong: '1', faint: '2', good: '32' };

/** Colours every line of a text for itself. */
export function paint(text: string, tone: Tone | 'head', color: boolean): string {
  if (!color || tone === 'plain' || text === '') return text;
  return text
    .split('\n')
    .map((line) => `\u001b[${CODES[tone]}m${line}\u001b[0m`)
    .join('\n');
}
