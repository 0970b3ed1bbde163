/** Damaged files through the real store, for FUZZ_SECONDS; the seed is printed and can be given as FUZZ_SEED. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cases, openReaderFuzz, readBeside, readDamaged, type ReaderFuzz, standsAlone } from './readers.ts';
import { parameters } from './parameters.ts';

let fuzz: ReaderFuzz;
beforeAll(async () => {
  fuzz = await openReaderFuzz();
});
afterAll(() => fuzz.bench.close());

it('every damaged file is stored, or its records rejected with reasons', async () => {
  let files = 0;
  await fc.assert(
    fc.asyncProperty(cases(fuzz.fixtures), async (one) => {
      files++;
      await readDamaged(fuzz, one);
    }),
    parameters('damaged files'),
  );
  console.log(`damaged files: ${files} read`);
  expect(await fuzz.bench.oddities()).toEqual([]);
});

it('damage behind a file costs none of its records', async () => {
  let files = 0;
  await fc.assert(
    fc.asyncProperty(cases(fuzz.fixtures.filter(standsAlone)), async (one) => {
      files++;
      await readBeside(fuzz, one);
    }),
    parameters('damage behind a file'),
  );
  console.log(`damage behind a file: ${files} read`);
  expect(await fuzz.bench.oddities()).toEqual([]);
});
