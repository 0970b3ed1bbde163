/** The collector as a child process that is watched and killed: its statements, its end, its addresses. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../collector/package-root.ts';
import { exactUrlOf, type Runtime } from '../../collector/runtime.ts';

const entry = join(packageRoot, 'bin/tallyd.cjs');
const KEPT_LINES = 60;

interface LogLine {
  level: number;
  msg: string;
  statement?: string;
  err?: { message?: string };
}

export class CrashedError extends Error {}

export class Collector {
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  readonly #statements = new Set<(statement: string) => void>();
  readonly #messages = new Set<(line: LogLine) => void>();
  readonly ended: Promise<void>;
  /** Resolves when it follows; rejects when it ends by itself before. */
  readonly ready: Promise<void>;
  /** What it said last, for a report. */
  readonly lines: string[] = [];
  /** Errors it logged. */
  readonly errors: string[] = [];
  hasEnded = false;
  #killed = false;

  constructor(env: Record<string, string>) {
    this.#dataDir = env['TALLYD_DATA_DIR']!;
    this.#child = spawn(process.execPath, [entry, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) =>
      this.#child.once('close', () => {
        this.hasEnded = true;
        resolve();
      }),
    );
    this.ready = new Promise((resolve, reject) => {
      eachLine(this.#child.stdout!, (line) => {
        if (line.startsWith('Following')) resolve();
      });
      void this.ended.then(() =>
        reject(new CrashedError(`tallyd ended by itself before it followed:\n${this.lines.join('\n')}`)),
      );
    });
    // killed before it was ready is what is wanted here; only those who wait for it are told
    this.ready.catch(() => undefined);
    eachLine(this.#child.stderr!, (line) => this.#heard(line));
  }

  /** Whether it ended though nobody killed it. */
  get endedByItself(): boolean {
    return this.hasEnded && !this.#killed;
  }

  get url(): string | undefined {
    return this.#address('http');
  }

  /** Calls back before every statement that changes the store. @returns what stops that */
  onStatement(listener: (statement: string) => void): () => void {
    this.#statements.add(listener);
    return () => this.#statements.delete(listener);
  }

  onMessage(listener: (line: LogLine) => void): () => void {
    this.#messages.add(listener);
    return () => this.#messages.delete(listener);
  }

  /** Ends it without any handler of its own. */
  async kill(): Promise<void> {
    this.#killed = true;
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Stands still where it is, until it is killed. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  async stop(): Promise<void> {
    this.#killed = true;
    this.#child.kill('SIGTERM');
    await this.ended;
  }

  /** The rows of a SELECT, through the read endpoint. */
  async rows<T>(sql: string): Promise<T[]> {
    const url = this.#address('store');
    if (url === undefined) throw new Error('the collector has no read endpoint yet');
    const response = await fetch(`${url}/?default_format=JSONEachRow`, { method: 'POST', body: sql });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }

  /** Undefined until its ports are open. */
  #address(port: 'http' | 'store'): string | undefined {
    try {
      const text = readFileSync(join(this.#dataDir, 'collector.json'), 'utf8');
      // it is not synced, so a loss of power may leave its name alone
      if (text === '') return undefined;
      const runtime = JSON.parse(text) as Runtime;
      const address = runtime.addresses[port];
      // one that was killed leaves its file
      return runtime.pid === this.#child.pid && address ? exactUrlOf(address) : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #heard(text: string): void {
    const line = parsed(text);
    if (!line || line.msg !== 'statement') this.lines.push(text.slice(0, 1000));
    if (this.lines.length > KEPT_LINES) this.lines.shift();
    if (!line) return;
    if (line.level >= 50) this.errors.push(`${line.msg}: ${line.err?.message?.slice(0, 300) ?? ''}`);
    if (line.msg === 'statement') for (const listener of this.#statements) listener(line.statement ?? '');
    else for (const listener of this.#messages) listener(line);
  }
}

function parsed(text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined; // cut off by the kill
  }
}

function eachLine(stream: NodeJS.ReadableStream, use: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) use(line);
  });
}
