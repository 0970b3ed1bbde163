/**
 * A home to look at tallyd with before one's own logs are in it: six weeks of several agents and
 * people up to now, and what their providers and gateways export. Everything in it says that it is made up.
 */
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createPriceBook } from '../pricing/price-book.ts';
import { bundledPriceList } from '../pricing/price-list.ts';
import type { PriceBook } from '../pricing/types.ts';
import { type BillTruth, nanosOf } from './bill-truth.ts';
import { generateClaudeCode } from './claude-code.ts';
import { DAY, HOUR, MINUTE, timestamp, workingTimes } from './clock.ts';
import { generateCodex } from './codex.ts';
import { generateCopilotCli } from './copilot-cli.ts';
import type { CursorVariant } from './cursor-csv.ts';
import { generateCursorCsv } from './cursor-csv.ts';
import { demoExports, EXPORT_FORMATS } from './demo-exports.ts';
import { generateKimi } from './kimi.ts';
import { generatePi } from './pi.ts';
import type { Prng } from './prng.ts';
import { generateQwen } from './qwen.ts';
import type { Generated, GeneratedFile } from './truth.ts';

export interface DemoOptions {
  /** Milliseconds since the epoch; nothing is later. */
  now: number;
  seed: string | number;
  /** What bills charge by. @default the price list that comes with tallyd */
  prices?: PriceBook;
}

const FORMATS = [
  'claude-code',
  'codex',
  'copilot-cli',
  'cursor-csv',
  'kimi',
  'pi',
  'qwen',
  ...EXPORT_FORMATS,
] as const;

/** A folder to follow. */
export interface DemoRoot {
  format: (typeof FORMATS)[number];
  path: string;
  dataset: 'demo';
}

const PROJECTS = ['demo/webshop', 'demo/payments', 'demo/mobile-app', 'demo/data-pipeline', 'demo/docs'];
const DAYS = 42;

/** Writes the demo home; the same options write the same bytes. Existing files are overwritten. */
export async function writeDemo(folder: string, options: DemoOptions): Promise<DemoRoot[]> {
  const prices = options.prices ?? createPriceBook({ list: await bundledPriceList() });
  for (const { path, content } of demoFiles({ ...options, prices })) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    // as if they had been lying there: an export that just changed is given time to be written whole
    await utimes(file, options.now / 1000 - 60, options.now / 1000 - 60);
  }
  return FORMATS.map((format) => ({ format, path: join(folder, format), dataset: 'demo' }));
}

/** With what bills charge by. */
export type PricedDemo = DemoOptions & { prices: PriceBook };

/** Files of one format, and what is truly in them. */
export interface DemoPart {
  format: DemoRoot['format'];
  files: Iterable<GeneratedFile>;
  truth: () => DemoTruth;
}

/** The lines of bills are no events. */
export interface DemoTruth {
  /** Of all kinds, of each event. */
  tokens: number[];
  /** Billionths of a dollar: what the files themselves say that it cost, where they do. */
  reported: bigint;
  bill: BillTruth[];
}

/** The files of the demo home, below a folder for each format. */
export function* demoFiles(options: PricedDemo): Iterable<GeneratedFile> {
  for (const { format, files } of demoParts(options))
    for (const { path, content } of files) yield { path: `${format}/${path}`, content };
}

/** The demo home by format; some formats have several parts. */
export function* demoParts(options: PricedDemo): Iterable<DemoPart> {
  yield* logs('claude-code', claudeLogs(options));
  yield* logs('codex', codexLogs(options));
  for (const { file, truth } of cursorExports(options))
    yield { format: 'cursor-csv', files: [file], truth: () => told(truth) };
  for (const [format, generate] of Object.entries(SESSION_LOGS)) {
    const { files, usage } = generate(sessionsOf(format, options));
    yield { format: format as keyof typeof SESSION_LOGS, files, truth: () => told(usage) };
  }
  for (const { format, file, usage, bill } of demoExports(exportsOf(options)))
    yield { format, files: [file], truth: () => ({ ...told(usage), bill }) };
}

function* logs(format: DemoPart['format'], all: Iterable<Generated<Partial<Counted>>>): Iterable<DemoPart> {
  for (const made of all) yield { format, files: made.files(), truth: () => told(made.truth.events) };
}

