/**
 * Cursor's usage exports in every variant seen, and the exact truth of each row.
 *
 * An account's events are drawn once; an export writes them. Overlapping exports of one account are
 * made by `reviseExport`: tokens never change, cost and kind may.
 */
import { cursorCell, cursorHeader } from './cursor-columns.ts';
import type { CursorVariant } from './cursor-columns.ts';
import type { CostStyle, CursorEvent, CursorWriting } from './cursor-events.ts';
import { drawCursorEvent } from './cursor-events.ts';
import type { CursorTruth } from './cursor-truth.ts';
import { truthOf } from './cursor-truth.ts';
import { DAY } from './clock.ts';
import { Prng } from './prng.ts';
import type { WeightedModels } from './tokens.ts';
import { CURSOR_MODELS } from './tokens.ts';
import type { GeneratedFile } from './truth.ts';

export type { CursorVariant } from './cursor-columns.ts';
export { CURSOR_VARIANTS, cursorHeader } from './cursor-columns.ts';
export type { CursorTruth } from './cursor-truth.ts';
export { mergedTruth } from './cursor-truth.ts';
export type { CursorEvent } from './cursor-events.ts';

export interface CursorOptions extends Partial<CursorWriting> {
  seed: string | number;
  rows: number;
  from: number;
  until: number;
  variant?: CursorVariant;
  users?: readonly string[];
  models?: WeightedModels;
  costs?: CostStyle;
  /** Errors with tokens and cost, zero rows, rows without counts. Default true. */
  oddities?: boolean;
  /** How many rows stand twice, alike in everything; both count. */
  alike?: number;
  when?: (prng: Prng) => number;
  bom?: boolean;
  crlf?: boolean;
  /** `data` (default, as Cursor does): every cell but the header; `all`; `minimal`: where it must be. */
  quote?: 'data' | 'all' | 'minimal';
  /** Default true. */
  finalNewline?: boolean;
  shuffleColumns?: boolean;
  /** Columns nobody knows, between the known ones. */
  extraColumns?: boolean;
  /** The unknown columns hold text with newlines, commas and quotes. Implies `extraColumns`. */
  quotedNewlines?: boolean;
  /** Default true, as Cursor does. */
  newestFirst?: boolean;
  /** File name; default `usage-events-<day of until>.csv`. */
  name?: string;
}

export interface CursorExport {
  file: GeneratedFile;
  /** In the order of the rows. */
  truth: CursorTruth[];
  /** The account as of this export, oldest first. */
  events: CursorEvent[];
  options: CursorOptions;
}

/** An export of a new account. */
export function generateCursorCsv(options: CursorOptions): CursorExport {
  const prng = new Prng(options.seed).fork('account');
  const alike = options.alike ?? 0;
  const events = drawEvents(prng, options, Math.max(0, options.rows - alike), 0);
  for (let more = alike; more > 0 && events.length > 0; more--) {
    events.push({ ...prng.pick(events), number: events.length });
  }
  return writeExport(events, options);
}

function drawEvents(prng: Prng, options: CursorOptions, rows: number, firstNumber: number): CursorEvent[] {
  const draw = {
    prng,
    users: options.users ?? ['ada@demo.example', 'bob@demo.example', 'zoë.o’neil@demo.example'],
    models: options.models ?? CURSOR_MODELS,
    costs: options.costs ?? 'plain',
    dates: options.dates ?? 'milliseconds',
    oddities: options.oddities ?? true,
  };
  const when = options.when ?? ((draws: Prng) => draws.int(options.from, options.until - 1));
  return Array.from({ length: rows }, (_, index) => drawCursorEvent(draw, firstNumber + index, when(prng)));
}

export interface Revision {
  seed: string | number;
  /** New rows, later than all before and no later than `until`. */
  newer: number;
  until: number;
  /** The later export begins here; default: with the first row of the earlier one. */
  from?: number;
  /** Share of rows whose cost is another, default 0.2, and whose kind is, default 0.05. */
  costs?: number;
  kinds?: number;
  /** Other ways to write it: variant, quoting and so on. */
  writing?: Partial<Omit<CursorOptions, 'seed' | 'rows' | 'from' | 'until'>>;
}

