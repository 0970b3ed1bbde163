/** What is new in a growing file of lines, after making sure that it is still the file it was. */
import { type FileHandle, open } from 'node:fs/promises';
import { type Position, seenOf, START, stampOf } from './file-state.ts';
import { beginsAs, digest, digestBefore, same, TAIL_BYTES } from './fingerprint.ts';

export interface ReadingRules {
  fingerprintBytes: number;
  chunkBytes: number;
  /** A longer record is passed over. */
  recordBytes: number;
  /** Whether a last record without a newline is to be tried. */
  unfinished: boolean;
}

export interface NewBytes {
  /** Whole lines, and a last one without a newline where that is to be tried. Empty: nothing new. */
  content: Buffer;
  /** Where the content begins. */
  from: Position;
  /** The position when the content is stored; `lines` is that of `from`. */
  next: Position;
  /** More can be read at once. */
  more: boolean;
  /** There is a last record without a newline that was not read. */
  unfinished: boolean;
  /** A record that is too long begins here. */
  tooLong?: { offset: number; excerpt: string };
}

/** Reads on from a position, or from the start when the file is another one now. */
export async function readNewBytes(path: string, known: Position, rules: ReadingRules): Promise<NewBytes> {
  const file = await open(path, 'r');
  try {
    const seen = seenOf(await file.stat({ bigint: true }));
    const head = await readAt(file, 0, Math.min(rules.fingerprintBytes, seen.size));
    const window = await openWindow(file, seen.size, head, known, rules.chunkBytes);
    if (window.from.skipping) return afterSkipping(window, head, seen);
    return await wholeLines(file, window, { head, seen, rules });
  } finally {
    await file.close();
  }
}

interface Window {
  from: Position;
  /** Some bytes before the position, for the next tail, and those after it. */
  bytes: Buffer;
  /** Where the position is in them. */
  start: number;
  size: number;
}

interface Look {
  head: Buffer;
  seen: { size: number; mtimeMs: number };
  rules: ReadingRules;
}

async function openWindow(
  file: FileHandle,
  size: number,
  head: Buffer,
  known: Position,
  chunk: number,
): Promise<Window> {
  if (known.offset > 0 && known.offset <= size && beginsAs(head, known.fingerprint)) {
    const start = Math.min(TAIL_BYTES, known.offset);
    const bytes = await readAt(file, known.offset - start, start + Math.min(chunk, size - known.offset));
    if (same(bytes.subarray(0, start), known.tail)) return { from: known, bytes, start, size };
  }
  return { from: START, bytes: await readAt(file, 0, Math.min(chunk, size)), start: 0, size };
}

async function wholeLines(file: FileHandle, window: Window, look: Look): Promise<NewBytes> {
  const { from, start, size } = window;
  let { bytes } = window;
  let end = bytes.lastIndexOf(10) + 1;
  // A record longer than a chunk: more and more of it, as long as it may be read at all.
  while (end <= start && from.offset + bytes.length - start < size) {
    const length = bytes.length - start;
    if (length >= look.rules.recordBytes) return tooLong(window, bytes, look);
    const wanted = Math.min(length * 4, look.rules.recordBytes, size - from.offset);
    const longer = await readAt(file, from.offset - start, start + wanted);
    if (longer.length <= bytes.length) break;
    bytes = longer;
    end = bytes.lastIndexOf(10) + 1;
  }
  end = Math.max(end, start);
  const atEnd = from.offset + bytes.length - start >= size;
  const rest = atEnd ? bytes.subarray(end) : undefined;
  const isRecord = rest !== undefined && endsLikeRecord(rest);
  const isUnread = isRecord && size > from.readTo;
  const taken = isUnread && look.rules.unfinished;
  const next = moved(from, bytes, start, end, look);
  // What is left to read must be found again after a crash, though the file will not have changed.
  if (!atEnd || (isUnread && !taken)) next.mtimeMs = -1;
  if (taken || (isRecord && !isUnread)) next.readTo = from.offset + bytes.length - start;
  return {
    content: bytes.subarray(start, taken ? bytes.length : end),
    from,
    next,
    more: !atEnd,
    unfinished: isUnread && !taken,
  };
}

/** The position at `end` of the bytes. */
function moved(
  from: Position,
  bytes: Buffer,
  start: number,
  end: number,
  look: Pick<Look, 'head' | 'seen'>,
): Position {
  const offset = from.offset + end - start;
  return {
    ...from,
    ...stampOf(look.seen),
    offset,
    readTo: offset,
    fingerprint: digest(look.head),
    tail: end === start ? from.tail : digestBefore(bytes, end),
  };
}

function tooLong(window: Window, bytes: Buffer, look: Look): NewBytes {
  const { from, start } = window;
  return {
    content: bytes.subarray(0, 0),
    from,
    next: { ...moved(from, bytes, start, bytes.length, look), mtimeMs: -1, skipping: true },
    more: true,
    unfinished: false,
    tooLong: { offset: from.offset, excerpt: bytes.toString('utf8', start, start + 500) },
  };
}

/** Passes over the rest of a record that is too long. */
function afterSkipping(window: Window, head: Buffer, seen: Look['seen']): NewBytes {
  const { from, bytes, start, size } = window;
  const newline = bytes.indexOf(10, start);
  const end = newline === -1 ? bytes.length : newline + 1;
  const next = moved(from, bytes, start, end, { head, seen });
  if (newline !== -1) {
    delete next.skipping;
    if (next.lines !== undefined) next.lines++;
  }
  const more = next.offset < size && end > start;
  if (more) next.mtimeMs = -1;
  return { content: bytes.subarray(0, 0), from, next, more, unfinished: false };
}

/** Whether bytes without a newline may be a whole record: agents' lines are objects. */
function endsLikeRecord(rest: Buffer): boolean {
  let end = rest.length;
  while (end > 0 && rest[end - 1]! <= 32) end--;
  return end > 0 && rest[end - 1] === 125;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
