/** How a file is read: by its format, where it lies, and whether it is new. */
import { hasChanged, type FileState } from './file-state.ts';
import { prepareDatabase } from './database-files.ts';
import { prepareNewBytes } from './incremental.ts';
import type { TailLimits } from './limits.ts';
import type { PreparedBatch, Preparing } from './prepared-batch.ts';
import { prepareTable } from './table-files.ts';
import { isPlainPath, prepareFramedFiles, prepareWholeFiles } from './whole-files.ts';

export type ReadingKind = 'new bytes' | 'whole files' | 'framed files' | 'table' | 'database';

export function kindOf(file: FileState, how: Preparing): ReadingKind {
  const { layout, unit } = how.format;
  if (layout === 'sqlite') return 'database';
  if (layout !== 'lines' && layout !== 'document') return 'table';
  const byEngine = how.readsFiles && isPlainPath(file.path);
  if (unit === 'file' || layout === 'document') return byEngine ? 'whole files' : 'framed files';
  const isLarge = how.firstPass || file.size >= how.limits.bulkFromBytes;
  return byEngine && isLarge && file.position.offset === 0 ? 'whole files' : 'new bytes';
}

/** Files of the kind that one batch takes, by number and by size. */
export function batchSize(kind: ReadingKind, limits: TailLimits): { files: number; bytes: number } {
  switch (kind) {
    case 'whole files':
      return { files: limits.bulkFiles, bytes: limits.bulkBytes };
    case 'framed files':
      return { files: limits.batchFiles, bytes: limits.firstBatchBytes };
    case 'new bytes':
      return { files: limits.batchFiles, bytes: Infinity };
    case 'table':
    case 'database':
      return { files: 1, bytes: Infinity };
  }
}

export async function prepare(kind: ReadingKind, files: FileState[], how: Preparing): Promise<PreparedBatch> {
  const prepared = await prepareAs(kind, files, how);
  // what is read while following is usage as it happens; the store tells old events from new ones
  prepared.live = !how.firstPass;
  return prepared;
}

function prepareAs(kind: ReadingKind, files: FileState[], how: Preparing): Promise<PreparedBatch> {
  switch (kind) {
    case 'whole files':
      return prepareWholeFiles(files, how);
    case 'framed files':
      return prepareFramedFiles(files, how);
    case 'new bytes':
      return prepareNewBytes(files, how);
    case 'table':
      return prepareTable(files, how);
    case 'database':
      return prepareDatabase(files, how);
  }
}

/** How long a file must still rest before it is read. */
export function restMs(file: FileState, how: Pick<Preparing, 'format' | 'limits'>): number {
  const { layout, unit } = how.format;
  const now = Date.now();
  if (layout === 'table' || layout === 'parquet')
    return Math.max(0, file.changedAt + how.limits.tableQuietMs - now);
  if (layout === 'lines' && unit === 'record') return 0;
  const waiting = file.waitingSince || now;
  const patience = waiting + how.limits.wholePatienceMs;
  const calm = Math.min(file.changedAt + how.limits.wholeQuietMs, patience);
  const isCopiedAgain = layout === 'sqlite' && file.position.readTo > 0;
  const copying = isCopiedAgain ? (file.size / how.limits.databaseBytesPerSecond) * 1000 : 0;
  return Math.max(0, calm - now, waiting + copying - now);
}

/** Whether there is any use in reading the file. New bytes are compared, so they are always looked at. */
export function isWorthReading(file: FileState, kind: ReadingKind): boolean {
  return kind === 'new bytes' || hasChanged(file);
}
