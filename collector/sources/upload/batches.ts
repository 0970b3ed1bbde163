/** From a received file to the batches that the store writes. */
import type { Format, Sample, TableHeader } from '../../formats/format.ts';
import type { Store } from '../../store/store.ts';
import { sqlString } from '../../store/sql.ts';
import type { Batch, BatchInput } from '../../store/types.ts';
import type { Job } from './job.ts';
import { framedBatches } from './line-frames.ts';
import { UploadProblem } from './problem.ts';

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
  if (format.layout === 'lines') {
    const divisible = format.unit === 'record' && job.mode === 'append';
    const limit = divisible ? BATCH_BYTES : Infinity;
    const parts = framedBatches(file.path, originOf(job), file.frames, limit);
    for await (const { spool, bytes, moreFollows } of parts)
      yield { batch: { ...batchOf(file, { kind: 'frames', spool }), moreFollows }, bytes };
    return;
  }
  const input = format.layout === 'table' ? tableInput(file, file.path) : await parquetInput(file, store);
  yield { batch: batchOf(file, input), bytes: job.bytes };
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

async function parquetInput(file: ReceivedFile, store: Store): Promise<BatchInput> {
  const columns = file.sample.parquetColumns ?? (await parquetColumns(file.path, store));
  return { kind: 'parquet', path: file.path, origin: originOf(file.job), columns };
}

/** The engine reads the footer; a server cannot see files of this machine. */
async function parquetColumns(path: string, store: Store): Promise<string[]> {
  if (!store.readsFiles)
    throw new UploadProblem(
      'unsupported-file',
      'Parquet can be read by the embedded engine only, and this tallyd uses a server. Convert the file to CSV.',
    );
  const rows = await store.rows<{ name: string }>(`DESCRIBE TABLE file(${sqlString(path)}, 'Parquet')`);
  return rows.map((row) => row.name);
}
