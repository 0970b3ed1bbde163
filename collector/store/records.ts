/** What `read.sql` reads: the relation that stands for `{{records}}`, per layout. */
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
    case 'parquet':
      return { kind: 'parquet', path: input.path, columns: input.columns };
  }
}

/**
 * A parenthesised SELECT with the columns that the format's layout promises.
 * - lines: `path, record, line`; record is the number of the line from 1, and 0 for a last line
 *   without a newline, which may be unfinished.
 * - table, parquet: `path, record`, every declared column, `surplus`, and `short` where the record
 *   has fewer cells than the header; record counts data lines from
 *   1, blank ones included (rejections.ts tells them apart).
 */
export function recordsRelation(format: Format, input: BatchInput, relation: Relation): string {
  const filter = format.lineFilter ? ` AND ${format.lineFilter}` : '';
  switch (input.kind) {
    case 'files':
      return `(SELECT ${relation.path} AS path, ${relation.rowNumber} + 1 AS record, line FROM ${relation.from} WHERE line NOT IN ('', '\\r')${filter})`;
    case 'frames':
      return (
        `(SELECT path, if(nth <= complete, base + nth, 0) AS record, line FROM ` +
        `(SELECT path, base, complete, splitByChar('\\n', content) AS lines FROM ${relation.from}) ` +
        `ARRAY JOIN lines AS line, arrayEnumerate(lines) AS nth WHERE line NOT IN ('', '\\r')${filter})`
      );
    case 'table':
      return tableRelation(
        format,
        input.origin,
        relation,
        input.header.columns.map((header, i) => ({ header, cell: `c${i + 1}` })),
        // an empty last cell reads as '', one that is not there as NULL
        { surplus: 'surplus', short: `(c${input.header.columns.length} IS NULL)` },
      );
    case 'parquet':
      return tableRelation(
        format,
        input.origin,
        relation,
        input.columns.map((header) => ({ header, cell: sqlName(header) })),
        { surplus: "CAST(NULL, 'Nullable(String)')", short: 'false' },
      );
  }
}

/** An empty relation of the layout, for finding out what `read.sql` gives. */
export function emptyRecords(format: Format): string {
  if (format.layout === 'lines') return `(SELECT '' AS path, toUInt64(0) AS record, '' AS line WHERE 0)`;
  const columns = (format.columns ?? []).map(
    (column) => `CAST(NULL, 'Nullable(String)') AS ${sqlName(column.name)}`,
  );
  return `(SELECT ${["'' AS path", 'toUInt64(0) AS record', ...columns, "CAST(NULL, 'Nullable(String)') AS surplus", 'false AS short'].join(', ')} WHERE 0)`;
}

function tableRelation(
  format: Format,
  origin: string,
  relation: Relation,
  cells: { header: string; cell: string }[],
  { surplus, short }: { surplus: string; short: string },
): string {
  const columns = (format.columns ?? []).map((column) => {
    const found = cells.find(({ header }) => sameHeader(header, column.headers));
    return `${found ? `nullIf(${found.cell}, '')` : "CAST(NULL, 'Nullable(String)')"} AS ${sqlName(column.name)}`;
  });
  const filled = `(${cells.map(({ cell }) => `${cell} IS NOT NULL`).join(' OR ')})`;
  return (
    `(SELECT ${sqlString(origin)} AS path, ${relation.rowNumber} + 1 AS record, ` +
    `${[...columns, `${surplus} AS surplus`, `${short} AS short`].join(', ')} FROM ${relation.from} WHERE ${filled})`
  );
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
    filled: `(${cells.map((cell) => `${cell} IS NOT NULL`).join(' OR ')})`,
    newlines: cells.map((cell) => `countSubstrings(ifNull(${cell}, ''), '\\n')`).join(' + '),
    excerpt: `substringUTF8(arrayStringConcat([${cells
      .slice(0, -1)
      .map((cell) => `ifNull(${cell}, '')`)
      .join(', ')}], ${sqlString(header.delimiter)}), 1, 500)`,
  };
}
