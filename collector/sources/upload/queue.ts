/** Runs jobs one after another in order of arrival, and remembers how the latest ended. */
import { mayPass } from '../../store/passing.ts';
import { backOffMs } from '../back-off.ts';
import type { ArrivalClock } from './arrival.ts';
import type { Job } from './job.ts';
import { UploadProblem } from './problem.ts';
import {
  type Entry,
  entryOf,
  finishedEvent,
  storedEvent,
  nothingReadable,
  type Outcome,
  storeFailed,
  tellWaiting,
} from './queue-entry.ts';
import type { UploadReports } from './reports.ts';
import { Interrupted, NotTaken, pause, type RunContext, runJob } from './run-job.ts';
import { alike, runTogether } from './together.ts';
import type { UploadReport } from './types.ts';

/** Ended jobs that are remembered beside the table: their unpriced models and problems stand only here. */
const REMEMBERED = 200;
const STOPPING = 'tallyd is stopping. The upload is kept and goes on at the next start.';

/** So often a job is refused by a store that answers, in rounds, before it fails. */
const ROUNDS = 5;

export class JobQueue {
  readonly #context: RunContext;
  /** Rounds in a row in which the store took nothing. */
  #away = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #reports: UploadReports;
  readonly #clock: ArrivalClock;
  readonly #entries = new Map<string, Entry>();
  #waiting: Entry[] = [];
  #running: Promise<void> | undefined;
  #started = false;
  #stopped = false;

  constructor(context: Omit<RunContext, 'isWaiting'>, reports: UploadReports, clock: ArrivalClock) {
    this.#context = { ...context, isWaiting: () => this.#away > 0 };
    this.#reports = reports;
    this.#clock = clock;
  }

  add(job: Job): UploadReport {
    const entry = entryOf(job);
    this.#entries.set(job.id, entry);
    this.#waiting.push(entry);
    const { report } = entry;
    this.#saveInBackground(report);
    // received while tallyd was stopping: it is on the disk, and nobody must wait for it
    if (this.#stopped) this.#refuseWaiting();
    this.#pump();
    return report;
  }

  start(): void {
    this.#started = true;
    this.#pump();
  }

  /** Resolves when no job runs. Those that wait stay in their folder. */
  async stop(): Promise<void> {
    this.#started = false;
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    this.#refuseWaiting();
  }

  #refuseWaiting(): void {
    for (const entry of this.#waiting) entry.refuse(new UploadProblem('stopping', STOPPING, entry.report));
    this.#waiting = [];
  }

  /** Reports of jobs that wait, run or ended lately. */
  report(id: string): UploadReport | undefined {
    return this.#entries.get(id)?.report;
  }

  /** Reports of jobs that wait or run, newest first. */
  unfinished(): UploadReport[] {
    return [...this.#entries.values()]
      .map((entry) => entry.report)
      .filter((report) => report.finishedAt === null)
      .reverse();
  }

  outcome(id: string): Promise<Outcome> | undefined {
    return this.#entries.get(id)?.outcome;
  }

  #pump(): void {
    if (!this.#started || this.#running) return;
    const entries = this.#next();
    const [first] = entries;
    if (!first) return;
    this.#running = (entries.length > 1 ? this.#runTogether(entries) : this.#run(first)).finally(() => {
      this.#running = undefined;
      this.#pump();
    });
  }

  /**
   * The first that is due, with those behind it that can be written together with it. Those of one
   * dataset keep their order, since a replace takes the place of what came before it; a job that waits
   * for another try holds up no other dataset.
   */
  #next(): Entry[] {
    const now = Date.now();
    const held = new Set<string>();
    let earliest = Infinity;
    for (const entry of this.#waiting) {
      if (held.has(entry.job.dataset)) continue;
      if (entry.notBefore <= now) return this.#take(entry, now);
      held.add(entry.job.dataset);
      earliest = Math.min(earliest, entry.notBefore);
    }
    clearTimeout(this.#timer);
    if (earliest !== Infinity) this.#timer = setTimeout(() => this.#pump(), earliest - now);
    return [];
  }

  #take(first: Entry, now: number): Entry[] {
    const ofDataset = this.#waiting.filter(({ job }) => job.dataset === first.job.dataset);
    const end = ofDataset.findIndex((entry) => entry.alone || entry.notBefore > now);
    const due = (end === -1 ? ofDataset : ofDataset.slice(0, end)).map(({ job }) => job);
    const taken = ofDataset.slice(0, Math.max(1, alike(due, this.#context)));
    this.#waiting = this.#waiting.filter((entry) => !taken.includes(entry));
    return taken;
  }

  /** Where they cannot be written together nothing of them is stored, and each runs by itself. */
  async #runTogether(entries: Entry[]): Promise<void> {
    const { log, telemetry } = this.#context;
    const jobs = entries.map(({ job }) => job);
    const began = performance.now();
    const results = await runTogether(jobs, this.#context).catch((err: unknown) => {
      log.debug({ err, uploads: jobs.length }, 'uploads could not be written together');
    });
    if (!results) {
      for (const entry of entries) entry.alone = true;
      this.#waiting.unshift(...entries);
      return;
    }
    this.#storeTook();
    const seconds = (performance.now() - began) / 1000;
    for (const [i, entry] of entries.entries()) {
      const finishedAt = new Date(this.#clock.next()).toISOString();
      entry.report = { ...entry.report, ...results[i], status: 'done', finishedAt };
      telemetry.batchStored(storedEvent(entry.report, seconds));
      telemetry.uploadFinished(finishedEvent(entry.report));
    }
    log.info({ uploads: jobs.length, seconds }, 'uploads ended, written together');
    const ends = entries.map((entry) =>
      this.#end(entry, { report: entry.report }).catch((error: unknown) => this.#notEnded(entry, error)),
    );
    await Promise.all(ends);
    this.#forget();
  }

  async #run(entry: Entry): Promise<void> {
    const { log, folder, telemetry } = this.#context;
    try {
      entry.job = { ...entry.job, status: 'running' };
      const { error: _waited, ...report } = entry.report;
      entry.report = { ...report, status: 'running' };
      await folder.save(entry.job);
      this.#saveInBackground(entry.report);
      const outcome = await this.#outcomeOf(entry);
      this.#storeTook();
      entry.report = outcome.report;
      telemetry.uploadFinished(finishedEvent(outcome.report));
      log.info(
        { upload: entry.job.id, rows: outcome.report.rows, error: outcome.report.error },
        'upload ended',
      );
      await this.#end(entry, outcome);
    } catch (error) {
      if (error instanceof NotTaken) return this.#postpone(entry, error);
      this.#notEnded(entry, error);
    }
    this.#forget();
  }

