/**
 * SQLite databases as generated: tables of rows, without indexes, which need not be opened to be written,
 * and whose bytes follow from the rows alone. Only what that takes: leaves and the pages above them.
 * https://www.sqlite.org/fileformat2.html
 */
import type { Prng } from './prng.ts';

export type SqliteValue = string | number | null;

export interface SqliteTable {
  name: string;
  /** Names of columns with their types. No keys: they would need an index. */
  columns: readonly string[];
  rows: readonly (readonly SqliteValue[])[];
}

const PAGE = 4096;
const FILE_HEADER = 100;
const LEAF = { kind: 13, header: 8 };
const INTERIOR = { kind: 5, header: 12 };
/** A longer row would go on in pages of its own. */
const LONGEST_ROW = PAGE - 35;

/** The bytes of a database. Throws where a row is longer than a page, or the tables are too many for one. */
export function sqliteFile(tables: readonly SqliteTable[]): Buffer {
  // the first page holds the statements that made the tables, and where each begins
  const pages: Buffer[] = [Buffer.alloc(PAGE)];
  const schema = tables.map((table) => {
    const cells = table.rows.map((row, i) => ({ bytes: leafCell(i + 1, row), last: i + 1 }));
    const statement = `CREATE TABLE "${table.name}" (${table.columns.join(', ')})`;
    return ['table', table.name, table.name, writeTree(pages, cells), statement];
  });
  const cells = schema.map((row, i) => leafCell(i + 1, row));
  if (!fits(cells, LEAF.header + FILE_HEADER)) throw new Error('the tables do not fit into one page');
  pages[0] = page(LEAF.kind, cells, FILE_HEADER);
  writeFileHeader(pages[0], pages.length);
  return Buffer.concat(pages);
}

/** As a program may keep a table: rows in another order, columns too, and columns that nobody knows. */
export function shuffledTable(prng: Prng, table: SqliteTable): SqliteTable {
  const columns = [...table.columns.keys()];
  const order = prng.shuffled([...columns, -1, -2]);
  return {
    name: table.name,
    columns: order.map((at) => table.columns[at] ?? `unknown_${-at} BLOB`),
    rows: prng
      .shuffled(table.rows)
      .map((row) => order.map((at) => (at < 0 ? prng.pick([null, 17, '{"tokens": 5}']) : (row[at] ?? null)))),
  };
}

interface Cell {
  bytes: Buffer;
  /** The last row at or below it. */
  last: number;
}

/** Appends the pages of a table; the number of its root. */
function writeTree(pages: Buffer[], cells: readonly Cell[]): number {
  let level: (Cell & { number: number })[] = [];
  for (const group of grouped(cells, LEAF.header)) {
    pages.push(
      page(
        LEAF.kind,
        group.map(({ bytes }) => bytes),
      ),
    );
    level.push({ bytes: childCell(pages.length, group), last: lastOf(group), number: pages.length });
  }
  while (level.length > 1) {
    const above: typeof level = [];
    for (const group of grouped(level, INTERIOR.header)) {
      const rightmost = group.at(-1)!.number;
      const cells = group.slice(0, -1).map(({ bytes }) => bytes);
      pages.push(page(INTERIOR.kind, cells, 0, rightmost));
      above.push({ bytes: childCell(pages.length, group), last: lastOf(group), number: pages.length });
    }
    level = above;
  }
  return level[0]!.number;
}

/** Cells by the page they fit into: at least one page, of at least one cell where there is any. */
function grouped<T extends Cell>(cells: readonly T[], header: number): T[][] {
  const groups: T[][] = [[]];
  for (const cell of cells) {
    const group = groups.at(-1)!;
    if (
      fits(
        [...group, cell].map(({ bytes }) => bytes),
        header,
      )
    )
      group.push(cell);
    else groups.push([cell]);
  }
  return groups;
}

function fits(cells: readonly Buffer[], header: number): boolean {
  return cells.reduce((sum, { length }) => sum + length + 2, header) <= PAGE;
}

const lastOf = (cells: readonly Cell[]): number => cells.at(-1)?.last ?? 0;

function page(kind: number, cells: readonly Buffer[], at = 0, rightmost?: number): Buffer {
  const bytes = Buffer.alloc(PAGE);
  let end = PAGE;
  let pointer = at + (rightmost === undefined ? LEAF.header : INTERIOR.header);
  bytes[at] = kind;
  bytes.writeUInt16BE(cells.length, at + 3);
  if (rightmost !== undefined) bytes.writeUInt32BE(rightmost, at + 8);
  for (const cell of cells) {
    end -= cell.copy(bytes, end - cell.length);
    pointer = bytes.writeUInt16BE(end, pointer);
  }
  bytes.writeUInt16BE(end, at + 5);
  return bytes;
}

function childCell(number: number, group: readonly Cell[]): Buffer {
  const child = Buffer.alloc(4);
  child.writeUInt32BE(number);
  return Buffer.concat([child, varint(lastOf(group))]);
}

function leafCell(id: number, row: readonly SqliteValue[]): Buffer {
  const values = row.map(encoded);
  const types = Buffer.concat(values.map(({ type }) => varint(type)));
  // the header counts itself; no generated row has more than a hundred columns
  const record = Buffer.concat([varint(types.length + 1), types, ...values.map(({ bytes }) => bytes)]);
  if (types.length > 126 || record.length > LONGEST_ROW) throw new Error('a row does not fit into a page');
  return Buffer.concat([varint(record.length), varint(id), record]);
}

function encoded(value: SqliteValue): { type: number; bytes: Buffer } {
  if (value === null) return { type: 0, bytes: Buffer.alloc(0) };
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    return { type: 13 + 2 * bytes.length, bytes };
  }
  const bytes = Buffer.alloc(8);
  if (Number.isInteger(value)) bytes.writeBigInt64BE(BigInt(value));
  else bytes.writeDoubleBE(value);
  return { type: Number.isInteger(value) ? 6 : 7, bytes };
}

/** Seven bits a byte, the highest first, all but the last marked. Numbers here are below 2^31. */
function varint(value: number): Buffer {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return Buffer.from(bytes);
}

function writeFileHeader(first: Buffer, pages: number): void {
  first.write('SQLite format 3\0', 0, 'latin1');
  first.writeUInt16BE(PAGE, 16);
  // versions of the format without a log, and the shares of a page that indexes may use
  Buffer.from([1, 1, 0, 64, 32, 32]).copy(first, 18);
  const [CHANGES, UTF8, FORMAT, WRITTEN_BY] = [1, 1, 4, 3_040_001];
  first.writeUInt32BE(CHANGES, 24);
  first.writeUInt32BE(pages, 28);
  first.writeUInt32BE(CHANGES, 40);
  first.writeUInt32BE(FORMAT, 44);
  first.writeUInt32BE(UTF8, 56);
  first.writeUInt32BE(CHANGES, 92);
  first.writeUInt32BE(WRITTEN_BY, 96);
}
