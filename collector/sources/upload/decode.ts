/**
 * From the bytes of a body to the bytes of a file: undoes Content-Encoding, then whatever the file
 * itself is packed in, then makes it UTF-8. All as a stream; nothing is kept.
 */
import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { type Bytes, plainText } from '../text.ts';
import { UploadProblem } from './problem.ts';
import { zstdDecompressor } from './zstd.ts';

const CHUNK = { chunkSize: 64 * 1024 };

/** Undoes the codings of a Content-Encoding header, the last first. Throws for one that is unknown. */
export function decodeContent(source: Bytes, header: string | undefined): Bytes {
  const codings = (header ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  let bytes = source;
  for (const coding of codings.reverse()) {
    if (coding === '' || coding === 'identity') continue;
    bytes = decompress(bytes, coding, decompressorOf(coding));
  }
  return bytes;
}

function decompressorOf(coding: string): Transform {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(CHUNK);
    case 'br':
      return createBrotliDecompress(CHUNK);
    case 'zstd':
      return zstdDecompressor();
    default:
      throw new UploadProblem(
        'unsupported-encoding',
        `Content-Encoding is ${JSON.stringify(coding.slice(0, 40))}; it can be gzip, br, zstd or identity.`,
      );
  }
}

/** The file inside: `curl -T usage.csv.gz` sends packed bytes without saying so. */
export async function unpackFile(source: Bytes): Promise<Bytes> {
  const outer = await peek(source, 8);
  const packed = compressionOf(outer.head);
  const inner = packed ? await peek(decompress(outer.bytes, packed, decompressorOf(packed)), 8) : outer;
  if (packed && compressionOf(inner.head))
    throw new UploadProblem(
      'unsupported-file',
      `the file is packed twice, in ${packed} and in that once more. Unpack it and send what is in it.`,
    );
  refuseArchives(inner.head);
  return plainText(inner);
}

function compressionOf(head: Buffer): string | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return undefined;
}

function refuseArchives(head: Buffer): void {
  const starts = (magic: string): boolean => head.toString('latin1').startsWith(magic);
  if (starts('PK\x03\x04'))
    throw new UploadProblem(
      'unsupported-file',
      'the file is a ZIP archive or a spreadsheet (.xlsx). Unpack it and send each file by itself, such as ' +
        '`unzip -p export.zip usage.csv | curl -T - URL`; save a spreadsheet as CSV first.',
    );
  const other = starts('BZh') ? 'bzip2' : starts('\xfd7zXZ') ? 'xz' : starts('7z\xbc\xaf') ? '7z' : '';
  if (other !== '')
    throw new UploadProblem(
      'unsupported-file',
      `the file is packed with ${other}. Unpack it first; gzip and zstd can be sent as they are.`,
    );
}

/** Tells what the sender packed wrongly from a sender who went away. */
async function* decompress(source: Bytes, coding: string, transform: Transform): Bytes {
  const watched = watch(source);
  // the error, if any, arrives where the transform is read
  const output = pipeline(Readable.from(watched.bytes), transform, () => undefined);
  try {
    for await (const chunk of output) yield chunk as Buffer;
  } catch (error) {
    if (watched.failed() || error instanceof UploadProblem) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UploadProblem(
      'bad-encoding',
      `the body is not valid ${coding} (${reason}). Check that the file is whole and that Content-Encoding names how it is packed.`,
    );
  }
}

/**
 * Bytes that remember whether it was their source that failed. A stream around them throws its own
 * errors into them as well, so only asking the source for more counts.
 */
export function watch(source: Bytes): { bytes: Bytes; failed: () => boolean } {
  let failed = false;
  async function* bytes(): Bytes {
    const iterator = source[Symbol.asyncIterator]();
    const next = (): Promise<IteratorResult<Buffer>> =>
      iterator.next().catch((error: unknown) => {
        failed = true;
        throw error;
      });
    try {
      for (let one = await next(); !one.done; one = await next()) yield one.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { bytes: bytes(), failed: () => failed };
}

export interface Peeked {
  head: Buffer;
  /** Everything, the head included. */
  bytes: Bytes;
}

/** Looks at the first bytes of a stream. */
export async function peek(source: Bytes, count: number): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  for (let size = 0; size < count;) {
    const next = await iterator.next();
    if (next.done) break;
    chunks.push(next.value);
    size += next.value.length;
  }
  const head = Buffer.concat(chunks);
  async function* all(): Bytes {
    try {
      if (head.length > 0) yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, bytes: all() };
}
