import { appendFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Position, START } from './file-state.ts';
import { readNewBytes, type ReadingRules } from './new-bytes.ts';
import { testFolder } from './testing/folder.ts';

const RULES: ReadingRules = { fingerprintBytes: 1024, chunkBytes: 100, recordBytes: 1000, unfinished: true };

/** Reads on until there is nothing more. */
async function readAll(path: string, from: Position, rules: Partial<ReadingRules> = {}) {
  const texts: string[] = [];
  let position = from;
  let read;
  let tooLong = 0;
  do {
    read = await readNewBytes(path, position, { ...RULES, ...rules });
    position = read.next;
    if (read.content.length > 0) texts.push(read.content.toString());
    if (read.tooLong) tooLong++;
  } while (read.more);
  return { text: texts.join(''), texts, position, unfinished: read.unfinished, tooLong };
}

describe('new bytes', () => {
  it('are whole lines, whatever the size of a chunk', async () => {
    const text = Array.from({ length: 40 }, (_, i) => `{"line":${i},"p":"${'p'.repeat(i * 3)}"}\n`).join('');
    const path = testFolder().write('a', text);
    for (const chunkBytes of [1, 10, 100, 333, 10_000]) {
      const read = await readAll(path, START, { chunkBytes });
      expect(read.text).toBe(text);
      for (const part of read.texts) expect(part.endsWith('\n')).toBe(true);
      expect(read.position).toMatchObject({ offset: text.length, readTo: text.length });
    }
  });

  it('begin after the position, and leave it before a line that is not finished', async () => {
    const path = testFolder().write('a', 'one\ntwo\nthr');
    const first = await readAll(path, START);
    expect(first).toMatchObject({
      text: 'one\ntwo\n',
      unfinished: false,
      position: { offset: 8, readTo: 8 },
    });
    appendFileSync(path, 'ee\nfour');
    expect((await readAll(path, first.position)).text).toBe('three\n');
  });

  it('hold a last record without a newline once its file rests, and never move past it', async () => {
    const path = testFolder().write('a', '{"a":1}\n{"b":2}');
    const waiting = await readAll(path, START, { unfinished: false });
    expect(waiting).toMatchObject({ text: '{"a":1}\n', unfinished: true });
    const read = await readAll(path, waiting.position);
    expect(read).toMatchObject({ text: '{"b":2}', unfinished: false, position: { offset: 8, readTo: 15 } });
    expect((await readAll(path, read.position)).text).toBe('');
    appendFileSync(path, '\n');
    expect((await readAll(path, read.position)).text).toBe('{"b":2}\n');
  });

  it.each([
    ['its beginning changed', (text: string) => text.replace('0', 'X')],
    ['what stands before the position changed', (text: string) => text.slice(0, -3) + 'X\n\n'],
    ['it is shorter than the position', (text: string) => text.slice(0, 20)],
    ['it is empty', () => ''],
  ])('are all bytes of a file when %s', async (_name, change) => {
    const text = Array.from({ length: 500 }, (_, i) => `${i}\n`).join('');
    const path = testFolder().write('a', text);
    const { position } = await readAll(path, START);
    const changed = change(text);
    writeFileSync(path, changed);
    expect((await readAll(path, position)).text).toBe(changed.slice(0, changed.lastIndexOf('\n') + 1));
  });

  it('pass over a record that is too long, also one that is still being written', async () => {
    const path = testFolder().write('a', `{"a":1}\n{"long":"${'x'.repeat(3000)}`);
    const first = await readAll(path, START);
    expect(first).toMatchObject({ text: '{"a":1}\n', tooLong: 1, position: { skipping: true } });
    appendFileSync(path, `${'x'.repeat(500)}"}\n{"b":2}\n`);
    const second = await readAll(path, first.position);
    expect(second).toMatchObject({ text: '{"b":2}\n', tooLong: 0 });
    expect(second.position.skipping).toBeUndefined();
  });

  it('get a record through that is longer than a chunk', async () => {
    const text = `{"a":"${'x'.repeat(900)}"}\n{"b":2}\n`;
    expect((await readAll(testFolder().write('a', text), START)).text).toBe(text);
  });
});
