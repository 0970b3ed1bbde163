/** Runs jobs one after another in order of arrival, and remembers how the latest ended. */
import type { ArrivalClock } from './arrival.ts';
import type { Job } from './job.ts';
import { UploadProblem } from './problem.ts';
import type { UploadReports } from './reports.ts';
import { Interrupted, mayPass, reasonOf, type RunContext, runJob } from './run-job.ts';
import { rejectionSentence } from './summary.ts';
import { NO_ROWS, type UploadReport } from './types.ts';

/** How a job ended. */
export interface Outcome {
  report: UploadReport;
  /** Why its sender should not take it for a success. */
  problem?: UploadProblem;
}

/** Ended jobs that are remembered beside the table: their unpriced models and problems stand only here. */
const REMEMBERED = 200;
const STOPPING = 'tallyd is stopping. The upload is kept and goes on at the next start.';

interface Entry {
  job: Job;
  report: UploadReport;
  outcome: Promise<Outcome>;
  settle: (outcome: Outcome) => void;
  refuse: (problem: UploadProblem) => void;
}

export class JobQueue {
  readonly #context: RunContext;
  readonly #reports: UploadReports;
  readonly #clock: ArrivalClock;
  readonly #entries = new Map<string, Entry>();
  #waiting: Entry[] = [];
  #running: Promise<void> | undefined;
  #started = false;
  #stopped = false;

  constructor(context: RunContext, reports: UploadReports, clock: ArrivalClock) {
    this.#context = context;
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
    const entry = this.#waiting.shift();
    if (!entry) return;
    this.#running = this.#run(entry).finally(() => {
      this.#running = undefined;
      this.#pump();
    });
  }

  async #run(entry: Entry): Promise<void> {
    const { log, folder, telemetry } = this.#context;
    try {
      entry.job = { ...entry.job, status: 'running' };
      entry.report = { ...entry.report, status: 'running' };
      await folder.save(entry.job);
      this.#saveInBackground(entry.report);
      const outcome = await this.#outcomeOf(entry);
      entry.report = outcome.report;
      telemetry.uploadFinished(finishedEvent(outcome.report));
      log.info(
        { upload: entry.job.id, rows: outcome.report.rows, error: outcome.report.error },
        'upload ended',
      );
      await this.#conclude(entry);
      entry.settle(outcome);
    } catch (error) {
      if (!(error instanceof Interrupted))
        log.error({ err: error, upload: entry.job.id }, 'upload not ended');
      entry.refuse(new UploadProblem('stopping', STOPPING, entry.report));
    }
    this.#forget();
  }

  async #outcomeOf({ job, report }: Entry): Promise<Outcome> {
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
      const problem = error instanceof UploadProblem ? error : storeFailed(error);
      const failed = end({ status: 'failed', error: problem.message });
      return { report: failed, problem: problem.with(failed) };
    }
  }

  /** The report first, then the job's files: after a crash in between the job runs again, to the same end. */
  async #conclude({ job, report }: Entry): Promise<void> {
    const { log, folder } = this.#context;
    try {
      await this.#reports.save(report);
      await folder.remove(job.id);
    } catch (err) {
      log.error(
        { err, upload: job.id },
        'the report of an upload was not stored; it runs again at the next start',
      );
    }
  }

  /** Nobody waits for these rows: the store takes them after the batch it is writing. */
  #saveInBackground(report: UploadReport): void {
    this.#reports.save(report).catch((err: unknown) => {
      this.#context.log.warn({ err, upload: report.id }, 'the state of an upload was not stored');
    });
  }

  #forget(): void {
    for (const [id, { report }] of this.#entries) {
      if (this.#entries.size <= REMEMBERED) return;
      if (report.finishedAt !== null) this.#entries.delete(id);
    }
  }
}

function entryOf(job: Job): Entry {
  let settle!: Entry['settle'];
  let refuse!: Entry['refuse'];
  const outcome = new Promise<Outcome>((resolve, reject) => {
    settle = resolve;
    refuse = reject;
  });
  outcome.catch(() => undefined); // nobody may be waiting
  const { id, name, dataset, format, mode, bytes } = job;
  const report: UploadReport = {
    ...{ id, name, dataset, format, mode, status: 'received', bytes },
    ...{ rows: NO_ROWS, rejections: [], unpriced: [] },
    startedAt: new Date(job.startedAt).toISOString(),
    finishedAt: null,
  };
  return { job, report, outcome, settle, refuse };
}

/** A file in which nothing can be read is an error for people, though it was handled as it should be. */
function nothingReadable(report: UploadReport): UploadProblem | undefined {
  const { read, rejected } = report.rows;
  if (read === 0 || rejected < read) return undefined;
  const [first] = report.rejections;
  return new UploadProblem(
    'nothing-readable',
    `no record of ${report.name || 'the upload'} could be read as ${report.format}` +
      `${first ? `: ${rejectionSentence(first)}` : ''}. All ${rejected} are at /api/v1/uploads/${report.id}/rejections.`,
    report,
  );
}

function storeFailed(error: unknown): UploadProblem {
  const reason = reasonOf(error);
  return mayPass(error)
    ? new UploadProblem(
        'store-failed',
        `the store did not take it: ${reason}. Look at /readyz and the log, then send it again.`,
      )
    : new UploadProblem(
        'internal',
        `the store refused the statement that reads it: ${reason}. This is a defect of tallyd or of the format; please report it.`,
      );
}

function finishedEvent(report: UploadReport): {
  source: string;
  status: 'done' | 'failed';
  bytes: number;
  seconds: number;
} {
  const milliseconds = Date.parse(report.finishedAt ?? '') - Date.parse(report.startedAt);
  const status = report.status === 'done' ? 'done' : 'failed';
  return { source: report.format, status, bytes: report.bytes, seconds: milliseconds / 1000 };
}
