/** The names of columns out of Parquet footers that the engine wrote. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import type { Store } from '../store/store.ts';
import { parquetColumnsOf, readParquetColumns } from './parquet-columns.ts';

const folder = temporaryFolder('parquet-columns');
let store: Store;
beforeAll(async () => {
  mkdirSync(folder.path, { recursive: true });
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

async function columnsAt(path: string): Promise<string[] | undefined> {
  const file = await open(path, 'r');
  try {
    return await readParquetColumns(file);
  } finally {
    await file.close();
  }
}

let files = 0;
async function parquet(select: string): Promise<string> {
  const path = join(folder.path, `file-${++files}.parquet`);
  await store.command(`INSERT INTO FUNCTION file('${path}', 'Parquet') ${select}`);
  return path;
}

describe('the columns of a Parquet file', () => {
  it('are its top level, in their order, whatever is nested in them', async () => {
    const path = await parquet(
      `SELECT 1 AS id, map('a', 1) AS details, ['x'] AS list, tuple(1, tuple('z'))::Tuple(a Int32, b Tuple(c String)) AS deep, ` +
        `[map('k', [1, 2])] AS deeper, 'é' AS "größe/µ", NULL::Nullable(String) AS last`,
    );
    expect(await columnsAt(path)).toEqual(['id', 'details', 'list', 'deep', 'deeper', 'größe/µ', 'last']);
  });

  it('are the ones the engine sees, for hundreds of columns and many row groups', async () => {
    const columns = Array.from({ length: 300 }, (_, i) => `number AS column_${i}`);
    const path = await parquet(
      `SELECT ${columns.join(', ')} FROM numbers(500) SETTINGS output_format_parquet_row_group_size = 50`,
    );
    const seen = await store.rows<{ name: string }>(`DESCRIBE TABLE file('${path}', 'Parquet')`);
    expect(await columnsAt(path)).toEqual(seen.map(({ name }) => name));
  });

  it('are unknown where the file is cut off or has no footer', async () => {
    const bytes = readFileSync(await parquet('SELECT 1 AS id'));
    for (const part of [
      bytes.subarray(0, 4),
      bytes.subarray(0, -4),
      bytes.subarray(0, bytes.length / 2),
      Buffer.from('PAR1PAR1PAR1'),
    ]) {
      const path = join(folder.path, 'broken.parquet');
      writeFileSync(path, part);
      expect(await columnsAt(path)).toBeUndefined();
    }
  });

  it('never end in an error, whatever the footer holds', async () => {
    const bytes = readFileSync(await parquet(`SELECT 1 AS id, map('a', 1) AS details`));
    const length = bytes.readUInt32LE(bytes.length - 8);
    const footer = bytes.subarray(bytes.length - 8 - length, bytes.length - 8);
    fc.assert(
      fc.property(fc.nat(length - 1), fc.nat(255), fc.nat(length), (at, byte, end) => {
        const damaged = Buffer.from(footer);
        damaged[at] = byte;
        for (const text of [damaged, footer.subarray(0, end)]) {
          const found = parquetColumnsOf(text);
          expect(found === undefined || Array.isArray(found)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
