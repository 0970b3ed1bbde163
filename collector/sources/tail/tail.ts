/** The tail as a whole: looking, recognising, queues per source, positions, and what it tells of itself. */
import type { Format } from '../../formats/format.ts';
import { Delivery } from './delivery.ts';
import { FileRegistry } from './file-registry.ts';
import { type FileState, hasChanged, isSetAside, START } from './file-state.ts';
import { FolderWatcher } from './folder-watcher.ts';
import { FollowedRoot } from './followed-root.ts';
import { FirstPass } from './first-pass.ts';
import { LagReporter } from './lag.ts';
import { Ledger } from './ledger.ts';
import { DEFAULT_LIMITS, type TailLimits } from './limits.ts';
import { Looking } from './looking.ts';
import { Positions } from './positions.ts';
import { Recogniser } from './recogniser.ts';
import { type Outcome, SourceQueue } from './source-queue.ts';
import { Spool } from './spool.ts';
import { statusOf } from './status.ts';
import { Turn } from './turn.ts';
import type { Tail, TailOptions, TailStatus } from './types.ts';

export type { Tail, TailStatus } from './types.ts';

/** Makes a tail; nothing happens before its start. */
export function createTail(options: TailOptions, limits: Partial<TailLimits> = {}): Tail {
  return new FollowingTail(options, { ...DEFAULT_LIMITS, ...limits });
}

/** Of the time, what sweeps may take. */
const SWEEP_SHARE = 50;

class FollowingTail implements Tail {
  readonly #options: TailOptions;
  readonly #limits: TailLimits;
  readonly #roots: FollowedRoot[];
  readonly #registry: FileRegistry;
  readonly #positions: Positions;
  readonly #queues = new Map<string, SourceQueue>();
  readonly #writing = new Turn();
  readonly #lookingTurn = new Turn();
  readonly #looking: Looking;
  readonly #watcher: FolderWatcher;
  readonly #spool: Spool;
  readonly #ledger: Ledger;
  readonly #delivery: Delivery;
  readonly #lag: LagReporter;
  readonly #firstPass: FirstPass;
  readonly #recogniser: Recogniser;
  #phase: TailStatus['phase'] = 'new';
  #sweepTimer: NodeJS.Timeout | undefined;
  #waiters: (() => void)[] = [];
  #opened: Promise<void> = Promise.resolve();
  /** Under way or waiting for their turn. */
  #looks = 0;

