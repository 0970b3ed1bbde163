/**
 * Rewrites a delimited file whose quoting is broken, so that the engine can read it: the engine
 * refuses all of a file that has text after a closing quote, and takes everything after a quote that
 * is never closed for one cell. Here a broken record costs only itself.
 *
 * Records and physical lines keep their numbers: good records are copied as they are, crooked ones
 * are quoted afresh, and one that cannot be read becomes a single cell, which no format accepts.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { TableHeader } from '../formats/format.ts';
import type { TextShape } from './shape.ts';

/** A cell may span so many lines; a quote open for longer is taken for one that was never closed. */
const MOST_LINES = 50;
const MOST_CHARACTERS = 256 * 1024;
const EXCERPT_CHARACTERS = 500;
/** A longer line is given up: the engine, too, would hold it whole. */
const LONGEST_LINE = 32 * 1024 * 1024;
const FLUSH_CHARACTERS = 1024 * 1024;

/** Whether the engine would read a table wrongly, or hold too much of it. What it refuses it says. */
export function needsRepair({
  oddQuotes,
  longestLine,
}: Pick<TextShape, 'oddQuotes' | 'longestLine'>): boolean {
  return oddQuotes || longestLine > LONGEST_LINE;
}

/** @returns how many records were rewritten. */
export async function repairTable(from: string, to: string, header: TableHeader): Promise<number> {
  const target = await open(to, 'w');
  let rewritten = 0;
  try {
    let text = '';
    for await (const record of records(linesOf(from), header)) {
      text += record.text;
      if (record.rewritten) rewritten++;
      if (text.length < FLUSH_CHARACTERS) continue;
      await target.writeFile(text);
      text = '';
    }
    await target.writeFile(text);
  } finally {
    await target.close();
  }
  return rewritten;
}

interface Written {
  text: string;
  rewritten: boolean;
}

async function* records(lines: AsyncIterable<string>, header: TableHeader): AsyncGenerator<Written> {
  const regular = regularLine(header.delimiter);
  /** Lines read and not yet part of a record. */
  const ahead: string[] = [];
  const iterator = lines[Symbol.asyncIterator]();
  const lineAt = async (index: number): Promise<string | undefined> => {
    while (ahead.length <= index) {
      const next = await iterator.next();
      if (next.done) return undefined;
      ahead.push(next.value);
    }
    return ahead[index];
  };
  for (let n = 0; n < header.headerLines; n++) {
    if ((await lineAt(0)) === undefined) return;
    yield { text: `${ahead.shift()}\n`, rewritten: false };
  }
  for (let line = await lineAt(0); line !== undefined; line = await lineAt(0)) {
    if (regular.test(line)) {
      ahead.shift();
      yield { text: `${line}\n`, rewritten: false };
      continue;
    }
    const { cells, lineCount } = await crookedRecord(lineAt, header);
    ahead.splice(0, lineCount);
    yield { text: `${cells.map(quoted).join(header.delimiter)}\n`, rewritten: true };
  }
}

/** Tries one line, then two, … until the quotes close; gives the first line up when they do not. */
async function crookedRecord(
  lineAt: (index: number) => Promise<string | undefined>,
  header: TableHeader,
): Promise<{ cells: string[]; lineCount: number }> {
  const first = (await lineAt(0))!;
  let text = first;
  for (let n = 1; n <= MOST_LINES && text.length <= MOST_CHARACTERS; n++) {
    const found = cellsOf(text, header, n === 1);
    if (Array.isArray(found)) return { cells: found, lineCount: n };
    const next = found === 'open' ? await lineAt(n) : undefined;
    if (next === undefined) break;
    text += `\n${next}`;
  }
  return { cells: [first.slice(0, EXCERPT_CHARACTERS)], lineCount: 1 };
}

/**
 * The cells of one record, or why there are none. Stray quotes are forgiven within one line only: over
 * several, forgiving would glue the records after a lost quote together.
 */
function cellsOf(text: string, header: TableHeader, forgiving: boolean): string[] | 'open' | 'broken' {
  try {
    const found = parse(text.endsWith('\r') ? text.slice(0, -1) : text, {
      delimiter: header.delimiter,
      relax_quotes: forgiving,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n'],
    });
    const record = found.length === 1 ? found[0] : undefined;
    return record ? (forgiving ? record.map(unquoted) : record) : 'broken';
  } catch (error) {
    return (error as { code?: string }).code === 'CSV_QUOTE_NOT_CLOSED' ? 'open' : 'broken';
  }
}

/** A cell with stray quotes inside keeps the quotes around it; they were meant as such. */
function unquoted(cell: string): string {
  const text = cell.trim();
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

/** A line that the engine reads as it stands. */
function regularLine(delimiter: string): RegExp {
  const d = delimiter === '|' ? '\\|' : delimiter;
  const cell = `(?:[^"${d}]*|"(?:[^"]|"")*")`;
  return new RegExp(`^${cell}(?:${d}${cell})*\\r?$`);
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

/**
 * Lines without their newline; a carriage return before it stays, as part of the line. Of one that is
 * too long the beginning is given behind a quote, so that it is taken for one that cannot be read.
 */
async function* linesOf(path: string): AsyncGenerator<string> {
  let parts: string[] = [];
  let length = 0;
  const line = (): string => {
    const text = length > LONGEST_LINE ? `"${parts[0]!.slice(0, EXCERPT_CHARACTERS)}` : parts.join('');
    parts = [];
    length = 0;
    return text;
  };
  for await (const data of createReadStream(path, { encoding: 'utf8' })) {
    const pieces = (data as string).split('\n');
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) yield line();
      length += piece.length;
      if (length <= LONGEST_LINE || parts.length === 0) parts.push(piece);
      else parts.length = 1; // what is too long is not held
    }
  }
  if (length > 0) yield line();
}
