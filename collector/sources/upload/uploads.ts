/**
 * Uploads: a body becomes a file on the disk, the file a job, the job rows in the store and a report.
 * What was acknowledged to its sender survives a crash; see job.ts.
 */
import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Format } from '../../formats/format.ts';
import { readSample, recogniseAs, recogniseSample } from '../../formats/recognise.ts';
import type { Store } from '../../store/store.ts';
import type { Telemetry } from '../../telemetry.ts';
import { type Arrival, type ReceivedArchive, receiveArchive } from './archive.ts';
import { ArrivalClock, newUploadId } from './arrival.ts';
import type { Bytes } from '../text.ts';
import { type Job, JobFolder } from './job.ts';
import { BrokenOffError, UploadProblem } from './problem.ts';
import { JobQueue } from './queue.ts';
import type { Outcome } from './queue-entry.ts';
import { receiveBody } from './receive.ts';
import { UploadReports } from './reports.ts';
import { SpoolBudget } from './spool-budget.ts';
import { fileNameOf } from './settings.ts';
import { NO_ROWS, type Page, type Paged, type RejectionDetail } from './types.ts';
import type { UploadReport, UploadRequest } from './types.ts';

export interface UploadsOptions {
  store: Store;
  formats: readonly Format[];
  /** The folder of bodies and jobs; made when absent. One process owns it. */
  dir: string;
  telemetry: Telemetry;
  log: Logger;
  /** Of a body as it is sent, and of the file in it. @default 2 GiB */
  maxBytes?: number;
  /** Of all that was received and is not stored yet. @default 10 GiB */
  spoolMaxBytes?: number;
  /** Waits before a batch that the store did not take is tried again. @default 1, 5, 15 and 60 seconds */
  retryDelaysMs?: readonly number[];
  /** Waits while the store is away, doubling. @default 1 and 60 seconds */
  retryMinMs?: number;
  retryMaxMs?: number;
  now?: () => number;
}

/** A report without what only a single upload is asked for. */
export type UploadListItem = Omit<UploadReport, 'rejections' | 'unpriced'>;

export function createUploads(options: UploadsOptions): Uploads {
  return new Uploads(options);
}

export class Uploads {
  readonly maxBytes: number;
  readonly #options: UploadsOptions;
  readonly #clock: ArrivalClock;
  readonly #folder: JobFolder;
  readonly #reports: UploadReports;
  readonly #queue: JobQueue;
  readonly #budget: SpoolBudget;
  readonly #stopping = new AbortController();
  #prepared: Promise<void> | undefined;
  #isFull = false;

  constructor(options: UploadsOptions) {
    const { store, formats, telemetry, log } = options;
    this.#options = options;
    this.maxBytes = options.maxBytes ?? 2 * 1024 ** 3;
    this.#clock = new ArrivalClock(options.now);
    this.#budget = new SpoolBudget(options.spoolMaxBytes ?? 10 * 1024 ** 3, (held) =>
      telemetry.spoolHeld({ ...held, maxBytes: this.#budget.maxBytes }),
    );
    this.#folder = new JobFolder(options.dir, log, this.#budget);
    this.#reports = new UploadReports(store);
    const retryDelaysMs = options.retryDelaysMs ?? [1000, 5000, 15_000, 60_000];
    this.#queue = new JobQueue(
      {
        store,
        formats,
        telemetry,
        log,
        retryDelaysMs,
        folder: this.#folder,
        stopping: this.#stopping.signal,
        retry: { retryMinMs: options.retryMinMs ?? 1000, retryMaxMs: options.retryMaxMs ?? 60_000 },
      },
      this.#reports,
      this.#clock,
    );
  }

  /** Goes on with the jobs that a stop or a crash left, then with those that come. */
  async start(): Promise<void> {
    await this.#prepare();
    this.#queue.start();
  }

  /** Resolves when no job runs any more. What was received goes on at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#queue.stop();
  }

  /**
   * Receives a body. When it resolves, the file is on the disk, its format is known and its job
   * waits; the body is never held in memory.
   * @throws UploadProblem for what the sender can mend, BrokenOffError when the sender went away
   */
  async receive(body: Bytes, request: UploadRequest): Promise<UploadReport> {
    return await this.#receiveFile(await this.#arrive(body, request, false), request);
  }

