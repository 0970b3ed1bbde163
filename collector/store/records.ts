/** What `read.sql` reads: the relation that stands for `{{records}}`, per layout. */
import { readableJson } from '../formats/cells.ts';
import type { Format, TableHeader } from '../formats/format.ts';
import type { ByteSource, Relation } from './engine.ts';
import { sqlName, sqlString } from './sql.ts';
import type { BatchInput } from './types.ts';

/** The bytes of a batch, as an engine takes them. */
export function byteSource(input: BatchInput): ByteSource {
  switch (input.kind) {
    case 'files':
      return { kind: 'files', paths: input.files.map((file) => file.path) };
    case 'frames':
      return { kind: 'frames', spool: input.spool };
    case 'table':
      return { kind: 'table', path: input.path, header: input.header };
    case 'tables':
      return { kind: 'tables', paths: input.paths, header: input.header };
    case 'parquet':
      return { kind: 'parquet', path: input.path, columns: input.columns };
    case 'documents':
      return { kind: 'documents', paths: input.files.map((file) => file.path) };
    case 'sqlite':
      return { kind: 'sqlite', path: input.path, table: input.table };
  }
}

/**
 * A parenthesised SELECT with the columns that the format's layout promises.
 * - lines: `path, record, line`; record is the number of the line from 1, and 0 for a last line
 *   without a newline, which may be unfinished.
 * - table, parquet: `path, record`, every declared column, `surplus`, and `short` where the record
 *   has fewer cells than the header; record counts data lines from
 *   1, blank ones included (rejections.ts tells them apart).
 * - document: as lines, with the whole text as record 1.
 * - sqlite: `path, record` and every declared column, as text.
 *
 * @param found the columns that the table of a database has
 */
export function recordsRelation(
  format: Format,
  input: BatchInput,
  relation: Relation,
  found: readonly string[] = [],
): string {
  const filter = format.lineFilter ? ` AND ${format.lineFilter}` : '';
  switch (input.kind) {
    case 'files':
      return `(SELECT ${relation.path} AS path, ${relation.rowNumber} + 1 AS record, line FROM ${relation.from} WHERE line NOT IN ('', '\\r')${filter})`;
    case 'documents':
      return `(SELECT ${relation.path} AS path, toUInt64(1) AS record, ${readableJson('line')} AS line FROM ${relation.from})`;
    case 'frames':
      if (input.elementsAt) return elementsRelation(input.elementsAt, filter, relation);
      if (format.layout === 'document')
        return `(SELECT path, toUInt64(1) AS record, ${readableJson('content')} AS line FROM ${relation.from})`;
      return (
        `(SELECT path, if(nth <= complete, base + nth, 0) AS record, line FROM ` +
        `(SELECT path, base, complete, splitByChar('\\n', content) AS lines FROM ${relation.from}) ` +
        `ARRAY JOIN lines AS line, arrayEnumerate(lines) AS nth WHERE line NOT IN ('', '\\r')${filter})`
      );
    case 'table':
    case 'tables':
      return tableRelation(
        format,
        input.kind === 'table' ? sqlString(input.origin) : relation.path,
        relation,
        input.header.columns.map((header, i) => ({ header, cell: `c${i + 1}` })),
        // an empty last cell reads as '', one that is not there as NULL
        { surplus: 'surplus', short: `(c${input.header.columns.length} IS NULL)` },
      );
    case 'parquet':
      return tableRelation(
        format,
        sqlString(input.origin),
        relation,
        input.columns.map((header) => ({ header, cell: sqlName(header) })),
        { surplus: "CAST(NULL, 'Nullable(String)')", short: 'false' },
      );
    case 'sqlite':
      return databaseRelation(format, input.origin, relation, found);
  }
}

