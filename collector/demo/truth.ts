/**
 * What generated files must add up to. The generators know it by construction, not by reading what
 * they wrote, so a reader can be held against it.
 */
import { dayIn } from './clock.ts';
import type { Tokens } from './tokens.ts';

/** A file below a root. */
export interface GeneratedFile<Content = string> {
  /** Relative, with forward slashes. */
  path: string;
  content: Content;
}

/** What every true event has. */
export interface TrueEvent extends Tokens {
  /** Milliseconds since the epoch. */
  ts: number;
  /** Two events are the same when this is; it holds within one generated corpus. */
  identity: string;
  sessionId: string;
  model: string;
  project: string;
  status: 'ok' | 'error';
}

/** A newline-terminated line that is no readable record. */
export interface MalformedLine {
  path: string;
  /** Physical line, from 1. */
  line: number;
  /** `json`: not JSON; `timestamp`: usage whose time cannot be read. */
  reason: 'json' | 'timestamp';
}

/** What the files hold, copies included. */
export interface FileCounts {
  files: number;
  /** Newline-terminated lines. */
  lines: number;
  emptyLines: number;
  /** Lines that hold two JSON objects. */
  gluedLines: number;
  malformedLines: number;
  /** Files whose last line is cut off without a newline: not malformed, still being written. */
  unfinishedTails: number;
  /** Files whose last line is whole, without a newline. */
  unterminatedFiles: number;
  /** Whole readable records that carry usage, every copy counted. */
  usageRecords: number;
}

export const NO_FILES: FileCounts = {
  files: 0,
  lines: 0,
  emptyLines: 0,
  gluedLines: 0,
  malformedLines: 0,
  unfinishedTails: 0,
  unterminatedFiles: 0,
  usageRecords: 0,
};

export interface Truth<E> {
  events: E[];
  malformed: MalformedLine[];
  counts: FileCounts;
}

/** Files that belong together (a session and its copies) and what they add to the truth. */
export interface Unit<E> extends Truth<E> {
  files: GeneratedFile[];
}

/** Files to be made while they are asked for, and their truth. */
export interface Generated<E> {
  /** The same files every time. Only one unit is in memory at a time. */
  files(): Iterable<GeneratedFile>;
  /** The true events one unit at a time, for corpora too large for `truth`. */
  events(): Iterable<E>;
  /** Made at the first access. */
  readonly truth: Truth<E>;
}

/** Adds counts up, in place. */
export function addCounts(sum: FileCounts, more: FileCounts): void {
  for (const key of Object.keys(more) as (keyof FileCounts)[]) sum[key] += more[key];
}

/** Makes a corpus of units that can be generated again and again. */
export function generated<E>(units: () => Iterable<Unit<E>>): Generated<E> {
  let known: Truth<E> | undefined;
  return {
    *files() {
      for (const unit of units()) yield* unit.files;
    },
    *events() {
      for (const unit of units()) yield* unit.events;
    },
    get truth() {
      return (known ??= collect(units()));
    },
  };
}

function collect<E>(units: Iterable<Unit<E>>): Truth<E> {
  const truth: Truth<E> = { events: [], malformed: [], counts: { ...NO_FILES } };
  for (const unit of units) {
    for (const event of unit.events) truth.events.push(event);
    for (const line of unit.malformed) truth.malformed.push(line);
    addCounts(truth.counts, unit.counts);
  }
  return truth;
}

/** What one model did on one day. */
export interface DayModel extends Tokens {
  day: string;
  model: string;
  events: number;
  errors: number;
}

/** Sums by day in a place and by model, ordered by day, then model. */
export function perDayModel(truth: { events: Iterable<TrueEvent> }, timezone: string): DayModel[] {
  const dayOf = dayIn(timezone);
  const cells = new Map<string, DayModel>();
  for (const event of truth.events) {
    const day = dayOf(event.ts);
    const key = `${day} ${event.model}`;
    const cell = cells.get(key) ?? emptyCell(day, event.model);
    cells.set(key, cell);
    cell.events += 1;
    if (event.status === 'error') cell.errors += 1;
    cell.input += event.input;
    cell.cacheWrite5m += event.cacheWrite5m;
    cell.cacheWrite1h += event.cacheWrite1h;
    cell.cacheRead += event.cacheRead;
    cell.output += event.output;
  }
  return [...cells.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
}

function emptyCell(day: string, model: string): DayModel {
  const nothing = {
    events: 0,
    errors: 0,
    input: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    cacheRead: 0,
    output: 0,
  };
  return { day, model, ...nothing };
}
