/**
 * A home to look at tallyd with before one's own logs are in it: six weeks of several agents and
 * people up to now. Everything in it says that it is made up.
 */
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generateClaudeCode } from './claude-code.ts';
import { DAY, HOUR, timestamp, workingTimes } from './clock.ts';
import { generateCodex } from './codex.ts';
import type { CursorVariant } from './cursor-csv.ts';
import { generateCursorCsv } from './cursor-csv.ts';
import type { GeneratedFile } from './truth.ts';

export interface DemoOptions {
  /** Milliseconds since the epoch; nothing is later. */
  now: number;
  seed: string | number;
}

/** A folder to follow. */
export interface DemoRoot {
  format: 'claude-code' | 'codex' | 'cursor-csv';
  path: string;
  dataset: 'demo';
}

const PROJECTS = ['demo/webshop', 'demo/payments', 'demo/mobile-app', 'demo/data-pipeline', 'demo/docs'];
const DAYS = 42;

/** Writes the demo home; the same options write the same bytes. Existing files are overwritten. */
export async function writeDemo(folder: string, options: DemoOptions): Promise<DemoRoot[]> {
  for (const { path, content } of demoFiles(options)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    // as if they had been lying there: an export that just changed is given time to be written whole
    await utimes(file, options.now / 1000 - 60, options.now / 1000 - 60);
  }
  const root = (format: DemoRoot['format']): DemoRoot => ({
    format,
    path: join(folder, format),
    dataset: 'demo',
  });
  return [root('claude-code'), root('codex'), root('cursor-csv')];
}

/** The files of the demo home, below a folder for each format. */
export function* demoFiles(options: DemoOptions): Iterable<GeneratedFile> {
  yield* below('claude-code', claudeFiles(options));
  yield* below('codex', codexFiles(options));
  yield* below('cursor-csv', cursorFiles(options));
}

function* below(folder: string, files: Iterable<GeneratedFile>): Iterable<GeneratedFile> {
  for (const { path, content } of files) yield { path: `${folder}/${path}`, content };
}

/** Working hours of the last weeks, with one weekday on which everything was tried at once. */
function calendar({ now }: DemoOptions) {
  const from = now - DAYS * DAY;
  let peak = now - 9 * DAY;
  while ([0, 6].includes(new Date(peak).getUTCDay())) peak -= DAY;
  return { from, until: now, when: workingTimes(from, now, timestamp(peak).slice(0, 10)) };
}

function* claudeFiles(options: DemoOptions): Iterable<GeneratedFile> {
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
  yield* generateClaudeCode({
    seed: `${options.seed}-claude`,
    entries: 8000,
    ...calendar(options),
    ...shared,
    hazards,
  }).files();
  yield* generateClaudeCode({
    seed: `${options.seed}-today`,
    sessions: 4,
    ...lastHours(options),
    ...shared,
    hazards,
  }).files();
}

function* codexFiles(options: DemoOptions): Iterable<GeneratedFile> {
  const hazards = {
    reEmitted: true,
    modelChanges: true,
    forks: true,
    subagents: true,
    counterResets: true,
    serviceTiers: true,
  };
  const shared = { projects: PROJECTS, timezone: 'UTC', hazards };
  yield* generateCodex({
    seed: `${options.seed}-codex`,
    entries: 3000,
    ...calendar(options),
    ...shared,
  }).files();
  yield* generateCodex({
    seed: `${options.seed}-now`,
    sessions: 2,
    ...lastHours(options),
    ...shared,
  }).files();
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

function* cursorFiles(options: DemoOptions): Iterable<GeneratedFile> {
  for (const [name, variant, users, rows] of EXPORTS) {
    const seed = `${options.seed}-${name}`;
    yield generateCursorCsv({ seed, name, variant, users, rows, ...calendar(options) }).file;
  }
}
