/** Programs as whole processes: how long they take, what of the processor, and how much memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peakOf, treeOf } from './proc.ts';

export interface Usage {
  /** User and system time of the process and all that it waited for. */
  cpuMs: number;
  /** The highest resident size of each process, added up; undefined where there is no /proc. */
  peakBytes: number | undefined;
}

export interface Run extends Usage {
  wallMs: number;
  stdout: string;
}

export interface Command {
  /** Said when it fails. */
  name: string;
  command: string;
  args: readonly string[];
  env: Record<string, string>;
}

/** How often memory is looked at. The kernel keeps the highest value, so only the last growth is missed. */
const LOOK_MS = 15;

/** The shell knows what a program used once it is waited for, which Node does not tell. */
const TIMED = 'TIMEFORMAT="%U %S"; { time "$@" 2>&3; } 3>&2 2>"$0"';

/** What still runs, so that nothing is left when the bench itself is stopped. */
const running = new Set<Process>();
process.on('exit', () => {
  for (const one of running) one.kill();
});

/** A program that runs until it is told to end, or ends by itself. */
export class Process {
  readonly #command: Command;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tallyd-bench-'));
  readonly #shell: ChildProcess;
  readonly #peaks = new Map<number, number>();
  readonly #ended: Promise<number | null>;
  readonly #watch: NodeJS.Timeout;
  readonly #begun = performance.now();
  /** How long the program ran; set when it ended. */
  #wallMs = 0;
  hasEnded = false;
  #asked = false;
  stdout = '';
  stderr = '';
  readonly #listeners = new Set<() => void>();

  constructor(command: Command) {
    this.#command = command;
    this.#shell = spawn(
      'bash',
      ['-c', TIMED, join(this.#folder, 'times'), command.command, ...command.args],
      { env: command.env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#ended = new Promise((resolve, reject) => {
      this.#shell.once('error', reject);
      // the streams are at their end, too
      this.#shell.once('close', (code) => resolve(code));
      this.#shell.once('exit', () => {
        this.#wallMs = performance.now() - this.#begun;
        this.hasEnded = true;
      });
    });
    this.#shell.stdout!.setEncoding('utf8').on('data', (text: string) => this.#heard('stdout', text));
    this.#shell.stderr!.setEncoding('utf8').on('data', (text: string) => this.#heard('stderr', text));
    this.#watch = setInterval(() => this.#look(), LOOK_MS);
    running.add(this);
  }

  #heard(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
    for (const listener of this.#listeners) listener();
  }

  #look(): void {
    for (const pid of treeOf(this.#shell.pid!)) {
      if (pid === this.#shell.pid) continue;
      const peak = peakOf(pid);
      if (peak !== undefined) this.#peaks.set(pid, peak);
    }
  }

  /** The program's own process. */
  get pid(): number | undefined {
    return treeOf(this.#shell.pid!)[1];
  }

  /** Resolves when the standard output has this in it; rejects when the program ends before. */
  async says(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!this.stdout.includes(text)) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
      void this.#ended.then((code) => reject(this.#failed(`ended (${code}) before it said "${text}"`)));
    });
  }

  /** Asks it to end, and waits until it has. */
  async end(): Promise<Run> {
    this.#look();
    this.#asked = true;
    this.kill();
    return await this.result();
  }

  /** Ends it without waiting. */
  kill(): void {
    const { pid } = this;
    if (pid !== undefined) process.kill(pid, 'SIGTERM');
  }

  /** Waits until it ends by itself. Rejects when it failed. */
  async result(): Promise<Run> {
    try {
      const code = await this.#ended;
      // what has no way to end of its own ends by the signal
      const bySignal = this.#asked && code === 143;
      if (code !== 0 && !bySignal) throw this.#failed(`ended with ${code}`);
      const [user = NaN, system = NaN] = readFileSync(join(this.#folder, 'times'), 'utf8')
        .trim()
        .split(' ')
        .map(Number);
      const peaks = [...this.#peaks.values()];
      return {
        wallMs: this.#wallMs,
        cpuMs: (user + system) * 1000,
        peakBytes: peaks.length > 0 ? peaks.reduce((sum, peak) => sum + peak) : undefined,
        stdout: this.stdout,
      };
    } finally {
      running.delete(this);
      clearInterval(this.#watch);
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  #failed(what: string): Error {
    return new Error(`${this.#command.name} ${what}:\n${(this.stderr || this.stdout).slice(-4000)}`);
  }
}

/** Runs a program to its end. */
export function runToEnd(command: Command): Promise<Run> {
  return new Process(command).result();
}
