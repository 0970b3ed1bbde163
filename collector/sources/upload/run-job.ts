/** Runs one job: the received file becomes batches, the batches a result. */
import { rm } from 'node:fs/promises';
import type { Logger } from 'pino';
import { readSample } from '../../formats/recognise.ts';
import type { Format } from '../../formats/format.ts';
import { isUnreadable, mayPass, reasonOf, takesNothing } from '../../store/passing.ts';
import type { Store } from '../../store/store.ts';
import type { Batch, BatchReport, Rejection, RowCounts } from '../../store/types.ts';
import type { Telemetry } from '../../telemetry.ts';
import { needsRepair, repairTable } from '../repair.ts';
import { batchesOf, batchOf, headerOf, type ReceivedFile, tableInput, type UploadBatch } from './batches.ts';
import type { Job, JobFolder } from './job.ts';
import { fileNameOf } from './settings.ts';
import { damagedDatabase, damagedParquet } from './damaged.ts';
import { NO_ROWS } from './types.ts';

export interface RunContext {
  store: Store;
  formats: readonly Format[];
  folder: JobFolder;
  telemetry: Telemetry;
  log: Logger;
  /** Waits before a batch that failed is tried again. */
  retryDelaysMs: readonly number[];
  /** Aborted when tallyd stops. */
  stopping: AbortSignal;
  /** Whether it is known, and was said, that the store takes nothing. */
  isWaiting: () => boolean;
  /** Waits while the store is away. */
  retry: { retryMinMs: number; retryMaxMs: number };
}

export interface JobResult {
  rows: RowCounts;
  rejections: Rejection[];
  unpriced: string[];
}

/** Thrown between batches when tallyd stops; the job goes on at the next start. */
export class Interrupted extends Error {}

/** Thrown when the store did not take a batch, as often as it was tried, for a reason that passes. */
export class NotTaken extends Error {
  /** Whether the store is to blame, and not this job: then the others need not be tried. */
  readonly storeIsAway: boolean;

  constructor(cause: unknown, storeIsAway: boolean) {
    super(reasonOf(cause), { cause });
    this.storeIsAway = storeIsAway;
  }
}

/** Resolves when every row is stored. Running a job again is harmless: events have ids. */
export async function runJob(job: Job, context: RunContext): Promise<JobResult> {
  const file = await receivedFile(job, context);
  const repaired = context.folder.scratch(job.id, 'repaired');
  const result: JobResult = { rows: NO_ROWS, rejections: [], unpriced: [] };
  let behind = false;
  try {
    if (file.format.layout === 'table' && needsRepair(job)) await repair(file, repaired, context);
    for await (const part of batchesOf(file, context.store)) {
      if (context.stopping.aborted) throw new Interrupted('tallyd is stopping');
      add(result, await writePart(part, file, repaired, context));
      behind = part.batch.moreFollows ?? false;
    }
    return result;
  } catch (error) {
    if (behind) await context.store.catchUp().catch(() => undefined); // the next start does it, too
    throw error;
  } finally {
    await rm(repaired, { force: true });
  }
}

/** What was received for a job, and how it begins. */
export async function receivedFile(job: Job, { folder, formats }: RunContext): Promise<ReceivedFile> {
  const format = formats.find((one) => one.name === job.format);
  if (!format) throw new Error(`the format ${job.format} of this upload is gone from the configuration`);
  const path = folder.body(job.id);
  const sample = await readSample(path, fileNameOf(job.name));
  return { job, format, sample, path, frames: folder.scratch(job.id, 'frames') };
}

/** Writes a batch, repairs a table that the engine refuses, tries again where that may help. */
async function writePart(
  part: UploadBatch,
  file: ReceivedFile,
  repaired: string,
  context: RunContext,
): Promise<BatchReport> {
  let batch: Batch = part.batch;
  for (let failures = 0; ;) {
    const began = performance.now();
    try {
      const report = await context.store.write(batch);
      stored(part, report, began, context);
      return report;
    } catch (error) {
      if (batch.input.kind === 'sqlite' && !mayPass(error)) throw damagedDatabase(error);
      if (batch.input.kind === 'parquet' && !mayPass(error)) throw damagedParquet(error);
      if (isUnreadable(error)) {
        if (batch.input.kind !== 'table' || file.path === repaired) throw error;
        await repair(file, repaired, context);
        batch = batchOf(file, tableInput(file, file.path));
        continue;
      }
      const passes = mayPass(error);
      const delay = passes ? context.retryDelaysMs[failures++] : undefined;
      context.telemetry.batchFailed({ source: batch.format.name, via: 'upload', error: error as Error });
      const about = { upload: file.job.id, reason: reasonOf(error), retryInMs: delay };
      // once: while the store is away, every try would say the same
      context.log[failures <= 1 && !context.isWaiting() ? 'warn' : 'debug'](about, 'a batch was not stored');
      if (!passes) throw error;
      if (delay === undefined) throw new NotTaken(error, await isStoreAway(error, context.store));
      await pause(delay * (0.5 + Math.random() / 2), context.stopping);
    }
  }
}

/** From here on the file is read from its repaired copy. */
async function repair(file: ReceivedFile, target: string, { log }: RunContext): Promise<void> {
  const rewritten = await repairTable(file.path, target, headerOf(file));
  log.info({ upload: file.job.id, rewritten }, 'the quoting of an upload is broken; records were rewritten');
  file.path = target;
}

function stored(part: UploadBatch, report: BatchReport, began: number, context: RunContext): void {
  const { rows, rejectedByReason, usage, newestEventAt } = report;
  context.telemetry.batchStored({
    source: part.batch.format.name,
    via: 'upload',
    rows,
    bytes: part.bytes,
    seconds: (performance.now() - began) / 1000,
    rejectedByReason,
    usage,
    ...(newestEventAt !== undefined && { newestEventAt }),
  });
}

function add(result: JobResult, report: BatchReport): void {
  const names = Object.keys(NO_ROWS) as (keyof RowCounts)[];
  result.rows = Object.fromEntries(
    names.map((name) => [name, result.rows[name] + report.rows[name]]),
  ) as unknown as RowCounts;
  // the store gives the first of the whole upload each time
  if (report.rejections.length > 0)
    result.rejections = report.rejections.map(
      ({ path: _path, excerpt: _excerpt, ...rejection }) => rejection,
    );
  result.unpriced = [...new Set([...result.unpriced, ...report.unpriced])].sort();
}

async function isStoreAway(error: unknown, store: Store): Promise<boolean> {
  if (takesNothing(error)) return true;
  return await store.rows('SELECT 1').then(
    () => false,
    () => true,
  );
}

/** Rejects with {@link Interrupted} when tallyd stops. */
export async function pause(ms: number, stopping: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      stopping.removeEventListener('abort', done);
      resolve();
    }
    stopping.addEventListener('abort', done);
    if (stopping.aborted) done();
  });
  if (stopping.aborted) throw new Interrupted('tallyd is stopping');
}
