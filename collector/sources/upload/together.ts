/**
 * Small uploads that wait behind each other are written as one batch: the store takes as long for ten
 * rows as for ten thousand. They must be of one format and dataset, with one header.
 */
import type { Format } from '../../formats/format.ts';
import type { PartReport } from '../../store/types.ts';
import { batchOf, headerOf, type ReceivedFile } from './batches.ts';
import type { Job } from './job.ts';
import { receivedFile, type RunContext } from './run-job.ts';

const SMALL_BYTES = 256 * 1024;
const MOST_JOBS = 200;
const MOST_BYTES = 8 * 1024 * 1024;

/** How many of `jobs`, from the first on, may be written together by what is known of them. */
export function alike(jobs: readonly Job[], { formats, store }: RunContext): number {
  const [first] = jobs;
  if (!first || !store.writesTogether || !isSmallTable(first, formats)) return Math.min(jobs.length, 1);
  let count = 0;
  let bytes = 0;
  for (const job of jobs) {
    const isLike = job.format === first.format && job.dataset === first.dataset && isSmallTable(job, formats);
    bytes += job.bytes;
    if (!isLike || count >= MOST_JOBS || bytes > MOST_BYTES) break;
    count++;
  }
  return count;
}

function isSmallTable(job: Job, formats: readonly Format[]): boolean {
  const format = formats.find((one) => one.name === job.format);
  return (
    format?.layout === 'table' &&
    format.gives !== 'bills' &&
    job.mode === 'append' &&
    !job.oddQuotes &&
    job.bytes <= SMALL_BYTES
  );
}

/** What became of each job, in their order; undefined when they must run one by one. Nothing is stored then. */
export async function runTogether(
  jobs: readonly Job[],
  context: RunContext,
): Promise<PartReport[] | undefined> {
  const files: ReceivedFile[] = [];
  for (const job of jobs) files.push(await receivedFile(job, context));
  const headers = new Set(files.map((file) => JSON.stringify(headerOf(file))));
  if (headers.size > 1) return undefined;
  const [first] = files;
  const parts = files.map((file) => ({ path: file.path, arrivedAt: file.job.arrivedAt }));
  const input = { kind: 'tables', paths: parts.map((part) => part.path), header: headerOf(first!) } as const;
  return await context.store.writeTogether({ ...batchOf(first!, input), uploadId: '', parts });
}
