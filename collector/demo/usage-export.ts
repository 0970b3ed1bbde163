/**
 * What the generators of providers' usage exports share: a row is its cells and what is true of it, and
 * a file is a header over rows. How a file is written changes nothing of what it says.
 */
import type { Prng } from './prng.ts';
import type { GeneratedFile } from './truth.ts';

/** What a reader must find in a row. */
export interface ExportTruth {
  /** Milliseconds since 1970. */
  ts: number;
  grain: 'request' | 'bucket';
  requests: number;
  provider: string;
  model: string;
  user: string;
  project: string;
  requestId: string;
  status: 'ok' | 'error' | 'aborted';
  input: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  cacheRead: number;
  output: number;
  reasoning: number;
  durationMs: number | undefined;
  /** Dollars as a decimal; undefined where the row tells no cost. */
  reportedCostUsd: string | undefined;
  billable: boolean;
  speed: 'standard' | 'fast' | 'batch' | 'flex' | 'priority';
  tags: Record<string, string>;
}

export interface ExportRow {
  /** Where the row belongs in time; rows of one moment go into the same file when an export is cut. */
  ts: number;
  /** By header cell; a column without a cell is empty. */
  cells: Record<string, string>;
  /** Undefined where a row says that there is nothing (an empty bucket). */
  truth: ExportTruth | undefined;
}

/** Rows under the header of a variant. */
export interface UsageExport {
  header: readonly string[];
  rows: ExportRow[];
}

export interface ExportWriting {
  bom: boolean;
  crlf: boolean;
  /** `all` cells, or only those that must be. */
  quote: 'all' | 'minimal';
  finalNewline: boolean;
  /** Blank lines at the end. */
  blankLines: number;
  shuffleRows: boolean;
  shuffleColumns: boolean;
  /** Columns nobody knows, with commas, quotes and line breaks in their cells. */
  extraColumns: boolean;
}

export interface ExportOptions {
  seed: string | number;
  rows: number;
  /** Milliseconds since 1970. */
  from: number;
  until: number;
  /** When the rows are. @default any time of the period */
  when?: (prng: Prng) => number;
  /** Whom rows name, instead of names that hold whatever names may hold. */
  users?: readonly string[];
  projects?: readonly string[];
  /** What the largest counts of a row are multiplied by. @default 1 */
  scale?: number;
  /** What a request costs, where its row tells it; undefined where it has no price. @default any amount */
  dollarsOf?: (usage: Spent) => number | undefined;
  /** Tiers, empty buckets, credits and the like, as often as readers must meet them. @default true */
  quirks?: boolean;
}

/** What a price is made from. */
export type Spent = Pick<
  ExportTruth,
  'ts' | 'grain' | 'provider' | 'model' | 'input' | 'cacheWrite5m' | 'cacheWrite1h' | 'cacheRead' | 'output'
>;

/** A moment of the period. */
export function drawTime(prng: Prng, { from, until, when }: ExportOptions): number {
  return when ? when(prng) : prng.int(from, until - 1);
}

/** The largest count of a row. */
export function scaled(largest: number, { scale = 1 }: ExportOptions): number {
  return Math.max(1, Math.round(largest * scale));
}

/** What a request is told to have cost, in dollars with six digits: what it is worth, or anything. */
export function toldDollars(usage: Spent, { dollarsOf }: ExportOptions, otherwise: () => string): string {
  const known = dollarsOf?.(usage);
  return known === undefined ? otherwise() : known.toFixed(6);
}

/** What is true of a row unless it says otherwise. */
export function plainTruth(told: Pick<ExportTruth, 'ts' | 'grain' | 'provider' | 'model'>): ExportTruth {
  return {
    requests: 1,
    user: '',
    project: '',
    requestId: '',
    status: 'ok',
    input: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    cacheRead: 0,
    output: 0,
    reasoning: 0,
    durationMs: undefined,
    reportedCostUsd: undefined,
    billable: true,
    speed: 'standard',
    tags: {},
    ...told,
  };
}

/** Tags without those that say nothing. */
export function saidTags(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== ''));
}

const EXTRA = ['Extra, note', 'Extra'];

/** Writes rows as a file; the truth of what is in it stands in the rows. */
export function writeUsageExport(
  prng: Prng,
  path: string,
  { header, rows }: UsageExport,
  how: Partial<ExportWriting> = {},
): GeneratedFile {
  const named = how.extraColumns ? [EXTRA[0]!, ...header, EXTRA[1]!] : header;
  const columns = how.shuffleColumns ? prng.shuffled(named) : named;
  const ordered = how.shuffleRows ? prng.shuffled(rows) : rows;
  const newline = how.crlf ? '\r\n' : '\n';
  const line = (cells: readonly string[]) => cells.map((cell) => quoted(cell, how.quote === 'all')).join(',');
  const lines = [
    line(columns),
    ...ordered.map(({ cells }) =>
      line(columns.map((column) => (EXTRA.includes(column) ? extraCell(prng) : (cells[column] ?? '')))),
    ),
  ];
  const end = (how.finalNewline ?? true) ? newline.repeat(1 + (how.blankLines ?? 0)) : '';
  return { path, content: (how.bom ? '\uFEFF' : '') + lines.join(newline) + end };
}

function extraCell(prng: Prng): string {
  return prng.pick(['', 'x', '17', 'a, b', 'two\nlines, "quoted"', '2020-01-01,1,2']);
}

function quoted(cell: string, always: boolean): string {
  return always || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