/** Kinds of tokens as generators name them; none of them is part of another. */
type Counted = Record<(typeof KINDS)[number], number> & { reportedCostUsd: string | undefined };
const KINDS = [
  'input',
  'cacheWrite',
  'cacheWrite5m',
  'cacheWrite1h',
  'cacheRead',
  'output',
  'unclassified',
] as const;

function told(usage: readonly Partial<Counted>[]): DemoTruth {
  const tokens = usage.map((each) => KINDS.reduce((sum, kind) => sum + (each[kind] ?? 0), 0));
  const reported = usage.reduce((sum, { reportedCostUsd: usd = '0' }) => sum + nanosOf(usd), 0n);
  return { tokens, reported, bill: [] };
}

/** Agents whose logs tell each request. */
const SESSION_LOGS = {
  'copilot-cli': generateCopilotCli,
  kimi: generateKimi,
  pi: generatePi,
  qwen: generateQwen,
};

/** A few sessions a week of each; none goes on for a quarter of an hour. */
function sessionsOf(name: string, options: DemoOptions) {
  const { from, when } = calendar(options);
  const until = options.now - 15 * MINUTE;
  return {
    seed: `${options.seed}-${name}`,
    ...{ sessions: 30, projects: PROJECTS, requests: [3, 20] as const, quirks: false, from, until },
    when: (prng: Prng) => Math.min(when(prng), until),
  };
}

/** Whole days up to last night: the exports were made this morning. */
function exportsOf(options: PricedDemo) {
  const { from, when } = calendar(options);
  const midnight = (ts: number): number => Math.floor(ts / DAY) * DAY;
  return {
    ...{ seed: `${options.seed}-exports`, prices: options.prices, projects: PROJECTS },
    ...{ from: midnight(from), until: midnight(options.now), when },
  };
}

/** Working hours of the last weeks, with one weekday on which everything was tried at once. */
function calendar({ now }: DemoOptions) {
  const from = now - DAYS * DAY;
  let peak = now - 9 * DAY;
  while ([0, 6].includes(new Date(peak).getUTCDay())) peak -= DAY;
  return { from, until: now, when: workingTimes(from, now, timestamp(peak).slice(0, 10)) };
}

function* claudeLogs(options: DemoOptions) {
  const shared = { projects: PROJECTS, turns: [4, 45] as const };
  const hazards = {
    streamedParts: true,
    subagents: true,
    progressLines: true,
    apiErrors: true,
    usageLimits: true,
    truncatedLines: true,
    resumedSessions: true,
    fastMode: true,
    unknownModels: true,
    iterations: true,
  };
  yield generateClaudeCode({
    seed: `${options.seed}-claude`,
    entries: 8000,
    ...calendar(options),
    ...shared,
    hazards,
  });
  yield generateClaudeCode({
    seed: `${options.seed}-today`,
    sessions: 4,
    ...lastHours(options),
    ...shared,
    hazards,
  });
}

function* codexLogs(options: DemoOptions) {
  const hazards = {
    reEmitted: true,
    modelChanges: true,
    forks: true,
    subagents: true,
    counterResets: true,
    serviceTiers: true,
  };
  const shared = { projects: PROJECTS, timezone: 'UTC', hazards };
  yield generateCodex({
    seed: `${options.seed}-codex`,
    entries: 3000,
    ...calendar(options),
    ...shared,
  });
  yield generateCodex({
    seed: `${options.seed}-now`,
    sessions: 2,
    ...lastHours(options),
    ...shared,
  });
}

/** Something is going on right now, whatever the hour. */
function lastHours({ now }: DemoOptions) {
  return { from: now - 3 * HOUR, until: now };
}

const EXPORTS: readonly (readonly [string, CursorVariant, readonly string[], number])[] = [
  [
    'usage-events-team.csv',
    'v3t',
    ['ada@demo.example', 'ben@demo.example', 'cleo@demo.example', 'dev@demo.example'],
    2400,
  ],
  ['usage-events-contractors.csv', 'v2t', ['eve@demo.example', 'finn@demo.example'], 900],
];

function* cursorExports(options: DemoOptions) {
  for (const [name, variant, users, rows] of EXPORTS) {
    const seed = `${options.seed}-${name}`;
    yield generateCursorCsv({ seed, name, variant, users, rows, ...calendar(options) });
  }
}
