/**
 * Row 6: a line appended to one of 2,000 followed files. The same line is waited for in two places: in
 * tallyd's store, where a reader asks for it again and again, and in what `tail -F` prints. Then nothing
 * happens for a while, and the processor's time of both is looked at.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { responseLine } from './data/appended.ts';
import { compare, type Measurement } from './measuring/measurement.ts';
import { cpuOf } from './measuring/proc.ts';
import { Process } from './measuring/process.ts';
import type { Context, Scenario } from './measuring/scenario.ts';
import { percentile } from './measuring/summary.ts';
import { Collector, environment } from './tallyd.ts';

const FILES = 2000;
const APPENDS = 300;
const IDLE_SECONDS = 60;
/** How often a reader asks. */
const POLL_MS = 2;

export const follow: Scenario = {
  name: 'follow',
  rows: [6],
  about: 'a line appended to one of 2,000 followed files until it is readable; what idling costs',
  measure,
};

interface Latencies {
  tallyd: number[];
  tail: number[];
}

async function measure(context: Context): Promise<Measurement[]> {
  const appends = context.entries ?? (context.small ? APPENDS / 5 : APPENDS);
  const idleSeconds = context.small ? IDLE_SECONDS / 4 : IDLE_SECONDS;
  const home = join(context.scratch, 'home');
  const files = writeFiles(join(home, '.claude/projects'));
  const collector = await Collector.start(environment(home));
  const tail = new Process({
    name: 'tail -F',
    command: 'tail',
    args: ['-q', '-n', '0', '-F', ...files],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const appender = new Appender(files, collector, tail);
  await appender.untilTailFollows();
  const latencies: Latencies[] = [];
  const idle: { tallyd: number; tail: number }[] = [];
  for (let run = 1; run <= context.runs; run++) {
    const both: Latencies = { tallyd: [], tail: [] };
    for (let append = 0; append < appends; append++) {
      const { tallyd: ours, tail: theirs } = await appender.append();
      both.tallyd.push(ours);
      both.tail.push(theirs);
    }
    latencies.push(both);
    const spent = await idling([collector.runtime.pid, tail.pid!], idleSeconds);
    idle.push({ tallyd: spent[0]!, tail: spent[1]! });
    context.say(
      `run ${run}: p99 ${percentile(both.tallyd, 99).toFixed(0)} ms, tail -F ${percentile(both.tail, 99).toFixed(1)} ms`,
    );
  }
  await appender.everythingIsStored();
  await tail.end();
  await collector.end();
  return [...latencyRows(latencies, appends), idleRow(idle, idleSeconds)];
}

function writeFiles(projects: string): string[] {
  return Array.from({ length: FILES }, (_, number) => {
    const folder = join(projects, `-home-ada-src-project-${number % 40}`);
    mkdirSync(folder, { recursive: true });
    const sessionId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
    const file = join(folder, `${sessionId}.jsonl`);
    const line = responseLine({ id: `first-${number}`, ts: Date.now() - 60_000, sessionId, output: 1 });
    writeFileSync(file, `${line}\n`);
    return file;
  });
}

class Appender {
  readonly #files: readonly string[];
  readonly #collector: Collector;
  readonly #tail: Process;
  #appended = 0;

  constructor(files: readonly string[], collector: Collector, tail: Process) {
    this.#files = files;
    this.#collector = collector;
    this.#tail = tail;
  }

  #write(): string {
    const number = this.#appended++;
    const id = `appended-${number}-`;
    // a prime, so that lines come to files that had none for long
    const file = this.#files[(number * 977) % this.#files.length]!;
    const line = responseLine({ id, ts: Date.now(), sessionId: `session-${number % 50}`, output: 1 });
    appendFileSync(file, `${line}\n`);
    return id;
  }

  /** It says nothing when it has opened its files. */
  async untilTailFollows(): Promise<void> {
    while (!this.#tail.stdout.includes('appended-')) {
      this.#write();
      await wait(100);
    }
  }

  /** How long a line takes to the store and to the output of `tail -F`, in milliseconds. */
  async append(): Promise<{ tallyd: number; tail: number }> {
    const begun = performance.now();
    const id = this.#write();
    const since = (): number => performance.now() - begun;
    const [tallyd, tail] = await Promise.all([
      this.#readable(id).then(since),
      this.#tail.says(`"requestId":"${id}"`).then(since),
    ]);
    return { tallyd, tail };
  }

  async #readable(id: string): Promise<void> {
    const sql = `SELECT count() FROM tallyd.usage WHERE ts > now() - 3600 AND request_id = '${id}'`;
    const deadline = Date.now() + 120_000;
    while ((await this.#collector.query(sql)) !== '1') {
      if (Date.now() > deadline) throw new Error(`the line ${id} could not be read after two minutes`);
      await wait(POLL_MS);
    }
  }

  async everythingIsStored(): Promise<void> {
    const wanted = FILES + this.#appended;
    const seen = await this.#collector.query('SELECT count(), sum(output_tokens) FROM tallyd.usage');
    if (seen !== `${wanted}\t${wanted}`)
      throw new Error(`${seen} (events, tokens) instead of ${wanted} of both`);
  }
}

/** The processor's time of processes while nothing happens, in percent of one core. */
async function idling(pids: readonly number[], seconds: number): Promise<number[]> {
  // what the last line set off is over
  await wait(2000);
  const before = pids.map(cpuOf);
  const begun = performance.now();
  await wait(seconds * 1000);
  const elapsed = performance.now() - begun;
  return pids.map((pid, i) => ((cpuOf(pid) - before[i]!) / elapsed) * 100);
}

function latencyRows(runs: readonly Latencies[], appends: number): Measurement[] {
  const work = `a line appended to one of ${FILES.toLocaleString('en')} followed files (${appends} lines)`;
  return [50, 99].map((percent) =>
    compare({
      ...{
        row: 6,
        id: `follow/tail/p${percent}`,
        work,
        pair: '`tail -F` printing it',
        measure: `p${percent}`,
        unit: 'ms',
      },
      tallyd: runs.map(({ tallyd }) => percentile(tallyd, percent)),
      other: runs.map(({ tail }) => percentile(tail, percent)),
      ...(percent === 99 && { goal: { of: 'value', atMost: 1000 } }),
    }),
  );
}

function idleRow(idle: readonly { tallyd: number; tail: number }[], seconds: number): Measurement {
  return compare({
    ...{
      row: 6,
      id: 'follow/tail/idle',
      work: `nothing happens for ${seconds} s`,
      pair: '`tail -F`',
      measure: 'CPU',
    },
    ...{ unit: 'percent', goal: { of: 'value', atMost: 1 } },
    tallyd: idle.map(({ tallyd }) => tallyd),
    other: idle.map(({ tail }) => tail),
  });
}
