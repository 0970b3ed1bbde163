import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discover, problemOf } from './discovery.ts';
import { testFolder } from './testing/folder.ts';

describe('discovery', () => {
  it('finds files in all folders, and each folder once though links go in circles', async () => {
    const folder = testFolder();
    folder.write('a.jsonl', '1');
    folder.write('x/y/b.jsonl', '22');
    folder.write('x/c.txt', '');
    symlinkSync(folder.path, join(folder.path, 'x/up'));
    symlinkSync(join(folder.path, 'a.jsonl'), join(folder.path, 'x/link.jsonl'));
    symlinkSync('nowhere', join(folder.path, 'dangling.jsonl'));
    symlinkSync('self.jsonl', join(folder.path, 'self.jsonl'));
    const folders: string[] = [];
    const { exists, found, problems } = await discover(folder.path, {
      follows: (path) => path.endsWith('.jsonl'),
      onFolder: (path) => folders.push(path),
    });
    expect(exists).toBe(true);
    expect(
      found.map(({ path, size, linked }) => [path.slice(folder.path.length), size, linked]).sort(),
    ).toEqual([
      ['/a.jsonl', 1, false],
      ['/x/link.jsonl', 1, true],
      ['/x/y/b.jsonl', 2, false],
    ]);
    expect(folders).toHaveLength(3);
    expect(problems).toEqual([
      { path: join(folder.path, 'self.jsonl'), problem: expect.stringContaining('link') as string },
    ]);
  });

  it('says that nothing is there without calling it a problem', async () => {
    const nowhere = join(testFolder().path, 'nowhere');
    expect(await discover(nowhere, { follows: () => true, onFolder: () => {} })).toEqual({
      exists: false,
      found: [],
      problems: [],
    });
  });

  it('looks at a single file, and at thousands', async () => {
    const folder = testFolder();
    mkdirSync(join(folder.path, 'many'));
    for (let i = 0; i < 450; i++) folder.write(`many/${i}.jsonl`, '');
    const options = { follows: () => true, onFolder: () => {} };
    expect((await discover(join(folder.path, 'many/7.jsonl'), options)).found).toHaveLength(1);
    expect((await discover(folder.path, options)).found).toHaveLength(450);
  });

  it('tells what to do about a missing right', () => {
    expect(problemOf({ code: 'EACCES', message: '' })).toContain('right to read');
  });
});
