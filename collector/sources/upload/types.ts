/** What an upload is to the rest of tallyd: what comes in, and the report that goes out. */
import type { Rejection, RowCounts } from '../../store/types.ts';

export type UploadMode = 'append' | 'replace';
export type UploadStatus = 'received' | 'running' | 'done' | 'failed';

/** How the bytes of an upload arrive. Settings as the client wrote them; they are checked here. */
export interface UploadRequest {
  /** The file's name, '' when the client told none. A multipart body may bring one. */
  name: string;
  mode?: string;
  dataset?: string;
  format?: string;
  /** The Content-Encoding header. */
  contentEncoding?: string;
  /** The Content-Type header; only multipart/form-data changes anything. */
  contentType?: string;
}

/** The contract's report. Its keys are sent in this order. */
export interface UploadReport {
  id: string;
  name: string;
  dataset: string;
  /** '' when the file was not recognised. */
  format: string;
  mode: UploadMode;
  status: UploadStatus;
  /** Size of the file, decompressed. */
  bytes: number;
  rows: RowCounts;
  /** The first of them; see {@link Uploads.rejections}. */
  rejections: Rejection[];
  /** Models in the file that have no price. */
  unpriced: string[];
  /** Why it failed. */
  error?: string;
  /** ISO 8601. */
  startedAt: string;
  finishedAt: string | null;
}

/** A rejected record with its beginning. */
export interface RejectionDetail extends Rejection {
  excerpt: string;
}

export interface Page {
  offset: number;
  limit: number;
}

export interface Paged<T> {
  items: T[];
  total: number;
}

export const NO_ROWS: RowCounts = { read: 0, accepted: 0, duplicate: 0, rejected: 0, revised: 0 };
