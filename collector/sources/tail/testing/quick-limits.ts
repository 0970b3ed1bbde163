import type { TailLimits } from '../limits.ts';

/** Waits that tests can afford. */
export const QUICK: Partial<TailLimits> = {
  coalesceMs: 5,
  paceMs: 0,
  unfinishedQuietMs: 10,
  wholeQuietMs: 60,
  wholePatienceMs: 300,
  unfinishedDocumentMs: 60,
  tableQuietMs: 60,
  retryMinMs: 5,
  retryMaxMs: 20,
  positionsMs: 10,
  ledgerMs: 10,
};