  #notEnded({ job, report, refuse }: Entry, error: unknown): void {
    if (!(error instanceof Interrupted))
      this.#context.log.error({ err: error, upload: job.id }, 'upload not ended');
    refuse(new UploadProblem('stopping', STOPPING, report));
  }

  async #outcomeOf(entry: Entry): Promise<Outcome> {
    const { job, report } = entry;
    const end = (more: Partial<UploadReport>): UploadReport => ({
      ...report,
      ...more,
      finishedAt: new Date(this.#clock.next()).toISOString(),
    });
    try {
      const done = end({ ...(await runJob(job, this.#context)), status: 'done' });
      const problem = nothingReadable(done);
      return { report: done, ...(problem && { problem }) };
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      if (error instanceof NotTaken && this.#goesOn(entry, error)) throw error;
      const problem = error instanceof UploadProblem ? error : storeFailed(error);
      const failed = end({ status: 'failed', error: problem.message });
      return { report: failed, problem: problem.with(failed) };
    }
  }

  /** Whether it is tried again: for ever while the store is away, a few times when it is the job's own. */
  #goesOn(entry: Entry, { storeIsAway }: NotTaken): boolean {
    return storeIsAway || ++entry.refusals < ROUNDS;
  }

  /** Keeps a job for another try, and tells whoever waits that it is kept. */
  #postpone(entry: Entry, error: NotTaken): void {
    const { log, retry, stopping } = this.#context;
    const rounds = error.storeIsAway ? ++this.#away : entry.refusals;
    entry.notBefore = Date.now() + backOffMs(rounds, retry);
    entry.job = { ...entry.job, status: 'received' };
    if (rounds === 1)
      log.warn({ upload: entry.job.id, reason: error.message }, 'an upload waits: the store did not take it');
    // what comes meanwhile would meet the same
    const isLater = (other: Entry) => other.job.arrivedAt > entry.job.arrivedAt;
    const at = this.#waiting.findIndex(isLater);
    this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, entry);
    for (const other of this.#waiting) {
      if (!error.storeIsAway && other.job.dataset !== entry.job.dataset) continue;
      other.notBefore = Math.max(other.notBefore, entry.notBefore);
      tellWaiting(other, error);
    }
    if (stopping.aborted) this.#refuseWaiting();
  }

  #storeTook(): void {
    if (this.#away > 0) this.#context.log.info('the store takes uploads again');
    this.#away = 0;
    for (const entry of this.#waiting) if (entry.refusals === 0) entry.notBefore = 0;
  }

  async #end(entry: Entry, outcome: Outcome): Promise<void> {
    const isConcluded = await this.#conclude(entry);
    entry.settle(outcome);
    if (!isConcluded) await this.#concludeLater(entry);
  }

  /** The report first, then the job's files: after a crash in between the job runs again, to the same end. */
  async #conclude({ job, report }: Entry): Promise<boolean> {
    const { log, folder } = this.#context;
    try {
      await this.#reports.save(report);
      await folder.remove(job.id);
      return true;
    } catch (err) {
      log.warn({ err, upload: job.id }, 'the report of an upload was not stored; it is tried again');
      return false;
    }
  }

  /** Its rows are stored and its sender was told, but the store has gone before it took the report. */
  async #concludeLater({ job, report }: Entry): Promise<void> {
    const { folder, retry, stopping } = this.#context;
    for (let failures = 1; ; failures++) {
      await pause(backOffMs(failures, retry), stopping);
      const isSaved = await this.#reports.save(report).then(
        () => true,
        (error: unknown) => !mayPass(error),
      );
      if (isSaved) return await folder.remove(job.id);
    }
  }

  /** Nobody waits for these rows: they go with the next that somebody waits for, or soon. */
  #saveInBackground(report: UploadReport): void {
    this.#reports.saveSoon(report, (err) => {
      this.#context.log.debug({ err, upload: report.id }, 'the state of an upload was not stored');
    });
  }

  #forget(): void {
    for (const [id, { report }] of this.#entries) {
      if (this.#entries.size <= REMEMBERED) return;
      if (report.finishedAt !== null) this.#entries.delete(id);
    }
  }
}
