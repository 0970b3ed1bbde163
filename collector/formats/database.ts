/**
 * Which tables a SQLite database has, from its first pages and without opening it: opening makes
 * files beside it and may write to it. https://www.sqlite.org/fileformat2.html
 */
import type { FileHandle } from 'node:fs/promises';
import type { Sample } from './format.ts';

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
/** The tree of the schema has a page for every few tables. */
const MOST_PAGES = 64;
/** A new database has its schema in the log that is merged into it later. */
const LOG_BYTES = 1024 * 1024;
const STATEMENT_CHARACTERS = 4000;

export function isDatabase(head: Buffer): boolean {
  return head.subarray(0, MAGIC.length).equals(MAGIC);
}

/** The tables of a database: what follows `CREATE TABLE name (`, by name. `log` is its `-wal`, if any. */
export async function readTables(file: FileHandle, log?: FileHandle): Promise<Record<string, string>> {
  const bytes = [await schemaPages(file)];
  if (log) bytes.push(await bytesAt(log, 0, LOG_BYTES));
  return Object.assign({}, ...bytes.map(tablesIn)) as Record<string, string>;
}

/** The statements that stand in bytes of a database. */
export function tablesIn(bytes: Buffer): Record<string, string> {
  const tables: Record<string, string> = {};
  const text = bytes.toString('latin1');
  for (const found of text.matchAll(/CREATE TABLE\s+(?:IF NOT EXISTS\s+)?["'`[]?(\w+)["'`\]]?\s*\(/gi)) {
    const start = found.index + found[0].length;
    tables[found[1]!.toLowerCase()] = text.slice(start, start + STATEMENT_CHARACTERS);
  }
  return tables;
}

/** The columns a table must have, as the end of a sentence where one is missing. */
export function missingColumnsOf(sample: Sample, table: string, columns: readonly string[]): string[] {
  const statement = sample.tables?.[table];
  if (statement === undefined) return [...columns];
  return columns.filter((column) => !new RegExp(`\\b${column}\\b`, 'i').test(statement));
}

/** The pages of the schema's tree: the first, and those below it. */
async function schemaPages(file: FileHandle): Promise<Buffer> {
  const header = await bytesAt(file, 0, 100);
  if (header.length < 100) return header;
  const told = header.readUInt16BE(16);
  const size = told === 1 ? 65_536 : told;
  if (size < 512) return header;
  const pages: Buffer[] = [];
  const waiting = [1];
  const seen = new Set<number>();
  for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
    if (number === 0 || seen.has(number) || pages.length >= MOST_PAGES) continue;
    seen.add(number);
    const page = await bytesAt(file, (number - 1) * size, size);
    pages.push(page);
    waiting.push(...childrenOf(page, number === 1 ? 100 : 0));
  }
  return Buffer.concat(pages);
}

/** The pages below an interior page of a table's tree; none below a leaf. */
function childrenOf(page: Buffer, at: number): number[] {
  const INTERIOR = 5;
  if (page.length < at + 12 || page[at] !== INTERIOR) return [];
  const children: number[] = [];
  const cells = page.readUInt16BE(at + 3);
  for (let cell = 0; cell < cells; cell++) {
    const pointer = at + 12 + 2 * cell;
    if (pointer + 2 > page.length) break;
    const place = page.readUInt16BE(pointer);
    if (place + 4 <= page.length) children.push(page.readUInt32BE(place));
  }
  return [...children, page.readUInt32BE(at + 8)];
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
