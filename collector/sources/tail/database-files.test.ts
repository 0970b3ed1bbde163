import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { copyDatabase } from './database-files.ts';
import { testFolder } from './testing/folder.ts';

describe('the copy of a database', () => {
  it('has what stands in the log and the journal', async () => {
    const { path, write } = testFolder();
    const from = write('a.db', 'main');
    write('a.db-wal', 'log');
    write('a.db-journal', 'journal');
    expect(await copyDatabase(from, `${path}/copy.db`)).toBe(true);
    for (const [ending, text] of [
      ['', 'main'],
      ['-wal', 'log'],
      ['-journal', 'journal'],
    ] as const)
      expect(readFileSync(`${path}/copy.db${ending}`, 'utf8')).toBe(text);
  });

  it('is made again when the main file changes meanwhile', async () => {
    const { path, write } = testFolder();
    const from = write('a.db', 'old');
    let copies = 0;
    const copied = await copyDatabase(from, `${path}/copy.db`, async (source, target) => {
      await copyFile(source, target);
      if (++copies === 1) writeFileSync(from, 'newer');
    });
    expect(copied).toBe(true);
    expect(copies).toBe(2);
    expect(readFileSync(`${path}/copy.db`, 'utf8')).toBe('newer');
  });

  it('is put off when the database is rewritten each time, or its log is begun anew', async () => {
    const { path, write } = testFolder();
    const from = write('a.db', 'main');
    let copies = 0;
    const rewriting = (file: string, text: () => string) => async (source: string, target: string) => {
      await copyFile(source, target);
      writeFileSync(file, text());
    };
    expect(
      await copyDatabase(
        from,
        `${path}/c`,
        rewriting(from, () => 'x'.repeat(++copies)),
      ),
    ).toBe(false);
    const log = write('a.db-wal', 'salt 0');
    expect(
      await copyDatabase(
        from,
        `${path}/d`,
        rewriting(log, () => `salt ${++copies}`),
      ),
    ).toBe(false);
  });

  it('is good when the log only grows meanwhile', async () => {
    const { path, write } = testFolder();
    const from = write('a.db', 'main');
    const log = write('a.db-wal', 'x'.repeat(64));
    const copied = await copyDatabase(from, `${path}/copy.db`, async (source, target) => {
      await copyFile(source, target);
      appendFileSync(log, 'frame');
    });
    expect(copied).toBe(true);
  });
});
