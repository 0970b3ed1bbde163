import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../text.ts';
import { decodeContent, unpackFile } from './decode.ts';
import { windowSize, ZstdStream } from './zstd.ts';

const TEXT = 'a,b\n1,2\n';
const hasZstd = spawnSync('zstd', ['--version']).error === undefined;

/** Chunks of `size` bytes, so that every boundary is met. */
async function* chunks(bytes: Buffer, size: number): Bytes {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function collect(bytes: Bytes): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of bytes) all.push(chunk);
  return Buffer.concat(all);
}

const received = async (bytes: Buffer, encoding?: string, size = 3): Promise<Buffer> =>
  collect(await unpackFile(decodeContent(chunks(bytes, size), encoding)));

/** A zstd frame with one uncompressed block: RFC 8878, 3.1.1. */
function storedZstd(text: string): Buffer {
  const content = Buffer.from(text);
  const block = (content.length << 3) | 1;
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0x20, content.length, block & 255, (block >> 8) & 255, block >> 16];
  return Buffer.concat([Buffer.from(head), content]);
}

describe('the bytes of a body', () => {
  it.each([
    ['as they are', Buffer.from(TEXT), undefined],
    ['with identity', Buffer.from(TEXT), 'identity'],
    ['with gzip', gzipSync(TEXT), 'gzip'],
    ['with br', brotliCompressSync(TEXT), 'br'],
    ['with zstd', storedZstd(TEXT), 'zstd'],
    ['with two codings, the last applied last', brotliCompressSync(gzipSync(TEXT)), 'gzip, br'],
    ['packed in gzip without saying so', gzipSync(TEXT), undefined],
    ['packed in zstd without saying so', storedZstd(TEXT), undefined],
    ['packed in gzip and sent with br', brotliCompressSync(gzipSync(TEXT)), 'br'],
    ['with a byte order mark', Buffer.from(`\uFEFF${TEXT}`), undefined],
    ['as UTF-16', Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), undefined],
    ['as UTF-16 with the high byte first', Buffer.from(`\uFEFF${TEXT}`, 'utf16le').swap16(), undefined],
    ['as UTF-16 in gzip', gzipSync(Buffer.from(`\uFEFF${TEXT}`, 'utf16le')), undefined],
  ])('come out %s', async (_title, bytes, encoding) => {
    expect((await received(bytes, encoding)).toString()).toBe(TEXT);
    expect((await received(bytes, encoding, 1 << 16)).toString()).toBe(TEXT);
  });

  it.each([
    ['cut-off gzip', gzipSync(TEXT).subarray(0, 15), 'gzip', 400],
    ['text that says gzip', Buffer.from(TEXT), 'gzip', 400],
    ['text that says br', Buffer.from('\xff\xff\xff\xff'), 'br', 400],
    ['text that says zstd', Buffer.from(TEXT.repeat(9)), 'zstd', 400],
    ['cut-off zstd', storedZstd(TEXT).subarray(0, 14), 'zstd', 400],
    ['an unknown coding', Buffer.from(TEXT), 'compress', 415],
    ['a zip archive', Buffer.from('PK\x03\x04\x14\0\0\0'), undefined, 415],
    ['a zip archive in gzip', gzipSync('PK\x03\x04\x14\0\0\0'), undefined, 415],
    ['bzip2', Buffer.from('BZh91AY&SY'), undefined, 415],
  ])('are refused as %s', async (_title, bytes, encoding, status) => {
    await expect(received(bytes, encoding)).rejects.toMatchObject({ name: 'UploadProblem', status });
  });

  it('fail as their source fails, not as bad compression', async () => {
    async function* broken(): Bytes {
      yield gzipSync(TEXT).subarray(0, 12);
      throw await Promise.resolve(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    }
    await expect(collect(decodeContent(broken(), 'gzip'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe.skipIf(!hasZstd)(hasZstd ? 'zstd without Node' : 'zstd (skipped: no zstd tool)', () => {
  const zstd = (input: Buffer, ...options: string[]): Buffer =>
    spawnSync('zstd', ['-c', ...options], { input, maxBuffer: 1 << 28 }).stdout;

  it.each([1, 7, 1000, 65_536])('reads several frames in chunks of %d bytes', async (size) => {
    const noise = randomBytes(20_000).toString('hex');
    const bytes = Buffer.concat([zstd(Buffer.from(noise)), zstd(Buffer.from(TEXT.repeat(1000)), '-19')]);
    const out: Buffer[] = [];
    const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => (out.push(chunk), done()) });
    await pipeline(Readable.from(chunks(bytes, size)), new ZstdStream(), sink);
    expect(Buffer.concat(out).toString() === noise + TEXT.repeat(1000)).toBe(true);
  });

  it('does not run ahead of a slow reader, however much a chunk holds', async () => {
    const bomb = zstd(Buffer.alloc(200 * 1024 * 1024), '-3');
    const stream = new ZstdStream();
    stream.write(bomb);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(stream.readableLength).toBeLessThan(64 * 1024 * 1024);
    stream.destroy();
  });

  it('refuses a window that would take gigabytes', async () => {
    const wide = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, ...new Array<number>(20).fill(0)]);
    expect(windowSize(wide)).toBe(2 ** 31);
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
    await expect(pipeline(Readable.from([wide]), new ZstdStream(), sink)).rejects.toThrow('128 MiB');
  });
});
