/** tallyd as people start it: the program, with folders and ports of the bench's own. */
import { join } from 'node:path';
import { packageRoot } from '../collector/package-root.ts';
import { exactUrlOf, type Runtime, readRuntime } from '../collector/runtime.ts';
import { cpuOf } from './measuring/proc.ts';
import { Process, type Run, runToEnd } from './measuring/process.ts';

const entry = join(packageRoot, 'bin/tallyd.cjs');

/** Nothing of this machine's agents or settings; ports of the system's choice. */
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

/** Starts the collector, as a process that is watched. */
export function startTallyd(env: Record<string, string>): Process {
  return new Process({ name: 'tallyd start', command: process.execPath, args: [entry, 'start'], env });
}

/** Said when everything that was there is read and shown. */
export const FOLLOWING = 'Following.';

/** A collector that runs, for what is asked of it. */
export class Collector {
  readonly #process: Process;
  readonly runtime: Runtime;

  private constructor(started: Process, runtime: Runtime) {
    this.#process = started;
    this.runtime = runtime;
  }

  /** Starts it, and waits until everything that was there is read. */
  static async start(env: Record<string, string>): Promise<Collector> {
    const started = startTallyd(env);
    await started.says(FOLLOWING);
    return new Collector(started, runtimeOf(env));
  }

  url(port: 'http' | 'metrics' | 'store'): string {
    return exactUrlOf(this.runtime.addresses[port]!);
  }

  /** Asks the read endpoint, as Grafana does. @returns its answer, one line per row, tabs between. */
  async query(sql: string): Promise<string> {
    const response = await fetch(`${this.url('store')}/`, { method: 'POST', body: sql });
    const text = await response.text();
    if (!response.ok) throw new Error(`${text}\n${sql}`);
    return text.trim();
  }

  get cpuMs(): number {
    return cpuOf(this.runtime.pid);
  }

  end(): Promise<Run> {
    return this.#process.end();
  }
}

/** Runs a command of tallyd to its end. */
export function tallyd(env: Record<string, string>, ...args: string[]): Promise<Run> {
  return runToEnd({
    name: `tallyd ${args.join(' ')}`,
    command: process.execPath,
    args: [entry, ...args],
    env,
  });
}

/** Where the running collector is reached. */
export function runtimeOf(env: Record<string, string>): Runtime {
  const runtime = readRuntime(env['TALLYD_DATA_DIR']!);
  if (!runtime) throw new Error('tallyd does not run');
  return runtime;
}
