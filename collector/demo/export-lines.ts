/** The rows of an export as JSON, one object a line or one array, as databases and APIs give the same table. */
import type { ExportRow } from './usage-export.ts';

export interface LinesWriting {
  /** Columns whose cells are numbers, and columns whose cells are JSON themselves. */
  numbers: readonly string[];
  json: readonly string[];
  /** A cell that is empty is null, or is left out. Default null. */
  empty?: 'null' | 'left out';
  /** One array, over several lines. */
  array?: boolean;
}

export function writeExportLines(rows: readonly ExportRow[], how: LinesWriting): string {
  const objects = rows.map(({ cells }) =>
    Object.fromEntries(
      Object.entries(cells)
        .map(([column, cell]): [string, unknown] => [column, valueOf(column, cell, how)])
        .filter(([, value]) => value !== null || how.empty !== 'left out'),
    ),
  );
  if (how.array) return `${JSON.stringify(objects, undefined, 2)}\n`;
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
}

function valueOf(column: string, cell: string, { numbers, json }: LinesWriting): unknown {
  if (cell === '') return null;
  if (numbers.includes(column)) return Number(cell);
  return json.includes(column) ? JSON.parse(cell) : cell;
}
