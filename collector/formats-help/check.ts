/**
 * What a file would become: it is read as an upload is, into a store of its own in a temporary folder.
 * The user's store is not touched, and a collector may run on it meanwhile.
 */
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Logger } from 'pino';
import type { Format } from '../formats/format.ts';
import type { MappedFormatConfig } from '../formats/mapped/schema.ts';
import { readSample } from '../formats/recognise.ts';
import { decodeContent, unpackFile } from '../sources/upload/decode.ts';
import { UploadProblem } from '../sources/upload/problem.ts';
import { fileNameOf } from '../sources/upload/settings.ts';
import { spool } from '../sources/upload/spool.ts';
import type { UploadReport } from '../sources/upload/types.ts';
import { createUploads } from '../sources/upload/uploads.ts';
import type { Store } from '../store/store.ts';
import type { Rejection, RowCounts } from '../store/types.ts';
import { silentTelemetry } from '../telemetry.ts';
import { type ColumnFate, fatesOf } from './columns.ts';
import { type Kind, kindOf } from './described.ts';
import { firstRows, rejectedByReason, type StoredRow, type Totals, totalsOf } from './stored.ts';

export interface CheckOptions {
  formats: readonly Format[];
  /** The user's own formats as they are written. */
  mapped: readonly MappedFormatConfig[];
  /** Reads the file as this format instead of looking. */
  format?: string;
  maxBytes: number;
  /** Opens a store in a folder; see {@link Check}. */
  openStore(path: string): Promise<Store>;
  log: Logger;
}

/** What is told of a file. */
export interface Check {
  file: string;
  /** Why it cannot be read; nothing but the file stands beside it. */
  problem?: string;
  format?: { name: string; title: string; kind: Kind };
  columns?: ColumnFate[];
  rows?: RowCounts;
  /** The earliest of what would be stored, at most five. */
  first?: StoredRow[];
  totals?: Totals;
  /** The first of the records that would be rejected. */
  rejections?: Rejection[];
  rejectedByReason?: Record<string, number>;
  /** Models that have no price. */
  unpriced?: string[];
}

/** Checks one file. Rejects only for what is no fault of the file. */
export async function checkFile(file: string, options: CheckOptions): Promise<Check> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyd-check-'));
  try {
    return { file, ...(await look(file, folder, options)) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof UploadProblem) return { file, problem: error.message };
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
      return { file, problem: WHY_UNREADABLE[code] };
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const WHY_UNREADABLE = {
  ENOENT: 'there is no such file.',
  EACCES: 'the file may not be read by you.',
  EISDIR: 'it is a folder: name the files in it.',
};

async function look(file: string, folder: string, options: CheckOptions): Promise<Omit<Check, 'file'>> {
  const name = basename(file);
  const plain = join(folder, 'file');
  // brotli cannot be told from its bytes
  const coding = name.endsWith('.br') ? 'br' : undefined;
  await spool(await unpackFile(decodeContent(createReadStream(file), coding)), plain, options.maxBytes);
  const store = await options.openStore(join(folder, 'store'));
  try {
    const report = await upload(plain, fileNameOf(name.replace(/\.br$/, '')), folder, store, options);
    const format = options.formats.find((one) => one.name === report.format)!;
    const mapped = options.mapped.find((one) => one.name === format.name);
    const sample = await readSample(plain, fileNameOf(name));
    return {
      format: { name: format.name, title: format.title, kind: kindOf(format, options.formats) },
      columns: fatesOf(format, sample, mapped),
      rows: report.rows,
      first: await firstRows(store, format),
      totals: await totalsOf(store, format),
      rejections: report.rejections,
      rejectedByReason: await rejectedByReason(store),
      unpriced: report.unpriced,
    };
  } finally {
    await store.close();
  }
}

/** The report of an upload that is done; throws an UploadProblem with the sentence of one that is not. */
async function upload(
  path: string,
  name: string,
  folder: string,
  store: Store,
  { formats, format, maxBytes, log }: CheckOptions,
): Promise<UploadReport> {
  const dir = join(folder, 'uploads');
  await mkdir(dir);
  const uploads = createUploads({
    ...{ store, formats, dir, maxBytes, log },
    telemetry: silentTelemetry,
    retryDelaysMs: [],
  });
  await uploads.start();
  try {
    const { id } = await uploads.receive(createReadStream(path), { name, ...(format && { format }) });
    await uploads.wait(id);
    const report = (await uploads.job(id))!;
    if (report.status === 'done') return report;
    throw new UploadProblem('unknown-format', `it cannot be read: ${report.error ?? 'nobody knows why'}`);
  } finally {
    await uploads.stop();
  }
}
