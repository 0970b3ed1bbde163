/**
 * The files of one format and dataset that have something to be stored, and the loop that stores it.
 * Sources wait for each other only while one is writing: one that fails steps back, the others go on.
 */
import { accessSync, constants } from 'node:fs';
import type { Format } from '../../formats/format.ts';
import { isUnreadable, mayPass, reasonOf } from '../../store/passing.ts';
import { backOffMs } from '../back-off.ts';
import type { Delivery } from './delivery.ts';
import { isAbsent, problemOf } from './discovery.ts';
import { type FileState, setAside } from './file-state.ts';
import type { PreparedBatch, Preparing } from './prepared-batch.ts';
import type { TailLimits } from './limits.ts';
import { batchSize, isWorthReading, kindOf, prepare, type ReadingKind, restMs } from './reading-kind.ts';
import type { Turn } from './turn.ts';

/** What became of a file that was taken from the queue. */
export type Outcome = 'stored' | 'absent' | 'changed kind' | 'failed';

export interface QueueParts {
  format: Format;
  dataset: string;
  delivery: Delivery;
  turn: Turn;
  /** What preparing a batch needs, now. */
  preparing: () => Omit<Preparing, 'format' | 'dataset'>;
  onOutcome: (file: FileState, outcome: Outcome) => void;
  /** Nothing is due. */
  onRest: () => void;
}

interface Chosen {
  kind: ReadingKind;
  files: FileState[];
  prepared?: Promise<PreparedBatch>;
}

/** A file that the store refused so often by itself waits alone, and nobody waits for it. */
const PATIENCE = 3;

