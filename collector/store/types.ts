/** What the rest of tallyd knows of the store. */
import type { Format, TableHeader } from '../formats/format.ts';
import type { BatchRead } from './batch-read.ts';

/** Reads; both the store itself and a client of the running collector's read endpoint are one. */
export interface Reader {
  /**
   * The rows of a SELECT as objects. Numbers arrive as JSON numbers: where more than 15 digits
   * matter, ask for toString(…). Rejects with ClickHouseError.
   */
  rows<T>(sql: string): Promise<T[]>;
}

/** Where the bytes of a batch are. */
export type BatchInput =
  /**
   * Whole files, read where they lie (embedded engine only). Lines layout. `size` is how long the
   * file was when it was looked at: what lies beyond may be half written.
   */
  | { kind: 'files'; files: { path: string; size: number }[] }
  /**
   * Whole lines framed into a spool file by {@link FrameWriter}; for documents each file is one
   * frame. `linesBefore` is asked for files with rejected records only, where frames were written
   * with a base of 0. `elementsAt`: the frame of a file is one JSON document, and its records are the
   * elements of the array at this path of keys (none: the top). Lines and document layouts.
   */
  | {
      kind: 'frames';
      spool: string;
      linesBefore?: (path: string) => Promise<number>;
      /** Followed files that are in it from their beginning, and may have been read before. */
      paths?: readonly string[];
      elementsAt?: readonly string[];
    }
  /** Whole documents, read where they lie (embedded engine only). */
  | { kind: 'documents'; files: { path: string; size: number }[] }
  /**
   * A table of a copy of a SQLite database (embedded engine only), which the engine may write to.
   * `path` is where the copy is, `origin` what to call it.
   */
  | { kind: 'sqlite'; path: string; origin: string; table: string }
  /** One delimited file with its header. `path` is where the bytes are, `origin` what to call it. */
  | { kind: 'table'; path: string; origin: string; header: TableHeader }
  /** Several delimited files with the same header, each an upload: see {@link Batch.parts}. */
  | { kind: 'tables'; paths: readonly string[]; header: TableHeader }
  /** One Parquet file. */
  | { kind: 'parquet'; path: string; origin: string; columns: string[] };

export interface Batch {
  format: Format;
  /** What the rows were read from: the tail root's name, or the upload's dataset. */
  dataset: string;
  input: BatchInput;
  /** The upload's id, '' for followed files. */
  uploadId: string;
  /**
   * Decides between copies whose source revises what it exported: the later arrival wins.
   * Milliseconds since the epoch, when the upload was received or the file last changed.
   */
  arrivedAt: number;
  mode: 'append' | 'replace';
  /** Uploads that are written as one; their reports stand in `parts` of the batch's. */
  parts?: readonly BatchPart[];
  /**
   * More batches follow at once (a first read of many files): the hours of all of them are computed
   * with the last, or by Store.catchUp. Until then `usage_hourly` is behind `usage`.
   */
  moreFollows?: boolean;
  /** Where it has been read into already, see Store.readAhead. */
  ahead?: BatchRead;
  /** Whether this is usage as it happens: then the report carries what the counters must add. */
  live: boolean;
}

/** One upload of several that are written as one batch. */
export interface BatchPart {
  /** Where its bytes are. */
  path: string;
  /** As {@link Batch.arrivedAt}. */
  arrivedAt: number;
}

export interface Rejection {
  /** Number of the record in its file, from 1, the header not counted. */
  record: number;
  /** Physical line at which the record begins, from 1; 0 when unknown. */
  line: number;
  reason: string;
  column?: string;
  value?: string;
}

/** A rejected record with the file it stands in and its beginning. */
export interface RejectedRecord extends Rejection {
  path: string;
  excerpt: string;
}

export interface RowCounts {
  /** Records that carry usage, and those that could not be read. accepted + duplicate + rejected. */
  read: number;
  /** Events that the store did not have. */
  accepted: number;
  /** Records whose event the store had, or that repeat one of the same batch. */
  duplicate: number;
  rejected: number;
  /** Events the store had and this batch corrected; counted in `duplicate`. */
  revised: number;
}

/** What a live batch adds, per bounded label set; only for `live` batches. */
export interface UsageDelta {
  source: string;
  provider: string;
  model: string;
  status: string;
  requests: number;
  input: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  cacheRead: number;
  output: number;
  reasoning: number;
  unclassified: number;
  costUsd: number;
}

export interface BatchReport {
  rows: RowCounts;
  /** At most REJECTIONS_INLINE of them; all are in rejected_records. */
  rejections: RejectedRecord[];
  /**
   * Rejected records by reason, without those that an earlier reading of a followed file had met;
   * reasons are fixed phrases.
   */
  rejectedByReason: Record<string, number>;
  usage: UsageDelta[];
  /** Timestamp of the newest event of the batch, ms since the epoch; undefined without events. */
  newestEventAt?: number;
  /** Models of the batch that have no price. */
  unpriced: string[];
  /** Of a batch with parts: what became of each, in their order. */
  parts?: PartReport[];
}

/** What became of one of several uploads that were written as one; nothing of it was rejected. */
export type PartReport = Pick<BatchReport, 'rows' | 'unpriced'>;

export const REJECTIONS_INLINE = 20;
