/** Stores of every release, opened by this version. CONTRIBUTING.md says how the next one is added. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { restore } from '../collector/backup/restore.ts';
import { rollupDifferences, totalsOf } from './releases/totals.ts';
import { bookOf, openTestStore, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('releases');
afterAll(() => folder.remove());

const stores = join(import.meta.dirname, 'releases');
const releases = readdirSync(stores)
  .filter((name) => name.endsWith('.backup'))
  .map((name) => name.replace('.backup', ''));

it('there is a store of the first release', () => {
  expect(releases).toContain('0.1.0');
});

it.each(releases)('a store of %s holds the same when this version opens it', async (release) => {
  const dataDir = join(folder.path, release);
  await restore({ file: join(stores, `${release}.backup`), dataDir, poolThreads: 12, maxThreads: 2 });
  const prices = bookOf({ 'claude-sonnet-4-5-20250929': { input: '3', output: '15', cacheRead: '0.3' } });
  const store = await openTestStore(join(dataDir, 'store'), { prices });
  expect(await totalsOf(store)).toEqual(JSON.parse(readFileSync(join(stores, `${release}.json`), 'utf8')));
  expect(await rollupDifferences(store)).toEqual([]);
  await store.close();
});
