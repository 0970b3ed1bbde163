/** One followed file: where it is, what was last seen of it, how far it is stored. */
import { type BigIntStats, realpathSync, statSync } from 'node:fs';
import type { Format } from '../../formats/format.ts';
import { type Digest, NOTHING } from './fingerprint.ts';
import type { FollowedRoot } from './followed-root.ts';

/** What a look at a file says. */
export interface Seen {
  /** Device and inode. */
  id: string;
  size: number;
  mtimeMs: number;
}

/** How far a file is stored. */
export interface Position {
  /** Of the file when it was last read, to tell whether it has changed; see {@link stampOf}. */
  size: number;
  mtimeMs: number;
  /** Bytes stored: up to and with the last newline. Of files read whole: their size. */
  offset: number;
  /** Bytes read, a last record without a newline included. */
  readTo: number;
  /** Lines before `offset`, where they were counted. */
  lines?: number;
  /** The file's beginning. */
  fingerprint: Digest;
  /** The bytes before `offset`. */
  tail: Digest;
  /** `offset` stands inside of a record that is too long to be read. */
  skipping?: boolean;
}

export const START: Position = {
  size: 0,
  mtimeMs: 0,
  offset: 0,
  readTo: 0,
  lines: 0,
  fingerprint: NOTHING,
  tail: NOTHING,
};

export interface FileState extends Seen {
  path: string;
  /** Undefined for a remembered file that was not seen since the start. */
  root: FollowedRoot | undefined;
  /** Undefined until it is recognised. */
  format: Format | undefined;
  dataset: string;
  position: Position;
  /** When it was last seen to change, by our clock: file systems and clocks disagree. */
  changedAt: number;
  /** Since when something of it has waited to be stored; 0 when nothing does. */
  waitingSince: number;
  /** When it was found to be gone. */
  goneAt?: number;
  /** Why it cannot be read now, as a sentence. */
  problem?: string;
  /** Why no format took it; tried again when it changes. */
  unrecognised?: string;
  /** Batches of it that the store refused while it answered otherwise. */
  failures: number;
  /** The engine refused it, and will as long as it is of this size and time. */
  damaged?: { size: number; mtimeMs: number };
  /** A table with broken quoting, which is read from a repaired copy. */
  isCrooked?: boolean;
  /** The sweep that saw it last. */
  sweep: number;
}

export function seenOf(stat: BigIntStats): Seen {
  return { id: `${stat.dev}:${stat.ino}`, size: Number(stat.size), mtimeMs: Number(stat.mtimeNs) / 1e6 };
}

/**
 * A database together with the log beside it: what is written goes to the log, and the main file may
 * not change for hours.
 */
export function withLog(path: string, seen: Seen): Seen {
  const log = statSync(`${realpathSync(path)}-wal`, { bigint: true, throwIfNoEntry: false });
  if (!log) return seen;
  const { size, mtimeMs } = seenOf(log);
  return { id: seen.id, size: seen.size + size, mtimeMs: Math.max(seen.mtimeMs, mtimeMs) };
}

/** File systems keep times in ticks of up to 10 ms: a change within one leaves the same time. */
const TICK_MS = 50;

/**
 * Size and time for a position. The time of a file that changed just now is not kept, so that the next
 * look compares its content.
 */
export function stampOf(seen: { size: number; mtimeMs: number }): { size: number; mtimeMs: number } {
  const settled = Math.abs(Date.now() - seen.mtimeMs) > TICK_MS;
  return { size: seen.size, mtimeMs: settled ? seen.mtimeMs : -1 };
}

/** Whether a look at the file differs from when it was last read. */
export function hasChanged(file: FileState): boolean {
  return file.size !== file.position.size || file.mtimeMs !== file.position.mtimeMs;
}

/** Notes that there is no use in reading a file again before it changes. */
export function setAside(file: FileState, problem: string): void {
  file.problem = problem;
  file.damaged = stampOf(file);
  file.failures = 0;
  file.waitingSince = 0;
}

/** Whether the file is damaged, and as it was when that was found. */
export function isSetAside({ damaged, size, mtimeMs }: FileState): boolean {
  return damaged !== undefined && damaged.size === size && damaged.mtimeMs === mtimeMs;
}

/** Bytes of the file that are not stored. An unfinished last record that was read does not count. */
export function bytesBehind(file: FileState): number {
  if (file.size < file.position.offset) return file.size;
  return Math.max(0, file.size - Math.max(file.position.offset, file.position.readTo));
}
