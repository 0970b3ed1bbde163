/** How long the tail waits and how much it takes at a time. Tests shorten the waits. */
export interface TailLimits {
  /** Events of this long are handled together. */
  coalesceMs: number;
  /** Between two batches of a source, so that a chatty agent costs a few batches a second. */
  paceMs: number;
  /** A last record without a newline is tried when its file has been quiet for this long. */
  unfinishedQuietMs: number;
  /** Files that are read whole wait for this much quiet… */
  wholeQuietMs: number;
  /** …but not longer than this. */
  wholePatienceMs: number;
  /** A document that ends in the middle is taken for one that is being written, until it is this old. */
  unfinishedDocumentMs: number;
  /** Delimited files wait for this much quiet, however long it takes: their records cannot be cut. */
  tableQuietMs: number;
  retryMinMs: number;
  retryMaxMs: number;
  positionsMs: number;
  ledgerMs: number;
  lagMs: number;
  /** Between sweeps where nothing can be watched. */
  blindSweepMs: number;
  /** New bytes of one file that are read at once. */
  chunkBytes: number;
  /** New bytes of one batch while following, and in the first pass. */
  batchBytes: number;
  firstBatchBytes: number;
  batchFiles: number;
  /** Whole files of one batch, read by the engine where they lie. */
  bulkBytes: number;
  bulkFiles: number;
  /** A file of this size that appears while following is read by the engine as well. */
  bulkFromBytes: number;
  /** A longer record is passed over and reported. */
  recordBytes: number;
  /** A larger database is not copied. */
  databaseBytes: number;
  /** A database is copied for every reading, and that at most so often that it takes this much a second. */
  databaseBytesPerSecond: number;
}

const MiB = 1024 * 1024;

export const DEFAULT_LIMITS: TailLimits = {
  coalesceMs: 50,
  paceMs: 200,
  unfinishedQuietMs: 1000,
  wholeQuietMs: 500,
  wholePatienceMs: 2000,
  unfinishedDocumentMs: 10_000,
  tableQuietMs: 2000,
  retryMinMs: 500,
  retryMaxMs: 30_000,
  positionsMs: 1000,
  ledgerMs: 3000,
  lagMs: 5000,
  blindSweepMs: 2000,
  chunkBytes: 8 * MiB,
  batchBytes: 8 * MiB,
  firstBatchBytes: 64 * MiB,
  batchFiles: 2000,
  bulkBytes: 512 * MiB,
  // a batch has fixed costs of half a second of CPU: few large ones
  bulkFiles: 16_000,
  bulkFromBytes: 8 * MiB,
  recordBytes: 256 * MiB,
  databaseBytes: 16 * 1024 * MiB,
  databaseBytesPerSecond: 10 * MiB,
};
