/**
 * Rows 1, 2 and 3: what a person waits for who starts tallyd over the logs that are there, and who asks
 * again later. A run begins with no store: `tallyd start`, and as soon as it follows, `tallyd report daily`
 * until it has printed. Beside it ccusage's daily report, and the engine alone.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CCUSAGE, ccusageDaily, installCcusage } from './ccusage.ts';
import { claudeCodeCorpus, type Corpus } from './data/corpus.ts';
import { mustBe, ofDailyReport } from './data/day-model-sums.ts';
import type { Measurement } from './measuring/measurement.ts';
import { told } from './measuring/told.ts';
import { rowsOf } from './measuring/usage-rows.ts';
import { runAlone } from './engine/run-alone.ts';
import type { Run } from './measuring/process.ts';
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
  const corpus = await claudeCodeCorpus(context.data, { seed: context.seed, entries }, context.say);
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
    const engine = await runAlone('claude-code', corpus.home, {
      store: join(context.scratch, 'engine'),
      truth: corpus.truth,
    });
    runs.push({ tallyd: ours, ccusage: theirs, engine });
    context.say(
      `run ${run}: tallyd ${told(ours)}; ccusage ${told(theirs)}; the engine alone ${told(engine)}`,
    );
  }
  const again = await reportAgain(context, corpus, { ccusage, home });
  return [...firstReadRows(work, runs), ...again];
}

/** Until the report has printed; processor and memory of both processes to their ends. */
export async function firstReadOf(corpus: Corpus, home: string): Promise<Run> {
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

/** Reads every file once, so that none of the pair pays for the disk. */
export function warm(folder: string): void {
  for (const file of filesBelow(folder)) readFileSync(file);
}

/** The paths of all files. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
