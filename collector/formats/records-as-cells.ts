/**
 * One `read.sql` for every layout of an export. It reads `{{records}}` as cells: the declared columns as
 * Nullable(String) (NULL: not there, null or empty), `surplus` and `short` as tables have them, `broken`
 * (a line that is no JSON) and `line` (its text, '' of tables).
 */
import { sqlString } from '../store/sql.ts';
import type { Column, Format, Sample } from './format.ts';
import { elementsOf } from './json-document.ts';
import { firstObjects } from './json-lines.ts';
import { tupleOf, valueAt } from './mapped/json-paths.ts';
import { sameHeader } from '../store/records.ts';

/** The `read.sql` of a layout. Of JSON, header names are dotted paths, exactly as they are written. */
export function readCells(sql: string, columns: readonly Column[], layout: Format['layout']): string {
  const records = layout === 'lines' ? jsonRecords(columns) : TABLE_RECORDS;
  return sql.replaceAll('{{records}}', () => records);
}

const TABLE_RECORDS = `(SELECT *, false AS broken, '' AS line FROM {{records}})`;

/**
 * JSON may spell half a surrogate pair (text cut in the middle of a character), for which the engine's
 * parser refuses the line: such a line is read without its surrogates.
 */
const SURROGATE = sqlString('\\\\u[dD][89abAB][0-9a-fA-F]{2}|\\\\u[dD][c-fC-F][0-9a-fA-F]{2}');

function jsonRecords(columns: readonly Column[]): string {
  const { type, positions } = tupleOf(columns.flatMap((column) => column.headers));
  const at = (path: string, fields: string): string =>
    `nullIf(${fields}.${positions.get(path)!.join('.')}, '')`;
  const cell = ({ headers }: Column): string =>
    headers.length === 1
      ? at(headers[0]!, 'fields')
      : `coalesce(${headers.map((path) => at(path, 'fields')).join(', ')})`;
  const cells = columns.map((column) => `${cell(column)} AS ${column.name}`);
  const nothing = columns
    .flatMap((column) => column.headers)
    .map((path) => `${at(path, 'whole')} IS NULL`)
    .join(' AND ');
  const extract = (text: string): string => `JSONExtract(${text}, ${sqlString(type)})`;
  return (
    `(SELECT path, record, CAST(NULL, 'Nullable(String)') AS surplus, false AS short, ` +
    // validity costs another parse: it is judged only where nothing was found
    `if(empty_line, NOT isValidJSON(text), false) AS broken, line, ${cells.join(', ')} FROM ` +
    `(SELECT *, if(empty_line, replaceRegexpAll(line, ${SURROGATE}, '\\\\\\\\ufffd'), line) AS text, ` +
    `if(empty_line, ${extract('text')}, whole) AS fields FROM ` +
    `(SELECT *, ${nothing} AS empty_line FROM ` +
    `(SELECT path, record, line, ${extract('line')} AS whole FROM {{records}}))))`
  );
}

/** The first records of JSON lines, or of an array in a document at one of the paths. */
export function firstRecords(sample: Sample, arrays: readonly string[] = []): Record<string, unknown>[] {
  if (sample.table) return [];
  for (const path of arrays) {
    const elements = elementsOf(sample.head, path)?.filter(isObject);
    if (elements && elements.length > 0) return elements;
  }
  return firstObjects(sample.head).filter(isObject);
}

/**
 * Tells which columns a sample has, by the names of their cells; undefined where it is of another
 * layout. Records of JSON may differ: a column is there when one of the first has it.
 */
export function columnsIn(
  sample: Sample,
  { layout, columns = [], arrays }: Pick<Format, 'layout' | 'columns' | 'arrays'>,
): ((...names: string[]) => boolean) | undefined {
  const found = layout === 'parquet' ? sample.parquetColumns : sample.table?.columns;
  const records = layout === 'lines' ? firstRecords(sample, arrays) : [];
  if (layout === 'lines' ? records.length === 0 : found === undefined) return undefined;
  const present = new Set<string>();
  for (const { name, headers } of columns) {
    const there =
      layout === 'lines'
        ? records.some((record) => headers.some((path) => valueAt(record, path) !== undefined))
        : found!.some((header) => sameHeader(header, headers));
    if (there) present.add(name);
  }
  return (...names) => names.every((name) => present.has(name));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
