import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import type { Format, Recognition } from './format.ts';
import { builtInFormats } from './index.ts';
import { readSample, recogniseAs, recogniseSample, sampleOf } from './recognise.ts';

const folder = temporaryFolder('recognise');
afterAll(() => folder.remove());

const sample = (text: string | Buffer, name = 'x.csv') => sampleOf(Buffer.from(text), { name, path: '' });

function problemOf(text: string | Buffer, formats: readonly Format[] = builtInFormats): string {
  const result = recogniseSample(sample(text), formats);
  return 'problem' in result ? result.problem : `recognised as ${result.format.name}`;
}

function formatThat(name: string, recognition: Recognition, more: object = {}): Format {
  return {
    name,
    title: `${name} file`,
    layout: 'table',
    unit: 'record',
    recognise: () => recognition,
    readSql: '',
    columns: [{ name: 'ts', headers: ['When', 'Time'], required: true }],
    ...more,
  };
}

describe('the header of a table', () => {
  it.each([
    ['a,b\n1,2\n', ',', ['a', 'b'], 1],
    ['a;"b\r\nc"\r\n1,5;2\r\n', ';', ['a', 'b\r\nc'], 1],
    ['\n\n a\t b \n1\t2\n', '\t', ['a', 'b'], 3],
    ['a|b|c\nx, y, z|2|3\n', '|', ['a', 'b', 'c'], 1],
    ['a,b', ',', ['a', 'b'], 1],
    ['a,b\n1,"open', ',', ['a', 'b'], 1],
    ['Date,"Input (w/ Cache, Write)"\n"2026;1;1","1"\n', ',', ['Date', 'Input (w/ Cache, Write)'], 1],
    ['Date;Cost, USD;Tokens\n2026-01-01;1,5;3\n', ';', ['Date', 'Cost, USD', 'Tokens'], 1],
  ])('is found in %j', (text, delimiter, columns, headerLines) => {
    expect(sample(text).table).toEqual({ delimiter, columns, headerLines });
  });

  it('is found where the sample cuts the last record, even in a quote', () => {
    const text = `a,b,c\n1,2,"${'long, '.repeat(20_000)}`;
    expect(sample(text).table?.columns).toEqual(['a', 'b', 'c']);
  });

  it.each(['{"a":1,"b":2}\n', '[1,2]', '<p>a,b</p>', 'one column\n1\n', ''])('is not found in %j', (text) => {
    expect(sample(text).table).toBeUndefined();
  });

  it('stands without a byte order mark, in a sample of at most 64 KiB', async () => {
    const path = join(folder.path, 'projects', 'big.csv');
    mkdirSync(join(folder.path, 'projects'));
    writeFileSync(path, `\uFEFFa,b\n${'1,2\n'.repeat(50_000)}`);
    const followed = await readSample(path);
    expect(followed).toMatchObject({ name: 'big.csv', path, table: { columns: ['a', 'b'] } });
    expect(followed.head.length).toBe(65_536);
    expect(await readSample(path, 'C/export.csv')).toMatchObject({ name: 'export.csv', path: '' });
    expect(await readSample(path, '')).toMatchObject({ name: '', path: '' });
  });
});

describe('a file that no format reads', () => {
  it.each([
    ['', 'is empty'],
    [' \r\n\t\n', 'only white space'],
    ['<!DOCTYPE html><html>', 'web page'],
    [Buffer.from('a,b\n1,2\n', 'utf16le'), 'UTF-16'],
    [Buffer.from('\xff\xfea\0', 'latin1'), 'UTF-16'],
    ['PK\x03\x04\x14\0', 'ZIP'],
    [Buffer.from('\x1f\x8b\x08', 'latin1'), 'gzip'],
    ['SQLite format 3\0', 'SQLite'],
    ['\x01\x02\0\0\x07', 'binary'],
    ['a,b\r1,2\r', 'carriage return'],
    ['PAR1\x15\x04', 'cut off or damaged'],
    ['1,2,3\n4,5,6\n', 'no header'],
    ['[{"a":1},\n{"b":2}]', 'JSON array'],
    ['{\n  "a": 1\n}', 'JSON lines'],
    ['{"when":1,"llm":"x"}\n', 'fields "when" and "llm"'],
    ['when,llm,tokens\n1,x,3\n', 'columns "when", "llm" and "tokens"'],
    ['just text\n', 'first line is "just text"'],
  ])('%j is told what it is: %s', (text, words) => {
    expect(problemOf(text)).toContain(words);
    expect(problemOf(text)).toMatch(/^"x\.csv" .*[.)]$/s);
  });

  it('has no more than a screenful said about it', () => {
    const header = Array.from({ length: 500 }, (_, i) => `${'column'.repeat(20)}${i}`).join(',');
    expect(problemOf(`${header}\n`)).toContain('and 476 more');
    expect(problemOf(`${header}\n`).length).toBeLessThan(2000);
  });

  it('is compared with the nearest format', () => {
    const far = formatThat('far', { is: 'near', difference: 'has nothing', score: 1 });
    const near = formatThat('near', { is: 'near', difference: 'has no column "Model"', score: 2 });
    expect(problemOf('a,b\n', [far, near])).toBe(
      '"x.csv" looks like a near file, but has no column "Model". It has the columns "a" and "b".',
    );
  });
});

describe('the format of a file', () => {
  const one = formatThat('one', { is: 'this' });
  const two = formatThat('two', { is: 'this' });

  it('is the one that knows it', () => {
    const other = formatThat('other', { is: 'other' });
    expect(recogniseSample(sample('When,b\n'), [other, one])).toEqual({ format: one });
  });

  it('is nobody’s guess when two know it', () => {
    expect(problemOf('When,b\n', [one, two])).toContain('one and two alike: say which with format=one');
  });

  it('is the user’s own before a built-in one', () => {
    const own = formatThat('own', { is: 'this' }, { userDefined: true });
    expect(recogniseSample(sample('When,b\n'), [one, own, two])).toEqual({ format: own });
  });

  it('needs every column it reads to stand once', () => {
    expect(problemOf('When,b,time\n', [one])).toContain('"When" and "time"');
    expect(problemOf('When,b,b\n', [one])).toBe('recognised as one');
  });

  it('can be asked for, when its columns are there', () => {
    const shy = formatThat('shy', { is: 'other' });
    expect(recogniseAs(sample('When,b\n'), shy)).toEqual({ format: shy });
    expect(recogniseAs(sample('a,b\n'), shy)).toEqual({
      problem: '"x.csv" cannot be read as shy: it has no column "When". It has the columns "a" and "b".',
    });
    expect(recogniseAs(sample('{"a":1}\n'), shy)).toMatchObject({
      problem: expect.stringContaining('no header') as string,
    });
    expect(recogniseAs(sample('PAR1\0'), shy)).toMatchObject({
      problem: expect.stringContaining('Parquet') as string,
    });
    expect(
      recogniseAs(sample('a,b\n'), formatThat('lines', { is: 'other' }, { layout: 'lines' })),
    ).toMatchObject({
      problem: expect.stringContaining('JSON lines') as string,
    });
  });
});

describe('a transcript whose first line is longer than a sample', () => {
  it('is recognised by that line', async () => {
    const long = join(folder.path, 'long.jsonl');
    const line = (content: string) =>
      JSON.stringify({ type: 'user', sessionId: 's', uuid: 'u', message: { content } });
    writeFileSync(long, `${line('x'.repeat(1_000_000))}\n${line('y')}\n`);
    expect(recogniseSample(await readSample(long), builtInFormats)).toMatchObject({
      format: { name: 'claude-code' },
    });
  });
});
