import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/store.ts';
import { framedBatches, wholeLines } from './line-frames.ts';

const folder = temporaryFolder('lines');
afterAll(() => folder.remove());
const path = join(folder.path, 'body');

async function pieces(text: string, frameBytes: number): Promise<string[]> {
  writeFileSync(path, text);
  const all: string[] = [];
  for await (const piece of wholeLines(path, frameBytes)) all.push(piece.toString());
  return all;
}

describe('whole lines', () => {
  it.each([1, 2, 3, 5, 8, 100])('are never cut, in pieces of about %d bytes', async (frameBytes) => {
    const text = 'a\nbbbb\n\nccccccccccccc\nd\n';
    const all = await pieces(text, frameBytes);
    expect(all.join('')).toBe(text);
    for (const piece of all) expect(piece.endsWith('\n')).toBe(true);
  });

  it('end with a newline even where the file does not', async () => {
    expect(await pieces('a\nb', 100)).toEqual(['a\nb\n']);
    expect(await pieces('', 100)).toEqual([]);
  });
});

describe('batches of frames', () => {
  it('go on counting lines, and leave no file behind', async () => {
    writeFileSync(path, `${'x'.repeat(999)}\n`.repeat(20_000));
    const spool = join(folder.path, 'frames');
    const bases: bigint[] = [];
    let bytes = 0;
    for await (const batch of framedBatches(path, 'name', spool, 8 * 1024 * 1024)) {
      bases.push(readFileSync(spool).readBigUInt64LE(5));
      bytes += batch.bytes;
    }
    expect(bytes).toBe(20_000_000);
    expect(bases[0]).toBe(0n);
    expect(bases.length).toBe(2);
    expect(bases[1]).toBeGreaterThan(8000n);
    expect(existsSync(spool)).toBe(false);
  });
});
