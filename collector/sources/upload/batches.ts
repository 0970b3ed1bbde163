/** From a received file to the batches that the store writes. */
import { readFile, rm } from 'node:fs/promises';
import { DOCUMENT_BYTES, type Format, type Sample, type TableHeader } from '../../formats/format.ts';
import { arrayPathOf, keysOf } from '../../formats/json-document.ts';
import { FrameWriter } from '../../store/frames.ts';
import type { Store } from '../../store/store.ts';
import { sqlString } from '../../store/sql.ts';
import type { Batch, BatchInput } from '../../store/types.ts';
import type { Job } from './job.ts';
import { framedBatches } from './line-frames.ts';
import { UploadProblem } from './problem.ts';
import { damagedParquet } from './damaged.ts';
import { mayPass } from '../../store/passing.ts';

/** The engine holds the lines of a batch in memory for a moment, several times over. */
const BATCH_BYTES = 32 * 1024 * 1024;

export interface UploadBatch {
  batch: Batch;
  bytes: number;
}

export interface ReceivedFile {
  job: Job;
  format: Format;
  sample: Sample;
  /** Where the bytes are. */
  path: string;
  /** Where a file of frames may be made. */
  frames: string;
}

/** What people see a file called in rejections. */
export function originOf(job: Job): string {
  return job.name === '' ? 'upload' : job.name;
}

/**
 * One batch, so that it is stored or replaced in one step and alike records of it are told apart;
 * only lines that stand alone and are appended are cut into several.
 */
export async function* batchesOf(file: ReceivedFile, store: Store): AsyncGenerator<UploadBatch> {
  const { job, format } = file;
  const array = arrayPathOf(file.sample.head, format.arrays);
  if (format.layout === 'document' || array !== undefined) {
    yield* documentBatch(file, array === undefined ? {} : { elementsAt: keysOf(array) });
    return;
  }
  if (format.layout === 'lines') {
    const divisible = format.unit === 'record' && job.mode === 'append';
    const limit = divisible ? BATCH_BYTES : Infinity;
    const parts = framedBatches(file.path, originOf(job), file.frames, limit);
    for await (const { spool, bytes, moreFollows } of parts)
      yield { batch: { ...batchOf(file, { kind: 'frames', spool }), moreFollows }, bytes };
    return;
  }
  yield { batch: batchOf(file, await inputOf(file, store)), bytes: job.bytes };
}

async function inputOf(file: ReceivedFile, store: Store): Promise<BatchInput> {
  const { layout } = file.format;
  if (layout === 'parquet') return await parquetInput(file, store);
  return layout === 'sqlite' ? databaseInput(file, store) : tableInput(file, file.path);
}

/** A file that is one record, or one document with all records, in one frame. */
async function* documentBatch(
  { job, ...file }: ReceivedFile,
  more: { elementsAt?: readonly string[] },
): AsyncGenerator<UploadBatch> {
  if (job.bytes > DOCUMENT_BYTES)
    throw new UploadProblem(
      'unsupported-file',
      `the file is one JSON document of ${Math.ceil(job.bytes / 1024 / 1024)} MiB, and is read whole, which ` +
        `goes up to ${DOCUMENT_BYTES / 1024 / 1024} MiB. ` +
        (more.elementsAt ? 'Send one record a line instead; jq -c makes them.' : 'Send it in parts.'),
    );
  const writer = await FrameWriter.create(file.frames);
  try {
    await writer.add({ path: originOf(job), base: 0, content: await readFile(file.path) });
  } finally {
    await writer.close();
  }
  try {
    const input: BatchInput = { kind: 'frames', spool: file.frames, ...more };
    yield { batch: batchOf({ job, ...file }, input), bytes: job.bytes };
  } finally {
    await rm(file.frames, { force: true });
  }
}

export function batchOf({ job, format }: ReceivedFile, input: BatchInput): Batch {
  return {
    format,
    dataset: job.dataset,
    input,
    uploadId: job.id,
    arrivedAt: job.arrivedAt,
    mode: job.mode,
    live: false,
  };
}

export function tableInput(file: ReceivedFile, path: string): BatchInput {
  return { kind: 'table', path, origin: originOf(file.job), header: headerOf(file) };
}

export function headerOf({ sample, format }: ReceivedFile): TableHeader {
  if (sample.table) return sample.table;
  throw new UploadProblem('unknown-format', `the file has no header of columns, which ${format.name} needs.`);
}

/** The received file is our own, so the engine may open it. */
function databaseInput(file: ReceivedFile, store: Store): BatchInput {
  if (!store.readsFiles)
    throw new UploadProblem(
      'unsupported-file',
      'SQLite databases can be read by the embedded engine only, and this tallyd uses a server. ' +
        'Export the table as CSV.',
    );
  return { kind: 'sqlite', path: file.path, origin: originOf(file.job), table: file.format.table! };
}

/** A server cannot see files of this machine, and gives maps and lists of Parquet no text. */
async function parquetInput(file: ReceivedFile, store: Store): Promise<BatchInput> {
  if (!store.readsFiles)
    throw new UploadProblem(
      'unsupported-file',
      'Parquet can be read by the embedded engine only, and this tallyd uses a server. Convert the file to CSV.',
    );
  const columns = file.sample.parquetColumns ?? (await parquetColumns(file.path, store));
  return { kind: 'parquet', path: file.path, origin: originOf(file.job), columns };
}

/** The engine may read a footer that the sample did not. */
async function parquetColumns(path: string, store: Store): Promise<string[]> {
  const rows = await store
    .rows<{ name: string }>(`DESCRIBE TABLE file(${sqlString(path)}, 'Parquet')`)
    .catch((error: unknown) => {
      throw mayPass(error) ? error : damagedParquet(error);
    });
  return rows.map((row) => row.name);
}
