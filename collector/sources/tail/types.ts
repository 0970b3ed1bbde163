/**
 * The tail: follows the files that agents leave on disk and gives the store what is new in them.
 *
 * What holds, whatever files do and whenever the process dies:
 * - A position moves only after the store has acknowledged the rows before it.
 * - A file is its device and inode and what it begins with; before it is read on, its beginning and
 *   the bytes before the position are compared. Any doubt means reading it again from its start, which
 *   changes nothing for rows that the store has.
 * - A line without its newline never moves the position.
 */
import type { Logger } from 'pino';
import type { Format } from '../../formats/format.ts';
import type { Store } from '../../store/store.ts';
import type { Telemetry } from '../../telemetry.ts';

/** A place whose files are followed. */
export interface TailRoot {
  /** `auto`: each file is looked at. */
  format: Format | 'auto';
  /** A folder, a file or a glob; it need not exist yet. */
  path: string;
  /** The `dataset` column of the rows. */
  dataset: string;
}

export interface TailProgress {
  files: number;
  filesDone: number;
  bytes: number;
  bytesDone: number;
}

export interface TailOptions {
  roots: TailRoot[];
  formats: readonly Format[];
  store: TailStore;
  /** Holds `positions.json`. */
  dataDir: string;
  /** Holds one spool file at a time; files `tail-*` in it are the tail's own. */
  spoolDir: string;
  telemetry: Telemetry;
  log: Logger;
  /** @default 30 */
  sweepSeconds?: number;
  /** Told during the first pass. */
  onProgress?: (progress: TailProgress) => void;
}

export interface Tail {
  /** Resolves when everything that was there is stored; then the tail follows. */
  start(): Promise<void>;
  /** When it resolves, no write is under way and positions are on disk. */
  stop(): Promise<void>;
  /** Looks at all files once and resolves when everything seen is stored. */
  idle(): Promise<void>;
  status(): TailStatus;
}

export interface PathProblem {
  path: string;
  /** A sentence. */
  problem: string;
}

export interface TailRootStatus {
  path: string;
  format: string;
  dataset: string;
  exists: boolean;
  files: number;
  bytes: number;
  /** Bytes seen and not stored. */
  bytesBehind: number;
  /** How long the oldest of them have waited. */
  secondsBehind: number;
  /** At most {@link PROBLEMS_LISTED}, as are `errors`. */
  unrecognised: PathProblem[];
  errors: PathProblem[];
}

export interface TailStatus {
  /** The first pass is done and files are followed. */
  running: boolean;
  phase: 'new' | 'first pass' | 'following' | 'stopped';
  /** `sweeps`: the system gives no more watches, so folders are looked through every few seconds. */
  watching: 'events' | 'sweeps';
  roots: TailRootStatus[];
}

export const PROBLEMS_LISTED = 50;

/** What the tail needs of the store. One that cannot read ahead reads when it writes. */
export type TailStore = Pick<Store, 'write' | 'readsFiles' | 'command' | 'catchUp'> &
  Partial<Pick<Store, 'readAhead'>>;
