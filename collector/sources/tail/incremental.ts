/** Batches of what is new in growing files of lines. */
import { FrameWriter } from '../../store/frames.ts';
import { completeLines } from '../../store/rejections.ts';
import type { FileState, Position } from './file-state.ts';
import { fingerprintBytes } from './fingerprint.ts';
import { readNewBytes } from './new-bytes.ts';
import { PreparedBatch, type Preparing } from './prepared-batch.ts';

/** Frames the new bytes of as many of the files as fit; the others are to be looked at again. */
export async function prepareNewBytes(files: FileState[], how: Preparing): Promise<PreparedBatch> {
  const prepared = new PreparedBatch();
  const batchBytes = how.firstPass ? how.limits.firstBatchBytes : how.limits.batchBytes;
  const path = how.spool.newPath('.frames');
  let frames: FrameWriter | undefined;
  const lines = new LinesBefore();
  const paths: string[] = [];
  try {
    for (const file of files) {
      if (prepared.bytes >= batchBytes) {
        prepared.again.push({ file, inMs: 0 });
        continue;
      }
      const add = async (base: number, content: Buffer) => {
        frames ??= await FrameWriter.create(path);
        return await frames.add({ path: file.path, base, content });
      };
      try {
        if (await addNewBytes(prepared, file, how, lines, add)) paths.push(file.path);
      } catch (error) {
        prepared.failed(file, error);
      }
    }
  } finally {
    await frames?.close();
  }
  if (frames) prepared.input = { kind: 'frames', spool: path, linesBefore: (of) => lines.of(of), paths };
  return prepared;
}

/** @returns whether the file is read from its start */
async function addNewBytes(
  prepared: PreparedBatch,
  file: FileState,
  how: Preparing,
  lines: LinesBefore,
  add: (base: number, content: Buffer) => Promise<number>,
): Promise<boolean> {
  const { limits } = how;
  const quietFor = Date.now() - file.changedAt;
  const { content, from, next, more, unfinished, tooLong } = await readNewBytes(file.path, file.position, {
    fingerprintBytes: fingerprintBytes(how.format.layout),
    chunkBytes: limits.chunkBytes,
    recordBytes: limits.recordBytes,
    unfinished: quietFor >= limits.unfinishedQuietMs,
  });
  if (from !== file.position && file.position.offset > 0 && file.root?.format === 'auto') {
    prepared.changedKind.push(file);
    return false;
  }
  if (content.length > 0) {
    const complete = await add(from.lines ?? 0, content);
    if (from.lines !== undefined) next.lines = from.lines + complete;
    else lines.expect(file.path, from, next, complete);
  }
  prepared.add(file, next, content.length);
  if (more) prepared.again.push({ file, inMs: 0 });
  else if (unfinished) prepared.again.push({ file, inMs: Math.max(1, limits.unfinishedQuietMs - quietFor) });
  if (tooLong) prepared.tooLong.push({ file, ...tooLong });
  return from.offset === 0;
}

/**
 * Lines before a frame, for files whose beginning the engine read, so that nobody has counted them.
 * Asked for only where a record was rejected; the count is remembered with the position.
 */
class LinesBefore {
  readonly #unknown = new Map<string, { from: Position; next: Position; complete: number }>();

  expect(path: string, from: Position, next: Position, complete: number): void {
    this.#unknown.set(path, { from, next, complete });
  }

  async of(path: string): Promise<number> {
    const file = this.#unknown.get(path);
    if (!file) return 0;
    // A number for people must not hold up what was read.
    const before = await completeLines(path, file.from.offset).catch(() => 0);
    file.next.lines = before + file.complete;
    return before;
  }
}