/** A later export of the same account: newer rows, and other costs and kinds for some of the old. */
export function reviseExport(earlier: CursorExport, revision: Revision): CursorExport {
  const prng = new Prng(revision.seed).fork('revision');
  const kept = earlier.events.filter(({ ts }) => ts >= (revision.from ?? -Infinity));
  const revised = kept.map((event) => reviseEvent(event, prng, revision));
  const newest = earlier.events.reduce((latest, { ts }) => Math.max(latest, ts), earlier.options.from);
  const options = { ...earlier.options, ...revision.writing, seed: revision.seed, until: revision.until };
  const day = options.dates === 'day' ? DAY : 1000;
  const later = { ...options, from: newest + day };
  if (revision.newer > 0 && later.from >= revision.until) throw new RangeError('no time for newer rows');
  const newer = drawEvents(
    prng,
    { ...later, when: (draws) => draws.int(later.from, revision.until - 1) },
    revision.newer,
    1e6,
  );
  return writeExport([...revised, ...newer], options);
}

function reviseEvent(event: CursorEvent, prng: Prng, { costs = 0.2, kinds = 0.05 }: Revision): CursorEvent {
  const revised = { ...event };
  if (prng.chance(costs)) revised.costCell = (prng.int(1, 900) / 100 + 0.001).toFixed(3);
  if (prng.chance(kinds)) revised.kind = event.kind === 'Included' ? 'On-Demand' : 'Included';
  return revised;
}

/** Writes an account's events as a file. */
export function writeExport(events: readonly CursorEvent[], options: CursorOptions): CursorExport {
  const prng = new Prng(options.seed).fork('writing');
  const oldestFirst = [...events].sort((a, b) => a.ts - b.ts || a.number - b.number);
  const rows = (options.newestFirst ?? true) ? [...oldestFirst].reverse() : oldestFirst;
  const columns = drawColumns(prng, options);
  const how: CursorWriting = {
    dates: options.dates ?? 'milliseconds',
    thousands: options.thousands ?? false,
  };
  const quote = options.quote ?? 'data';
  const lines = [columns.map((column) => quoted(column, quote === 'all')).join(',')];
  for (const event of rows) {
    const cells = columns.map((column) =>
      column.startsWith('Extra') ? extraCell(prng, options) : cursorCell(column, event, how),
    );
    lines.push(cells.map((cell) => quoted(cell, quote !== 'minimal')).join(','));
  }
  const newline = options.crlf ? '\r\n' : '\n';
  const content =
    (options.bom ? '\uFEFF' : '') + lines.join(newline) + ((options.finalNewline ?? true) ? newline : '');
  const path = options.name ?? `usage-events-${new Date(options.until).toISOString().slice(0, 10)}.csv`;
  return {
    file: { path, content },
    truth: truthOf(rows, options.variant ?? 'v2'),
    events: oldestFirst,
    options,
  };
}

function drawColumns(prng: Prng, options: CursorOptions): string[] {
  const columns = [...cursorHeader(options.variant ?? 'v2')];
  if (options.extraColumns || options.quotedNewlines) {
    columns.splice(prng.int(0, columns.length), 0, 'Extra, Note');
    columns.splice(prng.int(0, columns.length), 0, 'Extra');
  }
  return options.shuffleColumns ? prng.shuffled(columns) : columns;
}

function extraCell(prng: Prng, { quotedNewlines, crlf }: CursorOptions): string {
  if (!quotedNewlines) return prng.pick(['', 'x', '17', 'a, b']);
  return prng.pick([
    '',
    `two${crlf ? '\r\n' : '\n'}lines, "quoted"`,
    '\n',
    '""',
    'Date,User\n2020-01-01,nobody',
  ]);
}

function quoted(cell: string, always: boolean): string {
  return always || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
