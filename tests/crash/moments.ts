/**
 * The moments at which the collector is killed, seen from outside: by the statements that it logs
 * before it runs them, and by the files that it makes.
 */
import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { Prng } from '../../collector/demo/prng.ts';
import type { Collector } from './collector.ts';

export interface Moment {
  name: string;
  /** A statement that it is about to run, */
  statement?: RegExp;
  /** or a file that appears or changes in a folder of the data directory. */
  file?: { folder: string; name: RegExp };
  /** How many such it lets pass at most, before the one that counts. */
  passes: number;
}

/** In the first starts of a store: of the snapshot, and then of the migrations. */
export const MIGRATION: Moment = {
  name: 'migration: between two statements',
  statement:
    /^(?:CREATE (?:TABLE|VIEW|DICTIONARY|MATERIALIZED|OR REPLACE)|ALTER|DROP|INSERT INTO tallyd\.schema)/,
  passes: 45,
};

export const MOMENTS: readonly Moment[] = [
  { name: 'any statement', statement: /./, passes: 120 },
  { name: 'batch: before it is read', statement: /^CREATE TABLE tallyd\.batch_/, passes: 6 },
  { name: 'batch: while it is read', statement: /^INSERT INTO tallyd\.batch_/, passes: 6 },
  { name: 'batch: turns of threads', statement: /^INSERT INTO tallyd\.thread_turns/, passes: 1 },
  { name: 'batch: hours marked', statement: /^INSERT INTO tallyd\.stale_hours/, passes: 6 },
  { name: 'batch: events', statement: /^INSERT INTO tallyd\.usage_events /, passes: 3 },
  { name: 'batch: places', statement: /^INSERT INTO tallyd\.usage_event_places/, passes: 3 },
  { name: 'batch: rejected records', statement: /^INSERT INTO tallyd\.rejected_records/, passes: 1 },
  { name: 'rollup', statement: /^INSERT INTO tallyd\.usage_hourly_rows/, passes: 4 },
  { name: 'replace: begun', statement: /^INSERT INTO tallyd\.generations .* VALUES \([^)]*\)$/, passes: 1 },
  {
    name: 'replace: shown',
    statement: /^INSERT INTO tallyd\.generations .* VALUES \([^)]*\), \(/,
    passes: 0,
  },
  { name: 'sweep', statement: /^DELETE FROM tallyd\.\w+ WHERE generation/, passes: 2 },
  { name: 'upload: report', statement: /^INSERT INTO tallyd\.upload_reports/, passes: 6 },
  { name: 'upload: spool', file: { folder: 'uploads', name: /\.body$/ }, passes: 12 },
  { name: 'upload: job file', file: { folder: 'uploads', name: /\.job\.json(?:\.tmp)?$/ }, passes: 8 },
  { name: 'tail: spool', file: { folder: 'spool', name: /^tail-/ }, passes: 4 },
  { name: 'positions', file: { folder: '.', name: /^positions\.json/ }, passes: 5 },
];

/** Between what is seen and the kill, so that it also comes in the middle of a statement or a write. */
const LONGEST_DELAY_MS = 12;

/** Calls back once at a moment. @returns what stops watching for it */
export function watchFor(
  moment: Moment,
  prng: Prng,
  { collector, dataDir, hit }: { collector: Collector; dataDir: string; hit: () => void },
): () => void {
  let left = prng.int(0, moment.passes);
  let delay: NodeJS.Timeout | undefined;
  const ms = prng.chance(0.4) ? 0 : prng.int(1, LONGEST_DELAY_MS);
  const seen = (): void => {
    if (left-- !== 0) return;
    if (ms === 0) hit();
    else delay = setTimeout(hit, ms);
  };
  let watcher: FSWatcher | undefined;
  let stopListening: (() => void) | undefined;
  const { statement, file } = moment;
  if (statement) stopListening = collector.onStatement((text) => statement.test(text) && seen());
  if (file)
    watcher = watch(
      join(dataDir, file.folder),
      (_event, name) => name !== null && file.name.test(name) && seen(),
    );
  return () => {
    clearTimeout(delay);
    stopListening?.();
    watcher?.close();
  };
}
