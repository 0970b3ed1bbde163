/** Batches of files that are read from their start: on a first run, and where records depend on earlier ones. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { DOCUMENT_BYTES } from '../../formats/format.ts';
import { FrameWriter } from '../../store/frames.ts';
import { type FileState, type Position, seenOf, stampOf } from './file-state.ts';
import { beginsAs, digest, digestBefore, fingerprintBytes, NOTHING, TAIL_BYTES } from './fingerprint.ts';
import { PreparedBatch, type Preparing } from './prepared-batch.ts';

/**
 * Whether the engine can be told to read a file where it lies. It takes `*?{}` for globs (a file named
 * `{a}` would silently read as nothing), `::` for a member of an archive, and unpacks by ending.
 */
export function isPlainPath(path: string): boolean {
  return (
    !/[*?{}\r\n]|::/.test(path) && !/\.(gz|gzip|br|xz|lzma|zst|zstd|lz4|bz2|snappy|deflate)$/i.test(path)
  );
}

const OPENED_AT_ONCE = 50;

/** Whole files, which the engine reads where they lie. */
export async function prepareWholeFiles(files: FileState[], how: Preparing): Promise<PreparedBatch> {
  const prepared = new PreparedBatch();
  const inputs: { path: string; size: number }[] = [];
  const isDocument = how.format.layout === 'document';
  // documents are held whole, lines of which most are sorted out while they are read are not
  const most = isDocument ? how.limits.firstBatchBytes : how.limits.bulkBytes;
  for (const [i, file] of files.entries()) {
    if (i % OPENED_AT_ONCE === OPENED_AT_ONCE - 1) await setImmediate();
    if (prepared.bytes >= most) {
      prepared.again.push({ file, inMs: 0 });
      continue;
    }
    const position = endPosition(prepared, file, how);
    if (!position) continue;
    if (position.size > 0) inputs.push({ path: file.path, size: position.size });
    prepared.add(file, position, position.size);
  }
  if (inputs.length > 0) prepared.input = { kind: isDocument ? 'documents' : 'files', files: inputs };
  return prepared;
}

/** Whole files in frames: for a server, and for paths that the engine would misread. */
export async function prepareFramedFiles(files: FileState[], how: Preparing): Promise<PreparedBatch> {
  const prepared = new PreparedBatch();
  const path = how.spool.newPath('.frames');
  let frames: FrameWriter | undefined;
  try {
    for (const file of files) {
      if (prepared.bytes >= how.limits.firstBatchBytes) {
        prepared.again.push({ file, inMs: 0 });
        continue;
      }
      const position = endPosition(prepared, file, how);
      if (!position) continue;
      if (position.size > 0) frames ??= await FrameWriter.create(path);
      if (frames && position.size > 0) await addFrames(frames, file.path, position.size, how);
      prepared.add(file, position, position.size);
    }
  } finally {
    await frames?.close();
  }
  const paths = prepared.moves.map(({ file }) => file.path);
  if (frames) prepared.input = { kind: 'frames', spool: path, paths };
  return prepared;
}

/** Frames a file in pieces of whole lines; a record longer than may be read stays with its piece. */
async function addFrames(frames: FrameWriter, path: string, size: number, how: Preparing): Promise<void> {
  const file = openSync(path, 'r');
  try {
    if (how.format.layout === 'document') {
      await frames.add({ path, base: 0, content: readAtSync(file, 0, size) });
      return;
    }
    let base = 0;
    let length = how.limits.chunkBytes;
    for (let at = 0; at < size;) {
      const bytes = readAtSync(file, at, Math.min(length, size - at));
      const last = at + bytes.length >= size || length >= how.limits.recordBytes;
      const end = last ? bytes.length : bytes.lastIndexOf(10) + 1;
      if (bytes.length === 0) return;
      if (end > 0) base += await frames.add({ path, base, content: bytes.subarray(0, end) });
      at += end;
      length = end > 0 ? how.limits.chunkBytes : length * 4;
    }
  } finally {
    closeSync(file);
  }
}

/** The position of a file when all of it as it is now is stored. Taken before the engine reads it. */
export function endPosition(prepared: PreparedBatch, file: FileState, how: Preparing): Position | undefined {
  try {
    const handle = openSync(file.path, 'r');
    try {
      const seen = seenOf(fstatSync(handle, { bigint: true }));
      const head = readAtSync(handle, 0, Math.min(fingerprintBytes(how.format.layout), seen.size));
      const isOther = file.position.readTo > 0 && !beginsAs(head, file.position.fingerprint);
      if (isOther && file.root?.format === 'auto') {
        prepared.changedKind.push(file);
        return undefined;
      }
      if (how.format.layout === 'document') {
        if (!isReadable(prepared, file, handle, seen.size, how)) return undefined;
        return { ...stampOf(seen), ...wholeOf(seen.size), fingerprint: digest(head) };
      }
      const { offset, tail } = lastLine(handle, seen.size);
      const lines = offset === 0 ? { lines: 0 } : {};
      return { ...stampOf(seen), ...lines, offset, readTo: seen.size, fingerprint: digest(head), tail };
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    prepared.failed(file, error);
    return undefined;
  }
}

/** Of a file that is read whole: all of it. */
export function wholeOf(size: number): Pick<Position, 'offset' | 'readTo' | 'tail'> {
  return { offset: size, readTo: size, tail: NOTHING };
}

/** Whether a document can be read now; says why not, or when it is to be looked at again. */
function isReadable(
  prepared: PreparedBatch,
  file: FileState,
  handle: number,
  size: number,
  how: Preparing,
): boolean {
  if (size > DOCUMENT_BYTES) {
    file.unrecognised =
      `It has ${Math.ceil(size / 1024 / 1024)} MiB. A document is read whole, up to ` +
      `${DOCUMENT_BYTES / 1024 / 1024} MiB.`;
    return false;
  }
  const left = file.changedAt + how.limits.unfinishedDocumentMs - Date.now();
  if (size === 0 || left <= 0 || endsLikeDocument(handle, size)) return true;
  prepared.again.push({ file, inMs: Math.min(left, how.limits.wholeQuietMs) });
  return false;
}

/** An agent that rewrites its file leaves it cut off for a moment. */
function endsLikeDocument(handle: number, size: number): boolean {
  const from = Math.max(0, size - 256);
  return /[}\]]\s*$/.test(readAtSync(handle, from, size - from).toString('latin1'));
}

/** A last line is short as a rule; of a long one more and more is read. */
const FIRST_STEP = 4 * 1024;
const LONGEST_STEP = 1024 * 1024;

/** Where the last newline of the first `size` bytes ends, and what stands before it. */
function lastLine(handle: number, size: number): Pick<Position, 'offset' | 'tail'> {
  let step = FIRST_STEP;
  for (let end = size; end > 0; end -= step, step = Math.min(step * 4, LONGEST_STEP)) {
    const from = Math.max(0, end - step);
    const newline = readAtSync(handle, from, end - from).lastIndexOf(10);
    if (newline === -1) continue;
    const offset = from + newline + 1;
    const before = Math.min(TAIL_BYTES, offset);
    const bytes = readAtSync(handle, offset - before, before);
    return { offset, tail: digestBefore(bytes, bytes.length) };
  }
  return { offset: 0, tail: digest(Buffer.alloc(0)) };
}

function readAtSync(handle: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(handle, buffer, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}
