/** `npm run fuzz`: random damage for minutes; FUZZ_SECONDS, FUZZ_SEED. Not part of the tests. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['tests/fuzz/*.fuzz.ts', 'tests/cutting.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    globalSetup: ['tests/support/build.ts'],
    testTimeout: 24 * 60 * 60_000,
    hookTimeout: 10 * 60_000,
    disableConsoleIntercept: true,
    env: { UV_THREADPOOL_SIZE: '12', TZ: 'UTC', FUZZ_SECONDS: process.env['FUZZ_SECONDS'] ?? '120' },
  },
});
