/**
 * The one place where the embedded engine and a server differ: how statements and bytes reach
 * ClickHouse. Everything else speaks to an {@link Engine}.
 */
import type { TableHeader } from '../formats/format.ts';
import { sqlName } from './sql.ts';

/** Bytes that an INSERT … SELECT reads. */
export type ByteSource =
  /** Whole files, line by line, read where they lie. */
  | { kind: 'files'; paths: string[] }
  /** A spool file of frames, see frames.ts. */
  | { kind: 'frames'; spool: string }
  | { kind: 'table'; path: string; header: TableHeader }
  /** Several files of one header (embedded engine only). */
  | { kind: 'tables'; paths: readonly string[]; header: TableHeader }
  | { kind: 'parquet'; path: string; columns: string[] }
  /** Whole files, each one value. */
  | { kind: 'documents'; paths: string[] }
  /** A table of a SQLite database. The engine opens it for writing: never the original. */
  | { kind: 'sqlite'; path: string; table: string };

/** A relation over bytes, and what the statement around it needs. */
export interface Relation {
  /** Goes into a FROM clause. */
  from: string;
  /** For the statement's own SETTINGS clause: settings of a connection would stay on it. */
  settings: Record<string, string | number>;
  /** The number of a row in its file, from 0, as an expression. */
  rowNumber: string;
  /** The file of a row, as an expression; '' where there is only one. */
  path: string;
}

/** What it takes to fill a table. */
export type Statements = Pick<Engine, 'command' | 'rows' | 'insertFrom'>;

export interface Engine {
  readonly kind: 'embedded' | 'server';
  /** Runs a statement that changes something; statements run one after another. */
  command(sql: string): Promise<void>;
  /** Runs statements beside those of `command`; among themselves one after another. */
  readonly beside: Statements;
  /** The rows of a SELECT; reads run beside each other and beside writing. */
  rows<T>(sql: string): Promise<T[]>;
  /** Whether files can be read where they lie. */
  readonly readsFiles: boolean;
  /**
   * Runs a statement over bytes. `build` gets the relation that stands for them and gives the
   * statement, which must be `INSERT INTO … SELECT …` without a SETTINGS clause.
   */
  insertFrom(source: ByteSource, build: (relation: Relation) => string): Promise<void>;
  /** Rows of a SELECT over bytes; for looking closer at a few records after an insert. */
  rowsFrom<T>(source: ByteSource, build: (relation: Relation) => string): Promise<T[]>;
  /** Runs `work` while no read is under way, so that readers see all of it or nothing. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** For a dictionary's source: credentials, or '' where none are needed. */
  readonly dictionaryCredentials: string;
  close(): Promise<void>;
}

/** The columns of a delimited file by position, all text, and one more for surplus cells. */
export function tableStructure(header: TableHeader): string {
  const cells = header.columns.map((_, i) => `c${i + 1} Nullable(String)`);
  return [...cells, 'surplus Nullable(String)'].join(', ');
}

/** How ClickHouse must read a delimited file so that no row can fail the others. */
export function tableSettings(header: TableHeader): Record<string, string | number> {
  return {
    format_csv_delimiter: header.delimiter,
    // without this the engine refuses a tab as delimiter
    ...(header.delimiter === '\t' && { input_format_csv_allow_whitespace_or_tab_as_delimiter: 1 }),
    input_format_csv_skip_first_lines: header.headerLines,
    input_format_csv_allow_variable_number_of_columns: 1,
    // an unquoted NULL or \N is text here; nothing people export looks like this
    format_csv_null_representation: '\u0001never\u0001',
    input_format_csv_trim_whitespaces: 1,
  };
}

/** The columns of a Parquet file by name, all cast to text; one that is absent reads as NULL. */
export function parquetStructure(columns: readonly string[]): string {
  return columns.map((name) => `${sqlName(name)} Nullable(String)`).join(', ');
}

/**
 * The columns of a Parquet file as text, whatever their types: the reader refuses to give a map, a list
 * or a structure as text, so they become JSON after it.
 */
export function parquetTexts(columns: readonly string[]): string {
  const text = (name: string): string =>
    `if(match(toTypeName(${name}), '^(Map|Array|Tuple|Nullable[(]Tuple|JSON)'), toJSONString(${name}), toString(${name}))`;
  return columns
    .map((column) => `CAST(${text(sqlName(column))}, 'Nullable(String)') AS ${sqlName(column)}`)
    .join(', ');
}

export const PARQUET_SETTINGS = { input_format_parquet_allow_missing_columns: 1 };

/** A frame holds megabytes: counted by rows alone, a block would hold gigabytes. */
export const FRAME_SETTINGS = { input_format_max_block_size_bytes: 16_777_216 };

export const FRAME_STRUCTURE = 'path String, base UInt64, complete UInt32, content String';

export function settingsClause(settings: Record<string, string | number>): string {
  const parts = Object.entries(settings).map(([name, value]) =>
    typeof value === 'number'
      ? `${name}=${value}`
      : `${name}='${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  );
  return parts.length ? ` SETTINGS ${parts.join(', ')}` : '';
}