  /**
   * The same for a body that may be a ZIP archive as well: every file in it becomes an upload. Files
   * of it that are refused reject nothing, also where these are all.
   */
  async receiveAny(body: Bytes, request: UploadRequest): Promise<UploadReport | ReceivedArchive> {
    const arrival = await this.#arrive(body, request, true);
    if (!arrival.isArchive) return await this.#receiveFile(arrival, request);
    return await receiveArchive(arrival, {
      folder: this.#folder,
      maxBytes: this.maxBytes,
      now: () => this.#clock.next(),
      counted: (id, bytes) => this.#budget.counted(id, bytes),
      recognise: (file) => this.#recognise(file, request),
      jobOf: (file, format) => this.#jobOf(file, format),
      add: (job) => ({ report: this.#queue.add(job), ended: this.#queue.outcome(job.id)! }),
    });
  }

  /** How many were received and are not stored yet. */
  get waiting(): number {
    return this.#queue.unfinished().length;
  }

  /** How a job ended, once it did; undefined for one that is not known or ended long ago. */
  wait(id: string): Promise<Outcome> | undefined {
    return this.#queue.outcome(id);
  }

  async job(id: string): Promise<UploadReport | undefined> {
    return this.#queue.report(id) ?? (await this.#reports.find(id));
  }

  /** Whether an upload to a dataset waits or runs. */
  isBusy(dataset: string): boolean {
    return this.#queue.unfinished().some((report) => report.dataset === dataset);
  }

  /** Newest first. */
  async list(page: Page): Promise<Paged<UploadListItem>> {
    const { items, total } = await this.#reports.list(page);
    const stored = new Set(items.map((item) => item.id));
    // rows of the newest may still wait behind a batch
    const missing = page.offset > 0 ? [] : this.#queue.unfinished().filter(({ id }) => !stored.has(id));
    const current = items.map((item) => this.#queue.report(item.id) ?? item);
    return {
      items: [...missing, ...current].slice(0, page.limit).map(listItem),
      total: Math.max(total, missing.length + items.length),
    };
  }

  /** Undefined for an upload that is not known. */
  async rejections(id: string, page: Page): Promise<Paged<RejectionDetail> | undefined> {
    const upload = await this.job(id);
    return upload && (await this.#reports.rejections(upload, page));
  }

  #prepare(): Promise<void> {
    this.#prepared ??= this.#recover().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #recover(): Promise<void> {
    await mkdir(this.#folder.path, { recursive: true });
    this.#budget.tell();
    this.#clock.passed(await this.#reports.latestTime());
    for (const job of await this.#folder.recover()) {
      this.#clock.passed(job.arrivedAt);
      const report = await this.#reports.find(job.id);
      if (report && report.finishedAt !== null) await this.#folder.remove(job.id);
      else this.#queue.add(job);
    }
  }

  async #arrive(body: Bytes, request: UploadRequest, archives: boolean): Promise<Arrival> {
    if (this.#stopping.signal.aborted)
      throw new UploadProblem('stopping', 'tallyd is stopping. Send it again in a moment.');
    await this.#prepare();
    const { formats, log } = this.#options;
    const startedAt = this.#clock.next();
    const id = newUploadId(startedAt);
    const path = this.#folder.body(id);
    try {
      this.#budget.check();
      const received = await receiveBody(body, request, {
        formats,
        archives,
        path,
        maxBytes: this.maxBytes,
        counted: (bytes) => this.#budget.counted(id, bytes),
      });
      this.#isFull = false;
      return { id, startedAt, ...received };
    } catch (error) {
      this.#budget.release(id);
      this.#sayFull(error);
      if (error instanceof BrokenOffError)
        log.warn({ err: error.cause, name: request.name }, 'an upload broke off; nothing of it is kept');
      throw error;
    }
  }

  /** Once, until there is room again. */
  #sayFull(error: unknown): void {
    const isFull = error instanceof UploadProblem && error.kind === 'spool-full';
    if (isFull && !this.#isFull) this.#options.log.warn(error.message);
    this.#isFull ||= isFull;
  }

  async #receiveFile(file: Arrival, request: UploadRequest): Promise<UploadReport> {
    const job = this.#jobOf(file, await this.#recognise(file, request));
    await this.#folder.save(job);
    return this.#queue.add(job);
  }

  #jobOf({ id, startedAt, name, settings, bytes, oddQuotes, longestLine }: Arrival, format: Format): Job {
    return {
      ...{ version: 1, id, name, dataset: settings.dataset ?? format.name },
      ...{ format: format.name, mode: settings.mode, status: 'received' },
      ...{ bytes, oddQuotes, longestLine, startedAt, arrivedAt: this.#clock.next() },
    };
  }

  /** The format, or an UploadProblem with the failed report, which is kept. */
  async #recognise(
    { id, startedAt, name, settings, bytes }: Arrival,
    request: UploadRequest,
  ): Promise<Format> {
    const sample = await readSample(this.#folder.body(id), fileNameOf(name));
    const result = settings.format
      ? recogniseAs(sample, settings.format)
      : recogniseSample(sample, this.#options.formats);
    if ('format' in result) return result.format;
    const error = result.problem + hintFor(request, sample.head);
    const report: UploadReport = {
      ...{
        id,
        name,
        dataset: settings.dataset ?? '',
        format: settings.format?.name ?? '',
        mode: settings.mode,
      },
      ...{ status: 'failed', bytes, rows: NO_ROWS, rejections: [], unpriced: [], error },
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(this.#clock.next()).toISOString(),
    };
    await this.#folder.remove(id);
    await this.#reports
      .save(report)
      .catch((err: unknown) =>
        this.#options.log.warn({ err, upload: id }, 'the report of a refused upload was not stored'),
      );
    const seconds = (Date.parse(report.finishedAt!) - startedAt) / 1000;
    this.#options.telemetry.uploadFinished({ source: report.format, status: 'failed', bytes, seconds });
    throw new UploadProblem('unknown-format', error, report);
  }
}

/** `curl -d @file` takes the line breaks out, and what is left looks like nothing. */
function hintFor({ contentType }: UploadRequest, head: Buffer): string {
  if (!/^application\/x-www-form-urlencoded/i.test(contentType ?? '') || head.includes(10)) return '';
  return ' It has no line breaks: curl -d removes them, use curl -T or --data-binary instead.';
}

function listItem({ rejections: _rejections, unpriced: _unpriced, ...item }: UploadReport): UploadListItem {
  return item;
}
