/**
 * Batches of one SQLite database. The engine opens a database for writing, so it never gets the one
 * that its program works with: it gets a copy, taken together with the log of what was written last.
 * https://www.sqlite.org/wal.html
 */
import { closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { copyFile, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readSample } from '../../formats/recognise.ts';
import { type FileState, type Position, seenOf, stampOf, withLog } from './file-state.ts';
import { digest } from './fingerprint.ts';
import { PreparedBatch, type Preparing } from './prepared-batch.ts';
import { look } from './table-files.ts';
import { wholeOf } from './whole-files.ts';

const TRIES = 3;
const AGAIN_MS = 1000;
const MAGIC_BYTES = 16;

export async function prepareDatabase(files: FileState[], how: Preparing): Promise<PreparedBatch> {
  const prepared = new PreparedBatch();
  const [file, ...others] = files;
  for (const other of others) prepared.again.push({ file: other, inMs: 0 });
  if (!file) return prepared;
  try {
    const refusal = await whyNot(file, how);
    if (refusal !== undefined) file.unrecognised = refusal;
    else await prepareOne(file, prepared, how);
  } catch (error) {
    prepared.failed(file, error);
  }
  return prepared;
}

async function prepareOne(file: FileState, prepared: PreparedBatch, how: Preparing): Promise<void> {
  const position = positionOf(file.path);
  if (position.size > 0) {
    const found = look(await readSample(file.path), file, how);
    if (found === 'other') prepared.changedKind.push(file);
    else if (found !== 'readable') file.unrecognised = found;
    if (found !== 'readable') return;
    const copy = how.spool.newPath('.db');
    prepared.input = { kind: 'sqlite', path: copy, origin: file.path, table: how.format.table! };
    if (!(await copyDatabase(realpathSync(file.path), copy))) {
      await prepared.discard(how.spool);
      prepared.input = undefined;
      prepared.again.push({ file, inMs: AGAIN_MS });
      return;
    }
  }
  prepared.add(file, position, position.size);
}

/** The sentence why a database is not read, whatever is in it. */
async function whyNot(file: FileState, how: Preparing): Promise<string | undefined> {
  if (!how.readsFiles)
    return (
      'SQLite databases can be read by the embedded engine only, and this tallyd stores in a ClickHouse ' +
      'server: start it without TALLYD_CLICKHOUSE_URL to read them.'
    );
  const { size } = withLog(file.path, seenOf(statSync(file.path, { bigint: true })));
  const gigabytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  if (size > how.limits.databaseBytes)
    return `It has ${gigabytes(size)}; databases of up to ${gigabytes(how.limits.databaseBytes)} are copied and read.`;
  const folder = dirname(how.spool.newPath(''));
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < size * 1.2)
    return `It has ${gigabytes(size)} and is copied to be read, but ${folder} has only ${gigabytes(bavail * bsize)} free.`;
  return undefined;
}

/** Taken before the copy, so that a change after it is seen as one. */
function positionOf(path: string): Position {
  const seen = withLog(path, seenOf(statSync(path, { bigint: true })));
  return {
    ...stampOf(seen),
    ...wholeOf(seen.size),
    fingerprint: digest(firstBytes(path, MAGIC_BYTES)),
  };
}

/**
 * Copies a database with its log or journal, as they were at one moment.
 *
 * What is written to a log is only appended, and its checksums end where it is whole; so the copy is
 * good when neither the main file nor the journal has changed, and the log was not begun anew.
 *
 * @returns false when the database was being rewritten each time
 */
export async function copyDatabase(
  from: string,
  to: string,
  copy: (from: string, to: string) => Promise<void> = cloneOrCopy,
): Promise<boolean> {
  for (let n = 0; n < TRIES; n++) {
    const before = shapeOf(from);
    for (const ending of ['', ...before.beside]) await copy(from + ending, to + ending);
    const after = shapeOf(from);
    if (before.fixed === after.fixed && after.logBytes >= before.logBytes) return true;
  }
  return false;
}

/** At no cost where the file system can share blocks. */
async function cloneOrCopy(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

interface Shape {
  /** Differs when the copy may be of no one moment. */
  fixed: string;
  logBytes: number;
  /** Endings of the files beside that are part of the database. */
  beside: string[];
}

/** The header of a log has a salt that is drawn when it is begun anew. */
const LOG_HEADER_BYTES = 32;

function shapeOf(path: string): Shape {
  const stamp = (ending: string): string => {
    const stat = statSync(path + ending, { bigint: true, throwIfNoEntry: false });
    return stat && stat.size > 0n ? `${stat.ino} ${stat.size} ${stat.mtimeNs}` : '';
  };
  const log = statSync(`${path}-wal`, { bigint: true, throwIfNoEntry: false });
  const logBytes = Number(log?.size ?? 0n);
  const header = logBytes > 0 ? firstBytes(`${path}-wal`, LOG_HEADER_BYTES).toString('hex') : '';
  const journal = stamp('-journal');
  return {
    fixed: [stamp(''), journal, log?.ino ?? '', header].join('|'),
    logBytes,
    beside: [...(logBytes > 0 ? ['-wal'] : []), ...(journal === '' ? [] : ['-journal'])],
  };
}

function firstBytes(path: string, length: number): Buffer {
  const handle = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(handle, buffer, 0, length, 0));
  } finally {
    closeSync(handle);
  }
}
