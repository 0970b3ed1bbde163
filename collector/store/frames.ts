/**
 * Frames: whole lines of many files in one spool file, each with where it came from. The bytes of
 * the lines are not touched. On disk a frame is a RowBinary row, which the engine reads from a file
 * and a server from a request body:
 *
 *   path String, base UInt64, complete UInt32, content String
 *
 * `base`: lines of the file before this frame. `complete`: lines of the frame that end with a
 * newline; a last line without one may be unfinished, so failing to read it is no rejection.
 */
import { type FileHandle, open } from 'node:fs/promises';

export interface Frame {
  path: string;
  base: number;
  content: Buffer;
}

export class FrameWriter {
  readonly path: string;
  #file: FileHandle;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Bytes of content written. */
  contentBytes = 0;
  frames = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  static async create(path: string): Promise<FrameWriter> {
    return new FrameWriter(path, await open(path, 'w'));
  }

  /** @returns the number of complete lines in the frame. */
  async add(frame: Frame): Promise<number> {
    const complete = countNewlines(frame.content);
    const path = Buffer.from(frame.path);
    const numbers = Buffer.alloc(12);
    numbers.writeBigUInt64LE(BigInt(frame.base), 0);
    numbers.writeUInt32LE(complete, 8);
    // what is small is joined; the content, which may be a record of many megabytes, is not copied
    this.#pending.push(
      Buffer.concat([varint(path.length), path, numbers, varint(frame.content.length)]),
      frame.content,
    );
    this.#pendingBytes += frame.content.length;
    this.contentBytes += frame.content.length;
    this.frames++;
    if (this.#pendingBytes > 4 * 1024 * 1024) await this.#flush();
    return complete;
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#file.close();
    }
  }

  async #flush(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    for (const bytes of pending) await this.#file.writeFile(bytes);
  }
}

export function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

/** LEB128, as ClickHouse writes lengths. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