export class SourceQueue {
  readonly #parts: QueueParts;
  /** When each file is due. */
  readonly #pending = new Map<FileState, number>();
  #ahead: Chosen | undefined;
  #running = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #wakeAt = Infinity;
  #failures = 0;
  #notBefore = 0;
  /** Halved by failures, so that a file that the store refuses is found. */
  #mostFiles = Infinity;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** Whether anything waits that will be stored without a further change; `due`: right now. */
  isBusy(due = false): boolean {
    if (this.#running) return true;
    const now = Date.now();
    for (const [file, at] of this.#pending) if (file.failures < PATIENCE && (!due || at <= now)) return true;
    return false;
  }

  add(file: FileState, inMs?: number): void {
    if (this.#stopped) return;
    file.waitingSince ||= Date.now();
    const due = Date.now() + (inMs ?? restMs(file, this.#how()));
    this.#pending.set(file, due);
    this.#wake(due);
  }

  remove(file: FileState): void {
    this.#pending.delete(file);
  }

  /** No batch is begun afterwards; the one under way ends in its turn. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#pending.clear();
  }

  #how(): Preparing {
    return { ...this.#parts.preparing(), format: this.#parts.format, dataset: this.#parts.dataset };
  }

  /** Wakes the loop when the first file is due. Looking for it takes a look at all that wait. */
  #schedule(): void {
    let earliest = Infinity;
    for (const due of this.#pending.values()) earliest = Math.min(earliest, due);
    clearTimeout(this.#timer);
    this.#wakeAt = Infinity;
    if (earliest !== Infinity) this.#wake(earliest);
  }

  #wake(due: number): void {
    if (this.#running || this.#stopped || due >= this.#wakeAt) return;
    this.#wakeAt = due;
    clearTimeout(this.#timer);
    const wait = Math.max(due, this.#notBefore) - Date.now();
    this.#timer = setTimeout(() => void this.#run(), Math.max(0, wait));
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (!this.#stopped && this.#notBefore <= Date.now()) {
      const chosen = this.#ahead ?? this.#choose();
      if (!chosen) break;
      await this.#parts.turn.take(() => this.#store(chosen));
    }
    await this.#forgetAhead();
    this.#running = false;
    this.#schedule();
    this.#parts.onRest();
  }

  /** Due files that are read alike, taken from those that wait. */
  #choose(): Chosen | undefined {
    const how = this.#how();
    const now = Date.now();
    const files: FileState[] = [];
    let kind: ReadingKind | undefined;
    let bytes = 0;
    for (const [file, due] of this.#pending) {
      if (due > now) continue;
      const its = kindOf(file, how);
      if (!isWorthReading(file, its)) {
        this.#pending.delete(file);
        file.waitingSince = 0;
        continue;
      }
      const isAlone = file.failures >= PATIENCE;
      if (kind !== undefined && (its !== kind || isAlone)) continue;
      kind = its;
      files.push(file);
      this.#pending.delete(file);
      bytes += file.size;
      const most = batchSize(kind, how.limits);
      if (isAlone || files.length >= Math.min(most.files, this.#mostFiles) || bytes >= most.bytes) break;
    }
    return kind === undefined ? undefined : { kind, files };
  }

  async #store(chosen: Chosen): Promise<void> {
    this.#ahead = undefined;
    if (this.#stopped) return await this.#forget(chosen);
    const how = this.#how();
    const { delivery, format, dataset } = this.#parts;
    const prepared = await (chosen.prepared ?? prepare(chosen.kind, chosen.files, how));
    if (chosen.kind === 'whole files') this.#prepareAhead(how);
    try {
      const batch = prepared.toBatch(format, dataset);
      if (batch) await delivery.write(batch, prepared.bytes);
      for (const record of prepared.tooLong) await delivery.reject(format.name, dataset, record);
      this.#succeeded(prepared, how);
      this.#settle(chosen.files, prepared);
    } catch (error) {
      await this.#failed(chosen, error);
    } finally {
      await prepared.discard(how.spool);
      if (this.#stopped) await this.#forgetAhead();
    }
  }

  /** Looks at the next files, and begins to read them, while these are stored; nothing is spooled for them. */
  #prepareAhead(how: Preparing): void {
    const next = this.#choose();
    if (next?.kind === 'whole files') {
      next.prepared = this.#readAhead(next, how);
      // an error is met where it is awaited
      next.prepared.catch(() => undefined);
    }
    this.#ahead = next;
  }

  async #readAhead({ kind, files }: Chosen, how: Preparing): Promise<PreparedBatch> {
    const { delivery, format, dataset } = this.#parts;
    const prepared = await prepare(kind, files, how);
    const batch = prepared.toBatch(format, dataset);
    if (batch && !this.#stopped) prepared.ahead = delivery.readAhead(batch);
    return prepared;
  }

  async #forgetAhead(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead) await this.#forget(ahead);
  }

  /** Files that are not stored now after all. */
  async #forget({ files, prepared }: Chosen): Promise<void> {
    // what prepares them again meets the error again
    const batch = await prepared?.catch(() => undefined);
    await batch?.discard(this.#how().spool);
    this.#putBack(files);
  }

  #succeeded(prepared: PreparedBatch, how: Preparing): void {
    this.#failures = 0;
    this.#mostFiles *= 2;
    if (!how.firstPass && prepared.input) this.#notBefore = Date.now() + how.limits.paceMs;
  }

  #settle(files: FileState[], prepared: PreparedBatch): void {
    const outcomes = new Map<FileState, Outcome>(files.map((file) => [file, 'failed']));
    for (const { file } of prepared.again) outcomes.delete(file);
    for (const { file, position } of prepared.moves) {
      file.position = position;
      file.failures = 0;
      delete file.problem;
      delete file.damaged;
      outcomes.set(file, 'stored');
    }
    for (const file of prepared.absent) outcomes.set(file, 'absent');
    for (const file of prepared.changedKind) outcomes.set(file, 'changed kind');
    for (const [file, outcome] of outcomes) {
      if (!this.#pending.has(file)) file.waitingSince = 0;
      this.#parts.onOutcome(file, outcome);
    }
    for (const { file, inMs } of prepared.again) if (file.goneAt === undefined) this.add(file, inMs);
  }

  /** Finds out whether files, the batch or the store are to blame, and when to try again. */
  async #failed({ kind, files }: Chosen, error: unknown): Promise<void> {
    const { limits } = this.#how();
    const [readable, unreadable] = kind === 'whole files' || kind === 'table' ? sort(files) : [files, []];
    for (const [file, outcome] of unreadable) this.#parts.onOutcome(file, outcome);
    if (unreadable.length > 0) return this.#putBack(readable);
    if (await this.#parts.delivery.storeAnswers()) {
      this.#mostFiles = Math.max(1, Math.floor(files.length / 2));
      const [only, ...others] = files;
      if (only && others.length === 0 && this.#isRefused(only, kind, error, limits)) return;
    }
    this.#failures++;
    this.#notBefore = Date.now() + backOffMs(this.#failures, limits);
    this.#putBack(files);
  }

  /**
   * Decides about a file that the store refused by itself. Documents and lines cost their own records, so
   * what is refused there is not the file's fault, or will not be for long: it is tried again.
   *
   * @returns false when it is to be tried again like any other
   */
  #isRefused(file: FileState, kind: ReadingKind, error: unknown, limits: TailLimits): boolean {
    if (kind === 'table' && isUnreadable(error) && !file.isCrooked) {
      file.isCrooked = true;
      this.#putBack([file]);
      return true;
    }
    if ((kind === 'table' || kind === 'database') && !mayPass(error)) {
      setAside(file, `The ${kind} cannot be read, and is read again when it changes: ${reasonOf(error)}`);
      this.#parts.onOutcome(file, 'failed');
      return true;
    }
    if (++file.failures < PATIENCE) return false;
    file.problem = `The store refuses it, and it is tried again: ${reasonOf(error)}`;
    this.#pending.set(file, Date.now() + backOffMs(file.failures, limits));
    this.#parts.onOutcome(file, 'failed');
    return true;
  }

  /** At the end, so that the others come before what has failed. */
  #putBack(files: FileState[]): void {
    if (this.#stopped) return;
    for (const file of files) {
      if (file.goneAt !== undefined) continue;
      this.#pending.delete(file);
      this.#pending.set(file, Date.now());
    }
  }
}

/** Files that can be opened, and the others with what became of them. */
function sort(files: FileState[]): [FileState[], [FileState, Outcome][]] {
  const readable: FileState[] = [];
  const unreadable: [FileState, Outcome][] = [];
  for (const file of files) {
    try {
      accessSync(file.path, constants.R_OK);
      readable.push(file);
    } catch (error) {
      if (!isAbsent(error)) file.problem = problemOf(error);
      unreadable.push([file, isAbsent(error) ? 'absent' : 'failed']);
    }
  }
  return [readable, unreadable];
}
