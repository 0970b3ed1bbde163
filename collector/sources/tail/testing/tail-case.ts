/** One case of the model: a tail over real files, started, stopped and killed, and what it must have stored. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { BatchReport } from '../../../store/types.ts';
import { silentTelemetry } from '../../../telemetry.ts';
import { createTail } from '../tail.ts';
import type { Tail, TailOptions } from '../types.ts';
import type { FileModel } from './file-model.ts';
import { formatOf, type Shape } from './model-shapes.ts';
import { QUICK } from './quick-limits.ts';

export interface CaseParts {
  folder: string;
  shape: Shape;
  dataset: string;
  model: FileModel;
  store: TailOptions['store'];
  /** Nothing is taken away before it was looked at, so nothing may be missing. */
  isStrict: boolean;
  chunkBytes: number;
  counts: (name: string) => void;
}

/** What one life of the process has of the store: nothing after its end. */
class Wire {
  isCut = false;
  /** Whether what is under way when it is cut still reaches the store. */
  arrives = true;
}

export class TailCase {
  readonly #parts: CaseParts;
  readonly isStrict: boolean;
  /** Records that must be stored: those that were there when the tail had looked at everything. */
  readonly must = new Set<string>();
  /** How many of the next writes fail. */
  failures = 0;
  #tail: Tail | undefined;
  #wire = new Wire();
  /** What earlier lives left of their positions. */
  readonly #older: (string | undefined)[] = [];

  constructor(parts: CaseParts) {
    this.#parts = parts;
    this.isStrict = parts.isStrict;
    mkdirSync(this.#spool, { recursive: true });
  }

  happened(name: string): void {
    this.#parts.counts(name);
  }

  /** Waits until the tail has looked at everything; then everything that is there must be stored. */
  async settle(): Promise<void> {
    if (!this.#tail) await this.#start(false);
    await this.#tail!.idle();
    for (const id of this.#parts.model.present()) this.must.add(id);
  }

  /** Nobody looks until the next start. */
  async pause(): Promise<void> {
    await this.#tail?.stop();
    if (this.#tail) this.#older.push(this.#positions());
    this.#tail = undefined;
  }

  async restart(wait: boolean): Promise<void> {
    await this.pause();
    await this.#start(wait);
  }

  /**
   * Ends the process at once and starts it from what is on the disk: no write of it reaches the store
   * any more, but one may have that it never heard of.
   *
   * @param age 0, 1: positions as they are; 2: those of an earlier life; 3: none
   */
  async crash(age: number, wait: boolean): Promise<void> {
    const left = age === 3 ? undefined : age === 2 ? (this.#older.at(-1) ?? undefined) : this.#positions();
    this.#wire.arrives = age !== 0;
    this.#wire.isCut = true;
    await this.#tail?.stop();
    if (left === undefined) rmSync(this.#positionsPath, { force: true });
    else writeFileSync(this.#positionsPath, left);
    mkdirSync(join(this.#parts.folder, 'data'), { recursive: true });
    writeFileSync(`${this.#positionsPath}.tmp`, '{"version":1,"files":[{"path":"/half');
    writeFileSync(join(this.#spool, 'tail-1-1.frames'), 'left by a crash');
    await this.#start(wait);
  }

  /** Looks once more, and ends. */
  async end(): Promise<void> {
    await this.settle();
    await this.#tail?.stop();
    this.#tail = undefined;
  }

  /** Ends without a further look, after a failure. */
  async abandon(): Promise<void> {
    await this.#tail?.stop();
  }

  /** Copies what a failed case left to where it can be looked at. */
  keep(to: string): void {
    cpSync(this.#parts.folder, to, { recursive: true, verbatimSymlinks: true });
  }

  async #start(wait: boolean): Promise<void> {
    const { folder, shape, dataset, model, chunkBytes } = this.#parts;
    this.#wire = new Wire();
    const format = formatOf(shape);
    this.#tail = createTail(
      {
        roots: [{ format, path: model.followed, dataset }],
        formats: [format],
        store: this.#storeOver(this.#wire),
        dataDir: join(folder, 'data'),
        spoolDir: this.#spool,
        telemetry: silentTelemetry,
        log: pino({ level: 'silent' }),
      },
      { ...QUICK, chunkBytes, batchBytes: 4000 },
    );
    const started = this.#tail.start();
    if (wait) await started;
  }

  #storeOver(wire: Wire): TailOptions['store'] {
    const { store } = this.#parts;
    const alive = async <T>(work: () => Promise<T>): Promise<T> => {
      if (wire.isCut) throw new Error('the process is gone');
      const done = await work();
      if (wire.isCut) throw new Error('the process is gone');
      return done;
    };
    return {
      readsFiles: store.readsFiles,
      command: (sql) =>
        alive(async () => {
          // away as a whole: a file that the store refuses by itself would be waited for by nobody
          if (this.failures > 0) throw new Error('the store is away');
          await store.command(sql);
        }),
      catchUp: () => alive(() => store.catchUp()),
      write: (batch) =>
        alive(async (): Promise<BatchReport> => {
          if (this.failures > 0) {
            this.failures--;
            throw new Error('the store is away');
          }
          await new Promise((resolve) => setImmediate(resolve));
          if (wire.isCut && !wire.arrives) throw new Error('the process is gone');
          return await store.write(batch);
        }),
    };
  }

  #positions(): string | undefined {
    return existsSync(this.#positionsPath) ? readFileSync(this.#positionsPath, 'utf8') : undefined;
  }

  get #positionsPath(): string {
    return join(this.#parts.folder, 'data', 'positions.json');
  }

  get #spool(): string {
    return join(this.#parts.folder, 'spool');
  }
}
