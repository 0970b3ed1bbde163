/**
 * Which format a file has: its beginning is shown to every format. Nobody guesses: exactly one must
 * know it, and otherwise the answer is a sentence that says what was found and what to do.
 */
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { sameHeader } from '../store/records.ts';
import { isDatabase, readTables, tablesIn } from './database.ts';
import { describeFound, list, quoted } from './describe.ts';
import { type Column, type Format, LONG_SAMPLE_BYTES, SAMPLE_BYTES, type Sample } from './format.ts';
import { readParquetColumns } from './parquet-columns.ts';
import { readTableHeader } from './table-header.ts';
import { isParquet, whyUnreadable } from './unreadable.ts';

export type Recognised = { format: Format } | { problem: string };

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Reads the beginning of a file.
 *
 * @param path where the bytes are
 * @param name what an upload calls the file ('' when it does not say). Without it the file lies where
 *   its agent left it, and `sample.path` tells formats where that is.
 */
export async function readSample(path: string, name?: string): Promise<Sample> {
  const head = await readHead(path);
  const place = name === undefined ? { name: basename(path), path } : { name: basename(name), path: '' };
  const sample = sampleOf(head, place);
  const parquetColumns = isParquet(sample) ? await parquetColumnsAt(path) : undefined;
  if (parquetColumns) return { ...sample, parquetColumns };
  return isDatabase(head) ? { ...sample, tables: await tablesAt(path) } : sample;
}

async function parquetColumnsAt(path: string): Promise<string[] | undefined> {
  const file = await open(path, 'r');
  try {
    return await readParquetColumns(file);
  } finally {
    await file.close();
  }
}

/** The tables of a database and of the log beside it. */
async function tablesAt(path: string): Promise<Record<string, string>> {
  const file = await open(path, 'r');
  const log = await open(`${await realpath(path)}-wal`, 'r').catch(() => undefined);
  try {
    return await readTables(file, log);
  } finally {
    await log?.close();
    await file.close();
  }
}

/** A sample of bytes at hand. */
export function sampleOf(bytes: Buffer, place: { name: string; path: string }): Sample {
  const marked = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK);
  const start = marked ? BYTE_ORDER_MARK.length : 0;
  const head = bytes.subarray(start);
  if (isDatabase(head)) return { ...place, head, tables: tablesIn(head) };
  const table = readTableHeader(head);
  return { ...place, head, ...(table && { table }) };
}

/** The one format that knows the file; formats of `tallyd.yaml` go before built-in ones. */
export function recogniseSample(sample: Sample, formats: readonly Format[]): Recognised {
  const unreadable = whyUnreadable(sample);
  if (unreadable) return { problem: `${called(sample)} ${unreadable}.` };
  const known = formats.filter((format) => format.recognise(sample).is === 'this');
  const mapped = known.filter((format) => 'userDefined' in format);
  const [first, ...others] = mapped.length > 0 ? mapped : known;
  if (!first) return { problem: unknownFile(sample, formats) };
  if (others.length === 0) return withoutDoubt(sample, first);
  const names = [first, ...others].map((format) => format.name);
  return {
    problem: `${called(sample)} reads as ${list(names, 'and')} alike: say which with format=${first.name}.`,
  };
}

/** Whether the file can be read as a format that somebody asked for; `problem` says what is missing. */
export function recogniseAs(sample: Sample, format: Format): Recognised {
  const refuse = (why: string) => ({
    problem: `${called(sample)} cannot be read as ${format.name}: it ${why}.`,
  });
  const unreadable = whyUnreadable(sample);
  if (unreadable) return refuse(unreadable);
  if (isParquet(sample) !== (format.layout === 'parquet'))
    return refuse(isParquet(sample) ? 'is Parquet' : 'is no Parquet file');
  if ((sample.tables !== undefined) !== (format.layout === 'sqlite'))
    return refuse(sample.tables ? 'is a SQLite database' : 'is no SQLite database');
  if (format.layout === 'sqlite' && !(format.table! in sample.tables!))
    return refuse(`has no table ${quoted(format.table!)}, but ${tableNames(sample)}`);
  const recognition = format.recognise(sample);
  if (recognition.is === 'near') return refuse(recognition.difference);
  if (format.layout === 'table' && !sample.table) return refuse('has no header of columns');
  if ((format.layout === 'lines' || format.layout === 'document') && sample.table)
    return refuse(
      `should hold ${format.layout === 'lines' ? 'JSON lines' : 'a JSON document'}, but is a table. ${describeFound(sample)}`.replace(
        /\.$/,
        '',
      ),
    );
  const missing = recognition.is === 'this' ? [] : missingColumns(sample, format.columns ?? []);
  if (missing.length > 0)
    return refuse(
      `has no column ${list(missing.map(quoted), 'and no')}. ${describeFound(sample)}`.replace(/\.$/, ''),
    );
  return withoutDoubt(sample, format);
}

