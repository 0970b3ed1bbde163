import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingColumnsOf } from './database.ts';
import { builtInFormats } from './index.ts';
import { openCode } from './opencode/recognise.ts';
import { readSample, recogniseAs, recogniseSample } from './recognise.ts';

const TEMPLATES = join(import.meta.dirname, 'testing');
const sampleOf = (name: string, called?: string) => readSample(join(TEMPLATES, name), called);
const nameOf = async (name: string, called?: string) => {
  const found = recogniseSample(await sampleOf(name, called), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
};

describe('a database', () => {
  it('is known by its tables, wherever their statements stand', async () => {
    const many = await sampleOf('many-tables.db');
    expect(Object.keys(many.tables!)).toHaveLength(83);
    expect(missingColumnsOf(many, 'message', ['id', 'session_id', 'data', 'nothing'])).toEqual(['nothing']);
    expect(await nameOf('many-tables.db')).toBe('opencode');
  });

  it('whose tables stand in the log beside it only is known by them', async () => {
    expect(await nameOf('schema-in-log.db')).toBe('opencode');
  });

  it('of programs with the same tables goes by its name', async () => {
    expect(await nameOf('opencode-empty.db', 'kilo.db')).toBe('kilo');
    expect(await nameOf('opencode-empty.db', '')).toBe('opencode');
    expect(await nameOf('goose-empty.db', 'kilo.db')).toBe('goose');
  });

  it('of another program is told with its tables', () => {
    const tables = { message: 'id text, text text)', session: 'id text)', 'odd"name': 'a)' };
    const sample = { name: 'x.db', path: '', head: Buffer.from('SQLite format 3\0'), tables };
    const found = recogniseSample(sample, builtInFormats);
    expect('problem' in found && found.problem).toMatch(
      /^"x\.db" is a SQLite database that looks like an OpenCode database, but its table "message" has no column "session_id" and no "data"\. It has the tables/,
    );
    expect(recogniseSample({ ...sample, tables: {} }, builtInFormats)).toMatchObject({
      problem: expect.stringContaining('It has no tables') as string,
    });
  });

  it('is no file of a format of text, and text is no database', async () => {
    const database = await sampleOf('opencode-empty.db', 'x.db');
    const lines = builtInFormats.find((format) => format.layout === 'lines')!;
    expect(recogniseAs(database, lines)).toMatchObject({
      problem: expect.stringContaining('it is a SQLite database') as string,
    });
    const text = { name: 'x.db', path: '', head: Buffer.from('{"a":1}\n') };
    expect(recogniseAs(text, openCode)).toMatchObject({
      problem: expect.stringContaining('it is no SQLite database') as string,
    });
  });
});
