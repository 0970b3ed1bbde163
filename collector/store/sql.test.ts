import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import { type EmbeddedEngine, openEmbedded } from './embedded.ts';
import { settingsClause } from './engine.ts';
import { fillTemplate, outlineOf, sqlName, sqlString, sqlStrings, sqlTime } from './sql.ts';

const folder = temporaryFolder('sql');
let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await openEmbedded({ path: join(folder.path, 'store'), poolThreads: 12, maxThreads: 1 });
});
afterAll(async () => {
  await engine.close();
  folder.remove();
});

/** Any text, quotes, escapes and control characters more often than chance would have them. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("'", '\\', '`', '"', '\n', '\t', '\0', '\u2019', ';', '--'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 20,
});

describe('quoting', () => {
  it('brings every string through the engine unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (values) => {
        const [row] = await engine.rows<{ list: string[]; one: string }>(
          `SELECT ${sqlStrings(values)} AS list, ${sqlString(values[0]!)} AS one`,
        );
        expect(row).toEqual({ list: values, one: values[0] });
      }),
      { numRuns: 60 },
    );
  });

  it('brings every name through the engine unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(
        text.filter((name) => name !== '' && !name.includes('\0')),
        async (name) => {
          const rows = await engine.rows<Record<string, number>>(`SELECT 1 AS ${sqlName(name)}`);
          expect(rows).toEqual([{ [name]: 1 }]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('brings values of settings through the engine unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const clause = settingsClause({ format_csv_null_representation: value, max_threads: 1 });
        const rows = await engine.rows(`SELECT getSetting('format_csv_null_representation') AS v${clause}`);
        expect(rows).toEqual([{ v: value }]);
      }),
      { numRuns: 30 },
    );
    expect(settingsClause({})).toBe('');
  });

  it('keeps milliseconds', async () => {
    for (const ms of [0, 1, 1_767_323_045_678])
      expect(await engine.rows(`SELECT toUnixTimestamp64Milli(${sqlTime(ms)}) AS ms`)).toEqual([{ ms }]);
  });
});

describe('a template', () => {
  it('takes values as they are, whatever they hold', () => {
    expect(fillTemplate('a {{x}} b {{x}}', { x: '$& {{x}} $1' })).toBe('a $& {{x}} $1 b $& {{x}} $1');
  });

  it('says which value is missing', () => {
    expect(() => fillTemplate('{{nothing}}', {})).toThrow('asks for {{nothing}}');
  });
});

describe('the outline of a statement', () => {
  it('holds nothing that stood in quotes, and one line of the rest', () => {
    const sql = `INSERT INTO t (a,\n  b) VALUES (${sqlString("it's \\ a 'secret'")}, 5), ('x''y', 6)`;
    expect(outlineOf(sql)).toBe("INSERT INTO t (a, b) VALUES ('', 5), ('', 6)");
    const long = outlineOf(`SELECT ${'1 + '.repeat(200)}${sqlString('secret')}`);
    expect(long.length).toBeLessThan(200);
    expect(long).not.toContain('secret');
  });
});
