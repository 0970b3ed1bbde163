import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/store.ts';
import { builtInFormats } from '../../formats/index.ts';
import { unreadFiles } from './unread-files.ts';

const folder = temporaryFolder('unread-files');
afterAll(() => folder.remove());

const CURSOR =
  'Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n';

it('files of followed folders that no format knows are told, those that are read or readable are not', async () => {
  const path = (name: string) => join(folder.path, name);
  mkdirSync(path('deep'));
  writeFileSync(path('usage.csv'), CURSOR);
  writeFileSync(path('deep/odd.csv'), 'When,What\n2026-01-01,nothing\n');
  writeFileSync(path('read-before.csv'), 'When,What\n2026-01-01,nothing\n');
  writeFileSync(path('empty.csv'), '');
  writeFileSync(path('notes.txt'), 'no export');
  const root = { path: folder.path, format: 'auto', dataset: 'x' } as const;
  const isRead = (each: string): boolean => each === path('read-before.csv');
  expect(await unreadFiles([root, root], builtInFormats, isRead)).toEqual([
    { path: path('deep/odd.csv'), problem: expect.stringContaining('"When" and "What"') as string },
  ]);
  const cursor = builtInFormats.find(({ name }) => name === 'cursor-csv')!;
  const asked = await unreadFiles([{ ...root, format: cursor }], builtInFormats, isRead);
  expect(asked.map((each) => each.path)).toEqual([path('deep/odd.csv')]);
  expect(asked[0]!.problem).toContain('cannot be read as cursor-csv');
});
