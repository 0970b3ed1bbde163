/** Formats that people describe in `tallyd.yaml`: which column of a file is which column of an event. */
import { sameHeader } from '../../store/records.ts';
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { firstObjects } from '../json-lines.ts';
import { isParquet } from '../unreadable.ts';
import { valueAt } from './json-paths.ts';
import { mappedReadSql } from './read-sql.ts';
import { eventColumns, type MappedFormatConfig, sourceColumns } from './schema.ts';

/** A format of `tallyd.yaml`; recognition prefers it to built-in ones. */
export interface MappedFormat extends Format {
  userDefined: true;
}

const LAYOUTS = { csv: 'table', jsonl: 'lines', parquet: 'parquet' } as const;

/** The formats that a checked configuration describes. */
export function createMappedFormats(config: readonly MappedFormatConfig[]): MappedFormat[] {
  return config.map(createMappedFormat);
}

function createMappedFormat(mapped: MappedFormatConfig): MappedFormat {
  const needed = new Set(eventColumns(mapped));
  const columns: Column[] = sourceColumns(mapped).map((column, i) => ({
    name: `cell_${i}`,
    headers: [column],
    required: needed.has(column),
  }));
  return {
    userDefined: true,
    name: mapped.name,
    title: `${mapped.name} file (formats in tallyd.yaml)`,
    layout: LAYOUTS[mapped.type],
    // without an id, records that are alike are told apart by their number among the whole file
    unit: mapped.columns.id === undefined ? 'file' : 'record',
    ...(mapped.type !== 'jsonl' && { columns }),
    recognise: (sample) => recognise(mapped, [...needed], sample),
    readSql: mappedReadSql(mapped),
  };
}

function recognise(mapped: MappedFormatConfig, needed: string[], sample: Sample): Recognition {
  const { match } = mapped;
  const has = presence(mapped, sample);
  if (!has || !match) return { is: 'other' };
  if (match.file !== undefined && !globMatches(match.file, sample.name)) return { is: 'other' };
  // a footer that cannot be read leaves nothing known but the name
  if (has === 'unknown') return match.file === undefined ? { is: 'other' } : { is: 'this' };
  const telling = match.columns ?? [];
  if (!telling.every(has)) {
    const lacking = telling.filter((column) => !has(column));
    const close = telling.length > 2 && lacking.length === 1 && needed.filter(has).length > needed.length / 2;
    return close ? near(lacking, needed.length) : { is: 'other' };
  }
  // records of one JSON lines file may differ, and columns of Parquet are left out by who wrote it
  const lacking = mapped.type !== 'csv' ? [] : needed.filter((column) => !has(column));
  return lacking.length === 0 ? { is: 'this' } : near(lacking, needed.length + 100);
}

/** Tells which columns the file has; undefined when it is of another type. */
function presence(
  { type }: MappedFormatConfig,
  sample: Sample,
): ((column: string) => boolean) | 'unknown' | undefined {
  if (type === 'parquet') {
    if (!isParquet(sample)) return undefined;
    const found = sample.parquetColumns;
    return found ? (column) => found.includes(column) : 'unknown';
  }
  if (type === 'csv') {
    const found = sample.table?.columns;
    return found && ((column) => found.some((header) => sameHeader(header, [column])));
  }
  const objects = firstObjects(sample.head);
  if (objects.length === 0) return undefined;
  return (path) => objects.some((object) => valueAt(object, path) !== undefined);
}

function near(lacking: string[], score: number): Recognition {
  return { is: 'near', difference: `has no column ${list(lacking.map(quoted), 'and no')}`, score };
}

/** `*` is any text, `?` any character. */
function globMatches(pattern: string, name: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}
