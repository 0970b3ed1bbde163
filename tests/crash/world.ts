/**
 * One store from its first start: agents write, people push, the collector is killed at a moment, or its
 * disk loses its power, and it is started again, so many times; then everything is finished and compared.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Prng } from '../../collector/demo/prng.ts';
import { environment } from '../support/program.ts';
import { Agents } from './agents.ts';
import { check, checkPositions, type Found, isRight } from './check.ts';
import { Collector } from './collector.ts';
import { MIGRATION, type Moment, watchFor } from './moments.ts';
import { Disk } from './disk.ts';
import { Uploads } from './uploads.ts';

export interface WorldOptions {
  kills: number;
  sessions: number;
  /** Of the kills, those in the first starts, while the schema is made. */
  inMigration: number;
  /** The moments to aim at, one after another. */
  moments: readonly Moment[];
  /** No kill comes after this time. */
  until: number;
  /** With every kill the disk of the data directory forgets what is not yet on it. */
  power: boolean;
  /** Called after every kill. */
  onKill: (where: string) => void;
}

export interface WorldResult extends Found {
  kills: number;
  /** Kills by moment. What did not come in time was killed elsewhere. */
  hits: Map<string, number>;
  /** How often a reader looked at the dataset that is replaced. */
  looks: number;
  attempts: number;
  /** Errors that the collector logged, with their number. */
  errors: Map<string, number>;
  /** Where everything is, kept when something is wrong. */
  folder: string;
}

/** With power, so many are cut right after a stop in order, which the system has not written out yet. */
const AFTER_STOP_SHARE = 0.1;
const AFTER_STOP = 'after a stop in order';
const ELSEWHERE = 'elsewhere (the moment did not come)';
/** A moment that has not come so long after the collector follows does not come. */
const PATIENCE_MS = 4000;
/** So long may everything take to be stored in the end, and a start, on a machine with other work. */
const LONGEST_MS = 180_000;

export class World {
  readonly #prng: Prng;
  readonly #options: WorldOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tallyd-crash-'));
  readonly #dataDir = join(this.#folder, 'data');
  readonly #disk: Disk | undefined;
  readonly #agents: Agents;
  readonly #uploads: Uploads;
  readonly #env: Record<string, string>;
  readonly #hits = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  readonly #wrong: string[] = [];
  #collector: Collector | undefined;
  #kills = 0;
  #over = false;

