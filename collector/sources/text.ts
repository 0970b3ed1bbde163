/** From the bytes of a file to UTF-8 without a byte order mark. What is no text passes as it is. */
import { isUtf8 } from 'node:buffer';

export type Bytes = AsyncIterable<Buffer>;

/** Parquet, SQLite, and what begins with control characters, as most that is no text does. */
// eslint-disable-next-line no-control-regex
const BINARY = /^(?:PAR1|SQLite f|[^]{0,7}[\0-\x08\x0e-\x1f])/;

/**
 * @param head the first 8 bytes or more
 * @param bytes everything, the head included
 */
export function plainText({ head, bytes }: { head: Buffer; bytes: Bytes }): Bytes {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return utf8(skip(bytes, 3));
  if (head[0] === 0xff && head[1] === 0xfe) return transcode(bytes, 'utf-16le');
  if (head[0] === 0xfe && head[1] === 0xff) return transcode(bytes, 'utf-16be');
  return BINARY.test(head.toString('latin1', 0, 8)) ? bytes : utf8(bytes);
}

async function* skip(source: Bytes, count: number): Bytes {
  let left = count;
  for await (const chunk of source) {
    const rest = chunk.subarray(left);
    left -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

async function* transcode(source: Bytes, encoding: 'utf-16le' | 'utf-16be'): Bytes {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of source) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield Buffer.from(text);
  }
  const rest = decoder.decode();
  if (rest !== '') yield Buffer.from(rest);
}

/**
 * Excel saves "CSV" in Windows-1252 (of which Latin-1 is a part), and one é in a name must not cost its
 * row. So bytes that are no UTF-8 are read as that; what is UTF-8 stays as it is, also beside them.
 */
export async function* utf8(source: Bytes): Bytes {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = bytes.length - unfinished(bytes);
    rest = bytes.subarray(end);
    if (end > 0) yield mended(bytes.subarray(0, end));
  }
  if (rest.length > 0) yield mended(rest);
}

function mended(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes;
  const parts: Buffer[] = [];
  let good = 0;
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (length === 0) {
      parts.push(bytes.subarray(good, at), WINDOWS_1252[bytes[at]! - 0x80]!);
      good = at + 1;
    }
    at += length || 1;
  }
  return Buffer.concat([...parts, bytes.subarray(good)]);
}

/** Bytes at the end that may be the beginning of a character. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return expectedLength(byte) > back ? back : 0;
  }
  return 0;
}

/** The length of the character of UTF-8 that begins at `at`; 0 where none does. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = expectedLength(first);
  if (length === 0 || at + length > bytes.length) return 0;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

function expectedLength(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/** 0x80 to 0x9f of Windows-1252; what comes after is as in Unicode. Node 20 decodes it as Latin-1. */
const BELOW_A0 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Bytes from 0x80 on as UTF-8. */
const WINDOWS_1252: readonly Buffer[] = Array.from({ length: 128 }, (_, i) =>
  Buffer.from(BELOW_A0[i] ?? String.fromCharCode(0x80 + i)),
);
