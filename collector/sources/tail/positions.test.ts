import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { digest } from './fingerprint.ts';
import { Positions, type Remembered } from './positions.ts';
import { testFolder } from './testing/folder.ts';

const file: Remembered = {
  path: '/logs/a.jsonl',
  id: '1:2',
  format: 'claude-code',
  dataset: 'home',
  position: {
    size: 10,
    mtimeMs: 1.5,
    offset: 9,
    readTo: 10,
    lines: 2,
    fingerprint: digest(Buffer.from('x')),
    tail: digest(Buffer.from('y')),
  },
};

function positionsIn(dataDir: string, files: Remembered[] = []): Positions {
  return new Positions({ dataDir, log: pino({ level: 'silent' }), collect: () => files, everyMs: 5 });
}

describe('positions', () => {
  it('come back as they were saved', async () => {
    const { path } = testFolder();
    const positions = positionsIn(path, [file]);
    positions.changed();
    await positions.flush();
    expect(await positionsIn(path).load()).toEqual([file]);
    expect(existsSync(join(path, 'positions.json.tmp'))).toBe(false);
  });

  it('are the old ones when a crash left a new file half written', async () => {
    const { path } = testFolder();
    const positions = positionsIn(path, [file]);
    positions.changed();
    await positions.flush();
    writeFileSync(join(path, 'positions.json.tmp'), '{"version":1,"fi');
    expect(await positionsIn(path).load()).toEqual([file]);
  });

  it.each([
    ['no JSON', '{"version'],
    ['another version', '{"version":2,"files":[]}'],
    [
      'a position that cannot be',
      JSON.stringify({ version: 1, files: [{ ...file, position: { offset: -1 } }] }),
    ],
  ])('start anew, the file kept aside, when it holds %s', async (_name, text) => {
    const { path } = testFolder();
    writeFileSync(join(path, 'positions.json'), text);
    expect(await positionsIn(path).load()).toEqual([]);
    const [aside] = readdirSync(path);
    expect(aside).toMatch(/^positions\.json\.broken-\d+$/);
    expect(readFileSync(join(path, aside!), 'utf8')).toBe(text);
  });

  it('are not written when nothing changed', async () => {
    const { path } = testFolder();
    await positionsIn(path, [file]).flush();
    expect(readdirSync(path)).toEqual([]);
  });
});
