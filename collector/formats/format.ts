/**
 * What a format is. One folder of `formats/` holds one of these (`recognise.ts`), the SQL that
 * reads it (`read.sql`), fixtures and the rows they must give.
 */

/** What a recogniser may look at: the beginning of a file, never all of it. */
export interface Sample {
  /** The file's name without folders, '' when unknown (a body pushed without a name). */
  name: string;
  /** The whole path, where the file is on a disk that tallyd follows; '' for uploads. */
  path: string;
  /**
   * The first bytes, decompressed, without a byte order mark: {@link SAMPLE_BYTES}, and up to
   * {@link LONG_SAMPLE_BYTES} where the first JSON record is longer.
   */
  head: Buffer;
  /** The header and dialect, where the head reads as delimited text. */
  table?: TableHeader;
  /** The column names, where the file is Parquet: its footer, which lies at the end, tells them. */
  parquetColumns?: string[];
  /**
   * Where the file is a SQLite database: what follows `CREATE TABLE name (` for every table, by its
   * name in lower case. The end of a very long one may be missing.
   */
  tables?: Record<string, string>;
}

export const SAMPLE_BYTES = 64 * 1024;
export const LONG_SAMPLE_BYTES = 8 * 1024 * 1024;

/** A document is held in memory whole, several times over while it is read. No agent writes longer ones. */
export const DOCUMENT_BYTES = 128 * 1024 * 1024;

/** The header of a delimited file and how its cells are told apart. */
export interface TableHeader {
  delimiter: ',' | ';' | '\t' | '|';
  /** Header cells in their order, trimmed, without a byte order mark. */
  columns: string[];
  /** Records before the first of data: the header and blank lines above it. The engine skips so many. */
  headerLines: number;
}

/** A column that `read.sql` names, and the header cells it goes by in the variants of a format. */
export interface Column {
  /** The name in `read.sql`, snake_case. */
  name: string;
  /** Header cells, compared without case and surrounding space. */
  headers: string[];
  required?: boolean;
  /**
   * For people, shown by `tallyd formats check`: the column of an event or of a bill that the cell
   * becomes (`input_tokens`, `tag kind`), or what it is read for. Without it, `name` is shown.
   */
  becomes?: string;
}

/**
 * How the bytes are laid out:
 * - `lines`: one record a line (JSON lines); `read.sql` sees `path, record, line`.
 * - `table`: delimited text with a header; `read.sql` sees `path, record`, every declared
 *   column as Nullable(String) (NULL: not in this variant, or the cell is missing or empty),
 *   `surplus` (cells beyond the header) and `short` (whether cells are missing at the end).
 * - `parquet`: like `table`, read from Parquet.
 * - `document`: the whole file is one record (JSON that is rewritten as it grows); `read.sql` sees
 *   `path, record, line` as of lines, with 1 and the whole text. Where it takes a document apart, it
 *   may give the number of a part as `record`.
 * - `sqlite`: a table of a SQLite database; `read.sql` sees `path, record` and every declared column
 *   as Nullable(String) (NULL: not in this version of the table, or the value is).
 */
export type Layout = 'lines' | 'table' | 'parquet' | 'document' | 'sqlite';

export type Recognition =
  | { is: 'this' }
  | { is: 'other' }
  /** Close, but something is missing or unknown: `difference` completes "… looks like X, but …". */
  | { is: 'near'; difference: string; score: number };

export interface Format {
  /** The value of the `source` column, but for `source`: `claude-code`, `cursor-csv`, … */
  name: string;
  /** The value of the `source` column, where two formats hold the same usage: the name of the other. */
  source?: string;
  /** For people: "Claude Code". */
  title: string;
  layout: Layout;
  /**
   * `record`: every record stands alone, so only new bytes of a growing file are read.
   * `file`: records depend on earlier ones, so a change reads the file again from its start.
   */
  unit: 'record' | 'file';
  /** For `table`, `parquet` and `sqlite`: the columns `read.sql` names. */
  columns?: Column[];
  /** For `sqlite`: the table that is read. */
  table?: string;
  /**
   * For lines: an upload may be one JSON document as well, with the records as elements of an array at
   * one of these paths: '' is the top (`[{…},{…}]`), `data` an API's page (`{"data":[…]}`).
   */
  arrays?: readonly string[];
  /**
   * `thread`: `read.sql` gives turns, which are kept; `resolve.sql` makes events of every
   * thread a batch touched (Codex: a fork's replay is known only beside its parent).
   */
  keeps?: 'events' | 'thread';
  /**
   * `events` (without it): `read.sql` gives usage, see docs/adding-a-format.md. `bills`: it gives
   * lines of what a provider charged, which go to `billed_costs` and never into sums of usage. A
   * line of a bill has the columns `path, record, rejected, rejected_column, rejected_value,
   * bill_id, version` and {@link BILL_COLUMNS} of store/bill-columns.ts by name: `day`, `provider`,
   * `model` ('' when the line is for no model), `line_item`, `project`, `user`, `amount`,
   * `currency`, `quantity`, `unit`, `tags`.
   */
  gives?: 'events' | 'bills';
  recognise(sample: Sample): Recognition;
  /**
   * For lines: a SQL condition on `line`, true for every line that may matter. Most of a log does
   * not, and lines are sorted out where they are read, before they are gathered for `read.sql`.
   */
  lineFilter?: string;
  /** The text of `read.sql`: a SELECT over `{{records}}`; see docs/adding-a-format.md. */
  readSql: string;
  /**
   * For lines that stand alone: the text of `read-fast.sql`, which reads the ordinary ones where very many
   * are read at once. It gives what `read.sql` gives for a line, or the line itself in the column `again`:
   * then `read.sql` reads it. It sees blocks of lines and may look at one line at a time only.
   */
  readFastSql?: string;
  /**
   * For people who sent a file of which nothing was kept: records that `read.sql` leaves out although
   * they are as they should be. Completes "which passes over …".
   */
  passesOver?: string;
  /** The text of `resolve.sql`, where `keeps` is `thread`. */
  resolveSql?: string;
  /** For people who have no such file yet, shown by `tallyd formats`. */
  about?: About;
  /** Where an agent leaves such files; absent for formats that are only pushed. */
  agent?: AgentHome;
}

/** How people come by a file of a format, and what one looks like. */
export interface About {
  /** One or two sentences: where the provider gives such a file, or where the agent leaves it. */
  getIt: string;
  /** The header line, or the first record; invented. */
  example: string;
}

/** Where an agent keeps its logs. */
export interface AgentHome {
  /** The variable that replaces the default roots: a comma-separated list. */
  variable: string;
  /** Default roots; `~` and `${XDG_…}` are resolved by the tail. */
  roots: string[];
  /** Folders below a root that hold the files; '' is the root itself. */
  folders: string[];
  /** File name endings to follow, such as `.jsonl`. */
  endings: string[];
}