  constructor(options: TailOptions, limits: TailLimits) {
    const { store, log, telemetry, dataDir } = options;
    this.#options = options;
    this.#limits = limits;
    this.#roots = options.roots.map((root, i) => new FollowedRoot(root, i));
    this.#ledger = new Ledger({ store, log, everyMs: limits.ledgerMs });
    this.#registry = new FileRegistry((file, from) => this.#ledger.note(file, 'gone', from));
    this.#positions = new Positions({
      dataDir,
      log,
      collect: () => this.#registry.remembered(),
      everyMs: limits.positionsMs,
    });
    this.#spool = new Spool(options.spoolDir);
    this.#delivery = new Delivery({ store, telemetry, log });
    this.#recogniser = new Recogniser(options.formats);
    this.#firstPass = new FirstPass(options.onProgress);
    this.#watcher = new FolderWatcher({
      log,
      coalesceMs: limits.coalesceMs,
      onTouched: (paths) => void this.#look(() => this.#looking.touched(paths)),
    });
    this.#looking = new Looking({
      roots: this.#roots,
      registry: this.#registry,
      watcher: this.#watcher,
      onSeen: (file, touched) => this.#seen(file, touched),
      onGone: (file) => this.#gone(file),
    });
    this.#lag = new LagReporter({
      telemetry,
      files: () => this.#registry.all(),
      isBehind: () => this.#isBusy(),
      everyMs: limits.lagMs,
    });
  }

  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new Error('a tail is started once');
    this.#phase = 'first pass';
    this.#opened = this.#open();
    await this.#opened;
    await this.#look(() => this.#looking.sweep());
    this.#firstPass.begin();
    await this.#until(() => !this.#isBusy(true));
    if (this.#isStopped()) return;
    await this.#catchUp();
    this.#phase = 'following';
    this.#sweepLater();
  }

  /** The hours that the first pass touched. They stay marked when it fails, and are computed later. */
  async #catchUp(): Promise<void> {
    try {
      await this.#options.store.catchUp();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the hourly sums are not up to date yet');
    }
  }

  async stop(): Promise<void> {
    this.#phase = 'stopped';
    await this.#opened.catch(() => undefined);
    clearTimeout(this.#sweepTimer);
    this.#watcher.close();
    this.#lag.stop();
    for (const queue of this.#queues.values()) queue.stop();
    this.#wake();
    await this.#lookingTurn.over();
    await this.#writing.over();
    await this.#ledger.stop();
    await this.#positions.flush();
  }

  async idle(): Promise<void> {
    await this.#opened;
    await this.#look(() => this.#looking.sweep());
    await this.#until(() => !this.#isBusy());
  }

  status(): TailStatus {
    return {
      running: this.#phase === 'following',
      phase: this.#phase,
      watching: this.#watcher.isBlind ? 'sweeps' : 'events',
      roots: statusOf(this.#roots, this.#registry.all()),
    };
  }

  async #open(): Promise<void> {
    await this.#spool.open();
    this.#registry.restore(await this.#positions.load(), this.#options.formats);
  }

  /** Read apart from the checks around it: it changes while they wait. */
  #isStopped(): boolean {
    return this.#phase === 'stopped';
  }

  #isBusy(due = false): boolean {
    return this.#looks > 0 || [...this.#queues.values()].some((queue) => queue.isBusy(due));
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!this.#isStopped() && !condition()) await new Promise<void>((wake) => this.#waiters.push(wake));
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /** One look after another, with the recognition of what it found. */
  async #look(look: () => Promise<void>): Promise<void> {
    this.#looks++;
    await this.#lookingTurn.take(async () => {
      if (this.#isStopped()) return;
      try {
        await look();
        for (const file of await this.#recogniser.run()) this.#seen(file, true);
      } catch (error) {
        this.#options.log.error({ err: error }, 'looking for files failed; it is tried again');
      }
    });
    this.#looks--;
    this.#wake();
  }

  #sweepLater(): void {
    const usual = this.#watcher.isBlind
      ? this.#limits.blindSweepMs
      : (this.#options.sweepSeconds ?? 30) * 1000;
    this.#sweepTimer = setTimeout(
      () => {
        void this.#look(() => this.#looking.sweep()).then(() => {
          if (!this.#isStopped()) this.#sweepLater();
        });
      },
      Math.max(usual, SWEEP_SHARE * this.#looking.sweepMs),
    );
    this.#sweepTimer.unref();
  }

  #seen(file: FileState, touched: boolean): void {
    if (touched) delete file.unrecognised;
    if (file.unrecognised !== undefined || isSetAside(file)) return;
    if (!touched && !hasChanged(file) && file.problem === undefined) return;
    if (file.format) this.#queueOf(file, file.format).add(file);
    else this.#recogniser.add(file);
    if (file.format && this.#phase === 'first pass') this.#firstPass.add(file);
  }

  #queueOf(file: FileState, format: Format): SourceQueue {
    const name = `${format.name}\0${file.dataset}`;
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = new SourceQueue({
        format,
        dataset: file.dataset,
        delivery: this.#delivery,
        turn: this.#writing,
        preparing: () => ({
          formats: this.#options.formats,
          limits: this.#limits,
          spool: this.#spool,
          readsFiles: this.#options.store.readsFiles,
          firstPass: this.#phase === 'first pass',
        }),
        onOutcome: (its, outcome) => this.#came(its, outcome),
        onRest: () => this.#rest(),
      });
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #came(file: FileState, outcome: Outcome): void {
    this.#firstPass.done(file);
    if (outcome === 'stored') this.#positions.changed();
    if (outcome === 'stored' || outcome === 'failed') this.#ledger.note(file);
    if (outcome === 'absent') {
      this.#registry.markGone(file);
      this.#gone(file);
    } else if (outcome === 'changed kind') {
      file.format = undefined;
      file.position = START;
      this.#recogniser.add(file);
      void this.#look(() => Promise.resolve());
    }
  }

  #gone(file: FileState): void {
    for (const queue of this.#queues.values()) queue.remove(file);
    this.#positions.changed();
    if (this.#registry.at(file.path) === file) this.#ledger.note(file, 'gone');
  }

  #rest(): void {
    this.#wake();
    if (!this.#isBusy()) this.#lag.report(false);
  }
}
