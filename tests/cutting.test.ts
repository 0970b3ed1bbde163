/** Bytes cut anywhere, and damaged anywhere: records stay whole, and nothing throws but what is told. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { builtInFormats } from '../collector/formats/index.ts';
import { recogniseSample, sampleOf } from '../collector/formats/recognise.ts';
import type { Bytes } from '../collector/sources/text.ts';
import { unpackFile } from '../collector/sources/upload/decode.ts';
import { wholeLines } from '../collector/sources/upload/line-frames.ts';
import { readForm } from '../collector/sources/upload/multipart.ts';
import { UploadProblem } from '../collector/sources/upload/problem.ts';
import { repairTable } from '../collector/sources/repair.ts';
import { damage, damaged } from './fuzz/damage.ts';
import { quickly } from './fuzz/parameters.ts';
import { fixturesOf } from './fuzz/readers.ts';
import { temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('cutting');
afterAll(() => folder.remove());
const from = join(folder.path, 'from');
const to = join(folder.path, 'to');
const fixtures = await fixturesOf(builtInFormats);

const lines = fc.array(
  fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\n', ' ')),
  { maxLength: 30 },
);
const chunkSize = fc.integer({ min: 1, max: 40 });

async function* chunks(bytes: Buffer, size: number): Bytes {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function collect(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of bytes) all.push(chunk);
  return Buffer.concat(all);
}

describe('lines', () => {
  it('are given as they came, wherever the file is cut', async () => {
    await fc.assert(
      fc.asyncProperty(lines, chunkSize, fc.boolean(), async (all, size, ended) => {
        const text = all.join('\n') + (ended && all.length > 0 ? '\n' : '');
        writeFileSync(from, text);
        const pieces: string[] = [];
        for await (const piece of wholeLines(from, size)) pieces.push(piece.toString());
        expect(pieces.join('')).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`);
        for (const piece of pieces) expect(piece.endsWith('\n')).toBe(true);
      }),
      quickly(100),
    );
  });

  it('that are too long lose their rest, and no other line anything', async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(30), chunkSize, async (short, place, size) => {
        const all = short.toSpliced(place, 0, 'y'.repeat(5000));
        writeFileSync(from, `${all.join('\n')}\n`);
        const text = (await collect(wholeLines(from, size, 2000))).toString();
        const at = Math.min(place, short.length);
        expect(text).toBe(`${all.with(at, 'y'.repeat(1000)).join('\n')}\n`);
      }),
      quickly(50),
    );
  });
});

describe('repairing a table', () => {
  const table = { delimiter: ',' as const, columns: ['a', 'b', 'c'], headerLines: 1 };
  const repaired = async (text: string): Promise<string> => {
    writeFileSync(from, text);
    await repairTable(from, to, table);
    return readFileSync(to, 'utf8');
  };

  it('keeps every line in its place, and good records as they are', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ' ', 'é', '\r'), maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { maxLength: 20 }), async (odd) => {
        const whole = odd.flatMap((text, i) => [text, `${i},good,1`]);
        const text = `a,b,c\n${whole.map((line) => `${line}\n`).join('')}`;
        const after = await repaired(text);
        expect(after.split('\n')).toHaveLength(text.split('\n').length);
        // a quote that opens a cell may take the lines after it along, until it closes
        if (!odd.some((one) => one.includes('"')))
          for (const i of odd.keys()) expect(after).toContain(`\n${i},good,1\n`);
        // what was repaired needs no repair
        expect(await repaired(after)).toBe(after);
      }),
      quickly(100),
    );
  });
});

describe('a form', () => {
  const form = (file: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from('--bound\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'),
      file,
      Buffer.from('\r\n--bound\r\nContent-Disposition: form-data; name="dataset"\r\n\r\nd\r\n--bound--\r\n'),
    ]);
  const read = (bytes: Buffer, size: number) =>
    readForm(chunks(bytes, size), 'multipart/form-data; boundary=bound', collect);

  it('gives the bytes of its file, wherever it is cut', async () => {
    const file = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(file, chunkSize, async (bytes, size) => {
        fc.pre(!bytes.includes('--bound'));
        const found = await read(form(bytes), size);
        expect({ ...found, file: found.file.equals(bytes) }).toEqual({
          file: true,
          fileName: 'x.csv',
          settings: { dataset: 'd' },
        });
      }),
      quickly(100),
    );
  });

  it('that is damaged is read or refused with a sentence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), chunkSize, async (damages, size) => {
        const outcome = await read(damaged(form(Buffer.from('a,b\n1,2\n')), damages), size).catch(
          (error: unknown) => error,
        );
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(UploadProblem);
      }),
      quickly(100),
    );
  });
});

describe('recognition', () => {
  const at = (name: string) => ({ name, path: '' });
  it('of any bytes gives a format or a sentence, and so does unpacking them', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((one) => Buffer.from(one)),
      fc
        .string({
          unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '\n', 'a', '1', ' '),
          maxLength: 60,
        })
        .map((one) => Buffer.from(one)),
      ...['\x1f\x8b\x08', '\x28\xb5\x2f\xfd', 'SQLite format 3\0', 'PAR1', 'PK\x03\x04'].map((magic) =>
        fc.uint8Array({ maxLength: 300 }).map((one) => Buffer.concat([Buffer.from(magic, 'latin1'), one])),
      ),
    );
    await fc.assert(
      fc.asyncProperty(bytes, chunkSize, async (one, size) => {
        const found = recogniseSample(sampleOf(one, at('x')), builtInFormats);
        if ('problem' in found) expect(found.problem).toMatch(/[.?!)]$/);
        const unpacked = await unpackFile(chunks(one, size))
          .then(collect)
          .catch((error: unknown) => error);
        if (unpacked instanceof Error) expect(unpacked).toBeInstanceOf(UploadProblem);
      }),
      quickly(300),
    );
  });

  it('of a damaged file never tells another format than that of the whole one', () => {
    const tables = fixtures.filter(({ format }) => format.layout === 'table');
    fc.assert(
      fc.property(
        fc.constantFrom(...tables.map(({ title }) => title)),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        (title, damages) => {
          const { bytes, format, name } = tables.find((one) => one.title === title)!;
          const end = bytes.indexOf(10) + 1;
          const text = Buffer.concat([damaged(bytes.subarray(0, end), damages), bytes.subarray(end)]);
          const found = recogniseSample(sampleOf(text, at(name)), builtInFormats);
          if ('format' in found) expect(found.format.name).toBe(format.name);
        },
      ),
      quickly(300),
    );
  });
});
