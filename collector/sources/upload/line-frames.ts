/** Cuts a received file into frames of whole lines, and those into batches. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { FrameWriter } from '../../store/frames.ts';

const FRAME_BYTES = 8 * 1024 * 1024;
/** A line must fit into memory; no agent writes longer ones. */
export const LONGEST_LINE_BYTES = 256 * 1024 * 1024;
/** So much of a longer one is kept: no whole object, so it is rejected, with its number and beginning. */
const BEGINNING_BYTES = 1000;
const NEWLINE = Buffer.from('\n');

export interface FramedBatch {
  spool: string;
  bytes: number;
  /** Whether another one follows. */
  moreFollows: boolean;
}

/**
 * Frames of `path`, called `origin`, one spool file after another; each is deleted when the next is
 * asked for. A last line without a newline is complete here, because the upload is.
 *
 * @param batchBytes a batch ends after so many bytes; Infinity for one batch
 */
export async function* framedBatches(
  path: string,
  origin: string,
  spool: string,
  batchBytes: number,
): AsyncGenerator<FramedBatch> {
  const frames = wholeLines(path);
  let base = 0;
  for (let next = await frames.next(); !next.done;) {
    const writer = await FrameWriter.create(spool);
    try {
      while (!next.done && writer.contentBytes < batchBytes) {
        base += await writer.add({ path: origin, base, content: next.value });
        next = await frames.next();
      }
    } finally {
      await writer.close();
    }
    try {
      yield { spool, bytes: writer.contentBytes, moreFollows: !next.done };
    } finally {
      await rm(spool, { force: true });
    }
  }
}

/**
 * The bytes of a file in pieces of about {@link FRAME_BYTES} that end with a newline. Of a line longer
 * than `lineBytes` only the beginning is given.
 */
export async function* wholeLines(
  path: string,
  frameBytes = FRAME_BYTES,
  lineBytes = LONGEST_LINE_BYTES,
): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let skipping = false;
  for await (const data of createReadStream(path, { highWaterMark: Math.min(frameBytes, 1024 * 1024) })) {
    let chunk = data as Buffer;
    if (skipping) {
      const newline = chunk.indexOf(10);
      if (newline === -1) continue;
      skipping = false;
      chunk = chunk.subarray(newline + 1);
    }
    const end = pendingBytes + chunk.length >= frameBytes ? chunk.lastIndexOf(10) + 1 : 0;
    if (end > 0) {
      yield Buffer.concat([...pending, chunk.subarray(0, end)]);
      pending = [];
      pendingBytes = 0;
    }
    pending.push(chunk.subarray(end));
    pendingBytes += chunk.length - end;
    if (pendingBytes <= Math.max(frameBytes, lineBytes)) continue;
    // whole lines are given away as soon as there are enough, so these bytes are one line
    yield Buffer.concat([beginningOf(pending), NEWLINE]);
    pending = [];
    pendingBytes = 0;
    skipping = true;
  }
  if (pendingBytes > 0) {
    const rest = Buffer.concat(pending);
    yield rest.at(-1) === 10 ? rest : Buffer.concat([rest, NEWLINE]);
  }
}

/** A copy, so that the rest can go. */
function beginningOf(pending: readonly Buffer[]): Buffer {
  const first: Buffer[] = [];
  for (let bytes = 0, i = 0; bytes < BEGINNING_BYTES && i < pending.length; i++) {
    first.push(pending[i]!.subarray(0, BEGINNING_BYTES - bytes));
    bytes += first.at(-1)!.length;
  }
  return Buffer.concat(first);
}
