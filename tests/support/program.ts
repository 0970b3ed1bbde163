/** The real program as a process: started, asked, ended by its id. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../collector/package-root.ts';
import type { Runtime } from '../../collector/runtime.ts';

const entry = join(packageRoot, 'bin/tallyd.cjs');

/** An environment of the test's own: nothing of this machine's agents, ports of the system's choice. */
export function environment(home: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TZ: 'UTC',
    TALLYD_DATA_DIR: join(home, 'data'),
    TALLYD_LISTEN: '127.0.0.1:0',
    TALLYD_METRICS_LISTEN: '127.0.0.1:0',
    TALLYD_STORE_LISTEN: '127.0.0.1:0',
    TALLYD_PRICES_URL: 'off',
    ...more,
  };
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. */
export function run(env: Record<string, string>, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, ...args], { env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

export class Program {
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  readonly ended: Promise<number | null>;
  output = '';

  private constructor(env: Record<string, string>, args: string[]) {
    this.#dataDir = env['TALLYD_DATA_DIR']!;
    this.#child = spawn(process.execPath, [entry, 'start', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = new Promise((resolve) => this.#child.once('exit', (code) => resolve(code)));
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  /** Starts the collector and waits until it follows. */
  static async start(env: Record<string, string>, ...args: string[]): Promise<Program> {
    const program = new Program(env, args);
    await program.says(/Following/);
    return program;
  }

  /** Resolves when the output matches; rejects when the process ends before. */
  async says(text: RegExp): Promise<void> {
    let ended = false;
    void this.ended.then(() => (ended = true));
    await until(() => {
      if (text.test(this.output)) return true;
      if (ended) throw new Error(`tallyd ended before it said ${text}:\n${this.output}`);
      return false;
    });
  }

  get runtime(): Runtime {
    return JSON.parse(readFileSync(join(this.#dataDir, 'collector.json'), 'utf8')) as Runtime;
  }

  url(port: 'http' | 'metrics' | 'store'): string {
    return `http://127.0.0.1:${this.runtime.addresses[port]!.port}`;
  }

  async query(sql: string): Promise<string> {
    const response = await fetch(`${this.url('store')}/`, { method: 'POST', body: sql });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text.trim();
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return await this.ended;
  }
}

/** Waits for a condition, looking often; rejects after half a minute or when looking throws. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not come true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
