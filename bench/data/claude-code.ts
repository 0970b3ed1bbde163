/**
 * Claude Code's logs at the size of years of use: sessions with prompts, tools' output, responses in
 * one to three lines, side chains, sub-agents and resumed sessions, and what they add up to. Half of
 * the lines carry usage; a line has 1.7 kB on average.
 *
 * The generator of the demo (collector/demo) has everything that logs were ever seen to hold and is
 * what readers are tested with; this one has what costs time, and writes a hundred times as fast.
 */
import { DAY } from '../../collector/demo/clock.ts';
import { Prng } from '../../collector/demo/prng.ts';
import { Filler } from './filler.ts';
import { Transcript } from './transcript.ts';
import type { DayModelSums } from './day-model-sums.ts';

export interface ClaudeCodeOptions {
  seed: string;
  /** Lines, at least: the last session is written to its end. */
  entries: number;
}

/** What a corpus holds. */
export interface CorpusFacts {
  files: number;
  /** Lines, copies included. */
  entries: number;
  /** Lines with usage, copies included. */
  usageEntries: number;
  /** Responses, each once. */
  events: number;
  bytes: number;
  truth: DayModelSums;
}

/** The first and the last day of the sessions, half a year. */
const FROM = Date.UTC(2026, 0, 1);
const DAYS = 180;

const PROJECTS = 40;

/** A file of the corpus, below a Claude Code home. */
export interface CorpusFile {
  path: string;
  content: string;
}

/**
 * Yields the files one by one; when it is done, it returns what they hold. The same options give the
 * same bytes.
 */
export function* generateClaudeCode(options: ClaudeCodeOptions): Generator<CorpusFile, CorpusFacts> {
  const root = new Prng(options.seed);
  const filler = new Filler(root.fork('filler'));
  const facts: CorpusFacts = { files: 0, entries: 0, usageEntries: 0, events: 0, bytes: 0, truth: {} };
  let before: CorpusFile | undefined;
  for (let number = 0; facts.entries < options.entries; number++) {
    const prng = root.fork(number);
    const project = `/home/ada/src/project-${number % PROJECTS}`;
    const start = FROM + Math.floor(prng.fraction() * DAYS * DAY);
    const resumes = before !== undefined && prng.chance(0.06) ? before : undefined;
    const session = new Transcript({ prng, filler, project, start, facts });
    for (const file of session.write(resumes)) {
      facts.files++;
      yield file;
      if (!file.path.includes('/subagents/')) before = file;
    }
  }
  return facts;
}
