/** Cuts a received file into frames of whole lines, and those into batches. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { FrameWriter } from '../../store/frames.ts';
import { UploadProblem } from './problem.ts';

const FRAME_BYTES = 8 * 1024 * 1024;
/** A line must fit into memory; no agent writes longer ones. */
const LONGEST_LINE_BYTES = 256 * 1024 * 1024;
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

/** The bytes of a file in pieces of about {@link FRAME_BYTES} that end with a newline. */
export async function* wholeLines(path: string, frameBytes = FRAME_BYTES): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const data of createReadStream(path, { highWaterMark: Math.min(frameBytes, 1024 * 1024) })) {
    const chunk = data as Buffer;
    const end = pendingBytes + chunk.length >= frameBytes ? chunk.lastIndexOf(10) + 1 : 0;
    if (end > 0) {
      yield Buffer.concat([...pending, chunk.subarray(0, end)]);
      pending = [];
      pendingBytes = 0;
    }
    pending.push(chunk.subarray(end));
    pendingBytes += chunk.length - end;
    if (pendingBytes > LONGEST_LINE_BYTES) throw lineTooLong();
  }
  if (pendingBytes > 0) {
    const rest = Buffer.concat(pending);
    yield rest.at(-1) === 10 ? rest : Buffer.concat([rest, NEWLINE]);
  }
}

function lineTooLong(): UploadProblem {
  return new UploadProblem(
    'unsupported-file',
    'a line of the file is longer than 256 MiB. Records must stand on lines of their own; ' +
      "one JSON array becomes lines with jq -c '.[]'.",
  );
}
