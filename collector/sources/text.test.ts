import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, utf8 } from './text.ts';

async function read(bytes: Buffer, size: number): Promise<Buffer> {
  async function* chunks(): Bytes {
    for (let at = 0; at < bytes.length; at += size)
      yield await Promise.resolve(bytes.subarray(at, at + size));
  }
  const all: Buffer[] = [];
  for await (const chunk of utf8(chunks())) all.push(chunk);
  return Buffer.concat(all);
}

const size = fc.integer({ min: 1, max: 9 });

describe('text', () => {
  it('that is UTF-8 stays as it is, wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), size, async (text, chunk) => {
        expect((await read(Buffer.from(text), chunk)).toString()).toBe(text);
      }),
    );
  });

  it.each([
    ['José', 'José'],
    ['50\x80 \x93quoted\x94', '50€ “quoted”'],
    ['\xe9', 'é'],
    ['\xe9\xe9\xe9x', 'éééx'],
  ])('in Windows-1252 is understood: %j', async (bytes, text) => {
    for (const chunk of [1, 2, 100])
      expect((await read(Buffer.from(bytes, 'latin1'), chunk)).toString()).toBe(text);
  });

  it('of both kinds keeps both', async () => {
    const bytes = Buffer.concat([Buffer.from('José '), Buffer.from('José', 'latin1'), Buffer.from(' 😀')]);
    expect((await read(bytes, 3)).toString()).toBe('José José 😀');
  });

  it('of any bytes comes out as UTF-8, with every ASCII character and line in its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), size, async (bytes, chunk) => {
        const text = (await read(Buffer.from(bytes), chunk)).toString();
        expect(text).not.toContain('\ufffd');
        const ascii = [...bytes].filter((byte) => byte < 128);
        // eslint-disable-next-line no-control-regex
        expect([...text.replaceAll(/[^\u0000-\u007f]/g, '')].map((one) => one.charCodeAt(0))).toEqual(ascii);
      }),
    );
  });
});
