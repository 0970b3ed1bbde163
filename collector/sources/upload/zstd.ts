/** Decompresses zstd as a stream: by Node where it does so safely (24 and later), else by fzstd. */
import { Transform, type TransformCallback } from 'node:stream';
import zlib from 'node:zlib';
import { Decompress } from 'fzstd';

/**
 * fzstd gives all blocks of a chunk at once, and four bytes can stand for a block of 128 KiB: fed in
 * slices this small, a bomb can hold 32 MiB before the size limit stops it.
 */
const SLICE_BYTES = 1024;
/** What the zstd tool itself accepts without being asked; fzstd would reserve up to 2 GiB. */
const LARGEST_WINDOW = 128 * 1024 * 1024;

/** Node 22 has zstd, but takes a body that was cut off for a whole one: rows would be lost in silence. */
const FIRST_SAFE_NODE = 24;

export function zstdDecompressor(): Transform {
  const isSafe = Number(process.versions.node.split('.')[0]) >= FIRST_SAFE_NODE;
  const native = isSafe && (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress;
  return native ? native() : new ZstdStream();
}

/** The same without help from Node. */
export class ZstdStream extends Transform {
  readonly #engine = new Decompress((bytes) => {
    if (bytes.length > 0) this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
  #head: Buffer | undefined = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let bytes = chunk;
    if (this.#head) {
      bytes = Buffer.concat([this.#head, chunk]);
      if (bytes.length < 18) {
        this.#head = bytes;
        return done();
      }
      this.#head = undefined;
      if (windowSize(bytes) > LARGEST_WINDOW) return done(new Error('the zstd window is over 128 MiB'));
    }
    this.#feed(bytes, 0, done);
  }

  override _flush(done: TransformCallback): void {
    try {
      this.#engine.push(this.#head ?? new Uint8Array(0), true);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  /** Waits between slices while nobody reads. */
  #feed(bytes: Buffer, from: number, done: TransformCallback): void {
    try {
      for (let at = from; at < bytes.length; at += SLICE_BYTES) {
        this.#engine.push(bytes.subarray(at, at + SLICE_BYTES));
        if (this.readableLength > 1024 * 1024) {
          this.#resume = () => this.#feed(bytes, at + SLICE_BYTES, done);
          return;
        }
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  #resume: (() => void) | undefined;

  override _read(size: number): void {
    const resume = this.#resume;
    this.#resume = undefined;
    if (resume) resume();
    else super._read(size);
  }
}

/** The window that the first frame asks for; 0 for a skippable frame. RFC 8878, 3.1.1.1. */
export function windowSize(frame: Buffer): number {
  if (frame.readUInt32LE(0) !== 0xfd2fb528) return 0;
  const descriptor = frame[4]!;
  const single = (descriptor & 0x20) !== 0;
  if (!single) {
    const exponent = frame[5]! >> 3;
    const base = 2 ** (10 + exponent);
    return base + (base / 8) * (frame[5]! & 7);
  }
  const at = 5 + [0, 1, 2, 4][descriptor & 3]!;
  switch (descriptor >> 6) {
    case 0:
      return frame[at]!;
    case 1:
      return frame.readUInt16LE(at) + 256;
    case 2:
      return frame.readUInt32LE(at);
    default:
      return Number(frame.readBigUInt64LE(at));
  }
}
