/** A job in the queue, and what is said of it to whoever waits. */

import { mayPass, reasonOf } from '../../store/passing.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { Job } from './job.ts';
import { UploadProblem } from './problem.ts';
import type { NotTaken } from './run-job.ts';
import { rejectionSentence } from './summary.ts';
import { NO_ROWS, type UploadReport } from './types.ts';

/** How a job ended. */
export interface Outcome {
  report: UploadReport;
  /** Why its sender should not take it for a success. */
  problem?: UploadProblem;
}

export interface Entry {
  job: Job;
  report: UploadReport;
  outcome: Promise<Outcome>;
  settle: (outcome: Outcome) => void;
  refuse: (problem: UploadProblem) => void;
  /** When it is tried again; 0: any time. */
  notBefore: number;
  /** Rounds in which the store refused it while it answered. */
  refusals: number;
  /** It was found not to go together with others. */
  alone?: boolean;
}

export function entryOf(job: Job): Entry {
  const { id, name, dataset, format, mode, bytes } = job;
  const report: UploadReport = {
    ...{ id, name, dataset, format, mode, status: 'received', bytes },
    ...{ rows: NO_ROWS, rejections: [], unpriced: [] },
    startedAt: new Date(job.startedAt).toISOString(),
    finishedAt: null,
  };
  return { job, report, notBefore: 0, refusals: 0, ...promised() };
}

function promised(): Pick<Entry, 'outcome' | 'settle' | 'refuse'> {
  let settle!: Entry['settle'];
  let refuse!: Entry['refuse'];
  const outcome = new Promise<Outcome>((resolve, reject) => {
    settle = resolve;
    refuse = reject;
  });
  outcome.catch(() => undefined); // nobody may be waiting
  return { outcome, settle, refuse };
}

/** Tells whoever waits for a job that it is kept. Whoever asks for it later waits anew. */
export function tellWaiting(entry: Entry, error: NotTaken): void {
  entry.report = { ...entry.report, status: 'received', error: `not stored yet: ${error.message}` };
  entry.settle({ report: entry.report, problem: storeAway(error).with(entry.report) });
  Object.assign(entry, promised());
}

function storeAway(error: NotTaken): UploadProblem {
  return new UploadProblem(
    'store-away',
    `the store does not take it now: ${error.message}. The file is kept and is stored when the store takes it, so it need not be sent again; ` +
      'its report says how far it is, and /readyz whether the store answers.',
  );
}

/** A file in which nothing can be read is an error for people, though it was handled as it should be. */
export function nothingReadable(report: UploadReport): UploadProblem | undefined {
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

export function storeFailed(error: unknown): UploadProblem {
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

/** What the store took of an upload that was written together with others. */
export function storedEvent(
  { format, rows, bytes }: UploadReport,
  seconds: number,
): Parameters<Telemetry['batchStored']>[0] {
  return { source: format, via: 'upload', rows, bytes, seconds, rejectedByReason: {}, usage: [] };
}

export function finishedEvent(report: UploadReport): {
  source: string;
  status: 'done' | 'failed';
  bytes: number;
  seconds: number;
} {
  const milliseconds = Date.parse(report.finishedAt ?? '') - Date.parse(report.startedAt);
  const status = report.status === 'done' ? 'done' : 'failed';
  return { source: report.format, status, bytes: report.bytes, seconds: milliseconds / 1000 };
}