/** The elements of an array in a document. One that is none is a record that cannot be read. */
function elementsRelation(keys: readonly string[], filter: string, relation: Relation): string {
  const place = ['content', ...keys.map(sqlString)].join(', ');
  return (
    `(SELECT path, toUInt64(nth) AS record, line FROM ` +
    `(SELECT path, if(isValidJSON(content) AND JSONType(${place}) = 'Array', ` +
    `JSONExtractArrayRaw(${place}), [content]) AS elements FROM ` +
    `(SELECT path, ${readableJson('content')} AS content FROM ${relation.from})) ` +
    `ARRAY JOIN elements AS line, arrayEnumerate(elements) AS nth WHERE 1${filter})`
  );
}

function databaseRelation(
  format: Format,
  origin: string,
  relation: Relation,
  found: readonly string[],
): string {
  const columns = (format.columns ?? []).map((column) => {
    const named = found.find((header) => sameHeader(header, column.headers));
    const value = named === undefined ? 'NULL' : `toString(${sqlName(named)})`;
    return `CAST(${value}, 'Nullable(String)') AS ${sqlName(column.name)}`;
  });
  return (
    `(SELECT ${sqlString(origin)} AS path, toUInt64(${relation.rowNumber}) + 1 AS record, ` +
    `${columns.join(', ')} FROM ${relation.from})`
  );
}

/** An empty relation of the layout, for finding out what `read.sql` gives. */
export function emptyRecords(format: Format): string {
  if (format.layout === 'lines' || format.layout === 'document')
    return `(SELECT '' AS path, toUInt64(0) AS record, '' AS line WHERE 0)`;
  const columns = (format.columns ?? []).map(
    (column) => `CAST(NULL, 'Nullable(String)') AS ${sqlName(column.name)}`,
  );
  if (format.layout === 'sqlite')
    return `(SELECT ${["'' AS path", 'toUInt64(0) AS record', ...columns].join(', ')} WHERE 0)`;
  return `(SELECT ${["'' AS path", 'toUInt64(0) AS record', ...columns, "CAST(NULL, 'Nullable(String)') AS surplus", 'false AS short'].join(', ')} WHERE 0)`;
}

function tableRelation(
  format: Format,
  path: string,
  relation: Relation,
  cells: { header: string; cell: string }[],
  { surplus, short }: { surplus: string; short: string },
): string {
  const columns = (format.columns ?? []).map((column) => {
    const found = cells.find(({ header }) => sameHeader(header, column.headers));
    return `${found ? `nullIf(${found.cell}, '')` : "CAST(NULL, 'Nullable(String)')"} AS ${sqlName(column.name)}`;
  });
  const filled = isFilled(cells.map(({ cell }) => cell));
  return (
    `(SELECT ${path} AS path, ${relation.rowNumber} + 1 AS record, ` +
    `${[...columns, `${surplus} AS surplus`, `${short} AS short`].join(', ')} FROM ${relation.from} WHERE ${filled})`
  );
}

/** Whether any cell is there. One call: a chain of a thousand ORs is too deep for the engine's parser. */
function isFilled(cells: readonly string[]): string {
  return `(coalesce(${cells.join(', ')}) IS NOT NULL)`;
}

/** Header cells are compared without case and surrounding space. */
export function sameHeader(header: string, names: readonly string[]): boolean {
  const wanted = header.trim().toLowerCase();
  return names.some((name) => name.toLowerCase() === wanted);
}

/** A SELECT part that tells whether a data line is blank, and how many newlines its cells hold. */
export function lineShape(header: TableHeader): { filled: string; newlines: string; excerpt: string } {
  const cells = [...header.columns.map((_, i) => `c${i + 1}`), 'surplus'];
  return {
    filled: isFilled(cells),
    newlines: `arraySum([${cells.map((cell) => `countSubstrings(ifNull(${cell}, ''), '\\n')`).join(', ')}])`,
    excerpt: `substringUTF8(arrayStringConcat([${cells
      .slice(0, -1)
      .map((cell) => `ifNull(${cell}, '')`)
      .join(', ')}], ${sqlString(header.delimiter)}), 1, 500)`,
  };
}
