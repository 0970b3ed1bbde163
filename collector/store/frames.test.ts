import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import { type EmbeddedEngine, openEmbedded } from './embedded.ts';
import { countNewlines, FrameWriter } from './frames.ts';

const folder = temporaryFolder('frames');
let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await openEmbedded({ path: join(folder.path, 'store'), poolThreads: 12, maxThreads: 1 });
});
afterAll(async () => {
  await engine.close();
  folder.remove();
});

async function readBack(spool: string): Promise<unknown[]> {
  const source = { kind: 'frames', spool } as const;
  return await engine.rowsFrom(
    source,
    ({ from }) => `SELECT path, base, complete, hex(content) AS content FROM ${from}`,
  );
}

describe('frames', () => {
  it('arrive in the engine byte for byte', async () => {
    let files = 0;
    const frame = fc.record({
      path: fc.string({ unit: 'grapheme', maxLength: 300 }),
      base: fc.integer({ min: 0, max: 2 ** 40 }),
      content: fc
        .array(fc.constantFrom('a', '\n', 'é', '\0', '{"x":1}\n'), { maxLength: 200 })
        .map((parts) => Buffer.from(parts.join(''))),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (frames) => {
        const spool = join(folder.path, `frames-${files++}`);
        const writer = await FrameWriter.create(spool);
        for (const each of frames) expect(await writer.add(each)).toBe(countNewlines(each.content));
        await writer.close();
        expect(writer.frames).toBe(frames.length);
        expect(await readBack(spool)).toEqual(
          frames.map(({ path, base, content }) => ({
            path,
            base,
            complete: countNewlines(content),
            content: content.toString('hex').toUpperCase(),
          })),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('may be larger than what is gathered before writing', async () => {
    const spool = join(folder.path, 'large');
    const writer = await FrameWriter.create(spool);
    const content = Buffer.from(`${'x'.repeat(99)}\n`.repeat(60_000));
    for (let base = 0; base < 2; base++) await writer.add({ path: 'a', base, content });
    await writer.close();
    expect(writer.contentBytes).toBe(12_000_000);
    const rows = await engine.rowsFrom(
      { kind: 'frames', spool },
      ({ from }) => `SELECT count() AS n, sum(length(content)) AS bytes, sum(complete) AS lines FROM ${from}`,
    );
    expect(rows).toEqual([{ n: 2, bytes: 12_000_000, lines: 120_000 }]);
  });
});
