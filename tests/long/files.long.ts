/**
 * `npm run test:files`: 10,000 random cases of what may happen to followed files, and some of them with the
 * real engine. `FILES_CASES=100` for fewer, `FILES_SEED=…` to run the cases of a failure again.
 */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { memoryStoreOf } from '../../collector/sources/tail/testing/memory-store.ts';
import { runCases } from '../../collector/sources/tail/testing/run-cases.ts';
import { engineStoreOf } from '../support/model-engine.ts';
import { openTestStore, temporaryFolder } from '../support/store.ts';

const cases = Number(process.env['FILES_CASES'] ?? 10_000);
const seed = Number(process.env['FILES_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const folder = temporaryFolder('files');
afterAll(() => folder.remove());

describe('whatever happens to files', () => {
  it('loses nothing, invents nothing and counts nothing twice', async () => {
    console.log(`\nThe tail over files, seed ${seed}`);
    const counts = await runCases({
      folder: folder.path,
      cases,
      seed,
      lanes: 50,
      most: 40,
      storeOf: memoryStoreOf,
    });
    console.log(`${counts.toString()}\n`);
    expect(counts).toMatchObject({ cases, lost: 0, invented: 0, doubled: 0 });
  });

  it('ends with the same in the real engine', async () => {
    const some = Math.min(200, cases);
    const store = await openTestStore(join(folder.path, 'store'));
    try {
      console.log(`The tail and the embedded engine, seed ${seed}`);
      const counts = await runCases({
        ...{ folder: folder.path, cases: some, seed, lanes: 8, most: 30 },
        storeOf: engineStoreOf(store),
      });
      console.log(`${counts.toString()}\n`);
      expect(counts).toMatchObject({ cases: some, lost: 0, invented: 0, doubled: 0 });
    } finally {
      await store.close();
    }
  });
});
