import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import { repairTable } from './repair.ts';

const folder = temporaryFolder('repair');
afterAll(() => folder.remove());

async function repaired(text: string): Promise<string> {
  const from = join(folder.path, 'from.csv');
  const to = join(folder.path, 'to.csv');
  writeFileSync(from, text);
  await repairTable(from, to, { delimiter: ',', columns: ['a', 'b', 'c'], headerLines: 1 });
  return readFileSync(to, 'utf8');
}

describe('repairing a table', () => {
  it('leaves good records, blank lines and their endings as they are', async () => {
    const text = 'a,b,c\r\n1,"x, ""y""",3\r\n\r\n,,\r\n"1","",""\r\n';
    expect(await repaired(text)).toBe(text);
  });

  it.each([
    ['1,"b"x,3', '"1","""b""x","3"'],
    ['1,"He said "hi" ok",3', '"1","He said ""hi"" ok","3"'],
    ['1,5" disk,3', '"1","5"" disk","3"'],
  ])('quotes %s afresh', async (line, fresh) => {
    expect(await repaired(`a,b,c\n${line}\n7,8,9\n`)).toBe(`a,b,c\n${fresh}\n7,8,9\n`);
  });

  it('keeps a cell that spans lines', async () => {
    expect(await repaired('a,b,c\n1,"x\ny",3\n4,5,6\n')).toBe('a,b,c\n"1","x\ny","3"\n4,5,6\n');
  });

  it('gives up only the line whose quote is never closed', async () => {
    expect(await repaired('a,b,c\n1,"open,3\n"4","5","6"\n7,8,9')).toBe(
      'a,b,c\n"1,""open,3"\n"4","5","6"\n7,8,9\n',
    );
    const many = Array.from({ length: 500 }, (_, i) => `${i},8,9`).join('\n');
    expect(await repaired(`a,b,c\n1,"open,3\n${many}\n`)).toBe(`a,b,c\n"1,""open,3"\n${many}\n`);
  });

  it('keeps every line number', async () => {
    const text = 'a,b,c\n1,"x\ny",3\n\n1,"b"x,3\n2,"open,3\n4,5,6\n';
    expect((await repaired(text)).split('\n').length).toBe(text.split('\n').length);
  });
});