/** Required columns that the header does not have, by the first name each goes by. */
export function missingColumns(sample: Sample, columns: readonly Column[]): string[] {
  const found = sample.table?.columns ?? sample.parquetColumns;
  if (!found) return [];
  return columns
    .filter((column) => column.required && !found.some((header) => sameHeader(header, column.headers)))
    .map((column) => column.headers[0] ?? column.name);
}

/** A column that stands twice leaves open which of the two is meant. */
function withoutDoubt(sample: Sample, format: Format): Recognised {
  for (const column of format.columns ?? []) {
    const named = sample.table?.columns.filter((header) => sameHeader(header, column.headers)) ?? [];
    if (named.length > 1)
      return {
        problem:
          `${called(sample)} looks like ${aTitle(format)}, but its header names one thing ` +
          `${named.length} times: ${list(named.map(quoted), 'and')}. Remove or rename all but one.`,
      };
  }
  return { format };
}

function unknownFile(sample: Sample, formats: readonly Format[]): string {
  if (isParquet(sample) && !sample.parquetColumns)
    return (
      `${called(sample)} begins as Parquet, but its columns, which stand at its end, cannot be read: it is cut off or damaged. ` +
      `Make it again. If other programs read it, send it with format=NAME.`
    );
  const nearest = nearestOf(sample, formats);
  if (sample.tables)
    return (
      `${called(sample)} is a SQLite database${nearest ? ` that looks like ${aTitle(nearest.format)}, but ${nearest.difference}` : ' of no format that tallyd knows'}. ` +
      `It has ${tableNames(sample)}: export the one with the usage as CSV and describe it in tallyd.yaml under formats.`
    );
  const columns = sample.table?.columns;
  if (columns?.every((column) => column === '' || /^[-+\d.,:/ ]+$/.test(column)))
    return `${called(sample)} has no header: its first line holds only numbers. Put the names of the columns there.`;
  if (nearest)
    return `${called(sample)} looks like ${aTitle(nearest.format)}, but ${nearest.difference}. ${describeFound(sample)}`;
  return (
    `${called(sample)} is in no format that tallyd knows (${list(
      formats.map((format) => format.name),
      'and',
    )}). ` +
    `${describeFound(sample)} Its columns can be described in tallyd.yaml under formats, see docs/formats.md.`
  );
}

function nearestOf(
  sample: Sample,
  formats: readonly Format[],
): { difference: string; score: number; format: Format } | undefined {
  let nearest: { difference: string; score: number; format: Format } | undefined;
  for (const format of formats) {
    const recognition = format.recognise(sample);
    if (recognition.is === 'near' && (!nearest || recognition.score > nearest.score))
      nearest = { ...recognition, format };
  }
  return nearest;
}

function tableNames(sample: Sample): string {
  const names = Object.keys(sample.tables ?? {});
  return names.length === 0 ? 'no tables' : `the tables ${list(names.slice(0, 24).map(quoted), 'and')}`;
}

/** A title with its article: a Cursor usage export, an OpenAI usage export. */
function aTitle({ title }: Format): string {
  return `${/^[aeio]/i.test(title) ? 'an' : 'a'} ${title}`;
}

function called(sample: Sample): string {
  return sample.name === '' ? 'The file' : quoted(sample.name);
}

/**
 * The beginning of a file. A first JSON record may be longer than a sample (a pasted image): then as
 * much is read as it takes to see its end, within bounds.
 */
async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const head = await readBytes(file, SAMPLE_BYTES + BYTE_ORDER_MARK.length);
    if (
      head.length < SAMPLE_BYTES ||
      head.includes(10) ||
      !/^(\xef\xbb\xbf)?\s*[{[]/.test(head.toString('latin1'))
    )
      return head;
    return await readBytes(file, LONG_SAMPLE_BYTES);
  } finally {
    await file.close();
  }
}

async function readBytes(file: FileHandle, size: number): Promise<Buffer> {
  const buffer = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(buffer, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