  constructor(prng: Prng, options: WorldOptions) {
    this.#prng = prng;
    this.#options = options;
    this.#agents = new Agents(join(this.#folder, 'agents'), prng.fork('agents'), {
      sessions: options.sessions,
    });
    this.#uploads = new Uploads(prng.fork('uploads'), () => this.#collector);
    this.#env = environment(this.#folder, {
      TALLYD_TAIL: this.#agents.tail,
      TALLYD_LOG_LEVEL: 'debug',
      TALLYD_METRICS_LISTEN: 'off',
    });
    if (options.power) this.#disk = new Disk(this.#dataDir);
    this.#makeFolders();
  }

  /** So that they can be watched before a start. */
  #makeFolders(): void {
    for (const name of ['uploads', 'spool']) mkdirSync(join(this.#dataDir, name), { recursive: true });
  }

  async run(): Promise<WorldResult> {
    const sending = this.#uploads.run();
    const writing = this.#write();
    const looking = this.#look();
    try {
      while (this.#kills < this.#options.kills && Date.now() < this.#options.until)
        await this.#startAndKill();
      this.#over = true;
      await writing;
      this.#agents.finish();
      const found = await this.#finish(sending);
      return await this.#result(found);
    } catch (error) {
      throw new Error(`${(error as Error).message}\neverything of it is kept in ${this.#folder}`, {
        cause: error,
      });
    } finally {
      this.#over = true;
      this.#uploads.finish();
      await this.#collector?.kill();
      await looking;
      this.#disk?.keep(this.#folder);
    }
  }

  /** Writes as much as fits the kills that are done, whether a collector runs or not. */
  async #write(): Promise<void> {
    while (!this.#over) {
      const share = (this.#kills + 1) / this.#options.kills;
      for (let i = 0; i < 4 && !this.#agents.isDone && this.#agents.share < share; i++) this.#agents.step();
      await delay(20);
    }
  }

  async #look(): Promise<void> {
    while (!this.#over) {
      const collector = this.#collector;
      // killed while it answered
      if (collector?.url !== undefined) await this.#uploads.replaced.look(collector).catch(() => undefined);
      await delay(400);
    }
  }

  async #startAndKill(): Promise<void> {
    const { inMigration, moments } = this.#options;
    const moment =
      this.#kills < inMigration ? MIGRATION : moments[(this.#kills - inMigration) % moments.length]!;
    const prng = this.#prng.fork(`kill ${this.#kills}`);
    const collector = this.#start();
    const cut = new AbortController();
    const seen = new Promise<string>((resolve) => {
      const stop = watchFor(moment, prng, {
        collector,
        dataDir: this.#dataDir,
        hit: () => resolve(moment.name),
      });
      cut.signal.addEventListener('abort', stop);
    });
    const late = collector.ready.then(() => delay(PATIENCE_MS, ELSEWHERE, { signal: cut.signal }));
    const stuck = delay(LONGEST_MS, 'never followed', { signal: cut.signal });
    for (const one of [late, stuck]) one.catch(() => undefined);
    const where = await Promise.race([seen, late, stuck]);
    cut.abort();
    const stopped = this.#disk !== undefined && where !== 'never followed' && prng.chance(AFTER_STOP_SHARE);
    if (stopped) await collector.stop();
    await this.#kill(collector);
    if (where === 'never followed')
      throw new Error(`tallyd did not follow within ${LONGEST_MS / 1000} s:\n${collector.lines.join('\n')}`);
    const told = stopped ? AFTER_STOP : where;
    this.#hits.set(told, (this.#hits.get(told) ?? 0) + 1);
    this.#options.onKill(told);
    this.#checkFiles();
  }

  #start(): Collector {
    const collector = new Collector(this.#env);
    this.#collector = collector;
    return collector;
  }

  async #kill(collector: Collector): Promise<void> {
    this.#collector = undefined;
    if (this.#disk) {
      // first, so that it sees nothing of the disk's end
      collector.freeze();
      this.#disk.cutPower();
    }
    await collector.kill();
    this.#disk?.restorePower();
    this.#makeFolders();
    this.#kills++;
    this.#noteErrors(collector);
  }

  #noteErrors({ errors }: Collector): void {
    for (const error of errors) this.#errors.set(error, (this.#errors.get(error) ?? 0) + 1);
  }

  /** What was replaced in one step is whole after any kill. */
  #checkFiles(): void {
    const jobs = readdirSync(join(this.#dataDir, 'uploads')).filter((name) => name.endsWith('.job.json'));
    const paths = [
      join(this.#dataDir, 'positions.json'),
      ...jobs.map((name) => join(this.#dataDir, 'uploads', name)),
    ];
    for (const path of paths.filter((one) => existsSync(one))) {
      try {
        JSON.parse(readFileSync(path, 'utf8'));
      } catch (error) {
        this.#wrong.push(`after a kill ${path} is not whole: ${String(error)}`);
      }
    }
  }

  /** Lets everything end, compares, and compares again after a stop and a start. */
  async #finish(sending: Promise<void>): Promise<Found> {
    const collector = this.#start();
    await collector.ready;
    this.#uploads.finish();
    await sending;
    await this.#settled(collector);
    await collector.stop();
    this.#noteErrors(collector);
    this.#disk?.cutPower();
    this.#disk?.restorePower();
    this.#wrong.push(...checkPositions(this.#dataDir, this.#agents));
    const again = this.#start();
    const read: string[] = [];
    again.onMessage((line) => line.msg === 'followed files stored' && read.push(JSON.stringify(line)));
    await again.ready;
    const found = await check(again, this.#agents, this.#uploads);
    if (read.length > 0)
      this.#wrong.push(`a start that had nothing to do read files again: ${read.join('\n')}`);
    await again.stop();
    this.#noteErrors(again);
    this.#collector = undefined;
    return { ...found, wrong: [...found.wrong, ...this.#wrong] };
  }

  async #settled(collector: Collector): Promise<void> {
    const deadline = Date.now() + LONGEST_MS;
    while (!isRight(await check(collector, this.#agents, this.#uploads)) && Date.now() < deadline) {
      if (collector.endedByItself) throw new Error(`tallyd ended by itself:\n${collector.lines.join('\n')}`);
      await delay(1000);
    }
  }

  async #result(found: Found): Promise<WorldResult> {
    if (isRight(found)) {
      this.#disk?.remove();
      rmSync(this.#folder, { recursive: true, force: true });
    }
    return await Promise.resolve({
      ...found,
      ...{ kills: this.#kills, hits: this.#hits, errors: this.#errors, folder: this.#folder },
      ...{ looks: this.#uploads.replaced.looks, attempts: this.#uploads.attempts },
    });
  }
}
