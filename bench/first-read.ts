/**
 * Rows 1, 2 and 3: what a person waits for who starts tallyd over the logs that are there, and who asks
 * again later. A run begins with no store: `tallyd start`, and as soon as it follows, `tallyd report daily`
 * until it has printed. Beside it ccusage's daily report, and the engine alone.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../collector/package-root.ts';
import { CCUSAGE, ccusageDaily, installCcusage } from './ccusage.ts';
import { claudeCodeCorpus, type Corpus } from './data/corpus.ts';
import { type DayModelSums, mustBe, ofDailyReport } from './data/day-model-sums.ts';
import { compare, type Measurement } from './measuring/measurement.ts';
import { type Run, runToEnd } from './measuring/process.ts';
import type { Context, Scenario } from './measuring/scenario.ts';
import { environment, FOLLOWING, startTallyd, tallyd } from './tallyd.ts';

const ENTRIES = 1_000_000;
/** How often the report is asked again, per run. */
const AGAIN = 3;

export const firstRead: Scenario = {
  name: 'first-read',
  rows: [1, 2, 3],
  about: "the first read of agents' logs until the report prints, and the report again",
  measure,
};

async function measure(context: Context): Promise<Measurement[]> {
  const entries = context.entries ?? (context.small ? ENTRIES / 5 : ENTRIES);
  const corpus = claudeCodeCorpus(context.data, { seed: context.seed, entries }, context.say);
  const ccusage = installCcusage(context.data, context.say);
  const work = `first read of ${corpus.entries.toLocaleString('en')} entries (${gibibytes(corpus.bytes)}, ${corpus.files.toLocaleString('en')} files)`;
  context.say(`${work}, ${corpus.events.toLocaleString('en')} events`);
  warm(corpus.home);
  const home = join(context.scratch, 'home');
  const runs: { tallyd: Run; ccusage: Run; engine: Run }[] = [];
  for (let run = 1; run <= context.runs; run++) {
    const ours = await firstReadOf(corpus, home);
    const theirs = await ccusageDaily(ccusage, corpus.home);
    mustBe(corpus.truth, ofDailyReport(theirs.stdout), CCUSAGE);
    const engine = await engineAlone(corpus, join(context.scratch, 'engine'));
    runs.push({ tallyd: ours, ccusage: theirs, engine });
    context.say(
      `run ${run}: tallyd ${told(ours)}; ccusage ${told(theirs)}; the engine alone ${told(engine)}`,
    );
  }
  const again = await reportAgain(context, corpus, { ccusage, home });
  return [...firstReadRows(work, runs), ...again];
}

/** Until the report has printed; processor and memory of both processes to their ends. */
async function firstReadOf(corpus: Corpus, home: string): Promise<Run> {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const env = environment(home, { CLAUDE_CONFIG_DIR: corpus.home });
  const begun = performance.now();
  const collector = startTallyd(env);
  await collector.says(FOLLOWING);
  const report = await tallyd(env, 'report', 'daily', '--json');
  const wallMs = performance.now() - begun;
  const ended = await collector.end();
  mustBe(corpus.truth, ofDailyReport(report.stdout), 'tallyd');
  return {
    wallMs,
    cpuMs: ended.cpuMs + report.cpuMs,
    peakBytes: ended.peakBytes && report.peakBytes && ended.peakBytes + report.peakBytes,
    stdout: report.stdout,
  };
}

async function engineAlone(corpus: Corpus, store: string): Promise<Run> {
  rmSync(store, { recursive: true, force: true });
  const program = join(packageRoot, 'dist.bench/engine-alone.js');
  const run = await runToEnd({
    name: 'the engine alone',
    command: process.execPath,
    args: [program, 'claude-code', store, corpus.home],
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', UV_THREADPOOL_SIZE: '12' },
  });
  mustBe(corpus.truth, JSON.parse(run.stdout) as DayModelSums, 'the engine alone');
  rmSync(store, { recursive: true, force: true });
  return run;
}

/** The collector runs on the store of the last run and has nothing new to read. */
async function reportAgain(
  context: Context,
  corpus: Corpus,
  { ccusage, home }: { ccusage: string; home: string },
): Promise<Measurement[]> {
  const env = environment(home, { CLAUDE_CONFIG_DIR: corpus.home });
  const collector = startTallyd(env);
  await collector.says(FOLLOWING);
  const runs: { tallyd: Run; ccusage: Run }[] = [];
  for (let run = 1; run <= context.runs * AGAIN; run++) {
    const ours = await tallyd(env, 'report', 'daily', '--json');
    mustBe(corpus.truth, ofDailyReport(ours.stdout), 'tallyd');
    const theirs = await ccusageDaily(ccusage, corpus.home);
    mustBe(corpus.truth, ofDailyReport(theirs.stdout), CCUSAGE);
    runs.push({ tallyd: ours, ccusage: theirs });
  }
  await collector.end();
  rmSync(home, { recursive: true, force: true });
  const common = { row: 3, work: 'the report again, nothing new', pair: CCUSAGE };
  return rowsOf(common, 'report-again/ccusage', runs, ({ ccusage }) => ccusage, { time: 0.05 });
}

function firstReadRows(work: string, runs: { tallyd: Run; ccusage: Run; engine: Run }[]): Measurement[] {
  return [
    ...rowsOf({ row: 1, work, pair: CCUSAGE }, 'first-read/ccusage', runs, ({ ccusage }) => ccusage, {
      time: 0.5,
      memory: 1,
    }),
    ...rowsOf(
      { row: 2, work: 'the same', pair: 'the engine alone' },
      'first-read/engine',
      runs,
      ({ engine }) => engine,
      {
        time: 1.5,
      },
    ),
  ];
}

/** Time, processor time and, where it is known, memory. */
function rowsOf<T extends { tallyd: Run }>(
  common: { row: number; work: string; pair: string },
  id: string,
  runs: readonly T[],
  otherOf: (run: T) => Run,
  goals: { time?: number; memory?: number },
): Measurement[] {
  const values = (of: (run: Run) => number) => ({
    tallyd: runs.map((run) => of(run.tallyd)),
    other: runs.map((run) => of(otherOf(run))),
  });
  const goal = (atMost: number | undefined) =>
    atMost === undefined ? {} : { goal: { of: 'ratio' as const, atMost } };
  const rows = [
    compare({
      ...common,
      id: `${id}/time`,
      measure: 'time',
      unit: 'ms',
      ...values((run) => run.wallMs),
      ...goal(goals.time),
    }),
    compare({ ...common, id: `${id}/cpu`, measure: 'CPU', unit: 'ms', ...values((run) => run.cpuMs) }),
  ];
  if (runs.every((run) => run.tallyd.peakBytes && otherOf(run).peakBytes))
    rows.push(
      compare({
        ...{ ...common, id: `${id}/memory`, measure: 'memory', unit: 'bytes' as const },
        ...values((run) => run.peakBytes!),
        ...goal(goals.memory),
      }),
    );
  return rows;
}

/** Reads every file once, so that none of the pair pays for the disk. */
function warm(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) readFileSync(join(entry.parentPath, entry.name));
}

function told({ wallMs, cpuMs, peakBytes }: Run): string {
  const memory = peakBytes === undefined ? '' : `, ${(peakBytes / 2 ** 20).toFixed(0)} MiB`;
  return `${(wallMs / 1000).toFixed(2)} s (${(cpuMs / 1000).toFixed(2)} s CPU${memory})`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
