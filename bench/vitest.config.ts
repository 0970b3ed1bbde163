/** `npm run bench -- NAME`: measurements, which take minutes and print tables. Not part of the tests. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    include: ['bench/*.bench.ts'],
    pool: 'forks',
    fileParallelism: false,
    globalSetup: ['tests/support/build.ts'],
    testTimeout: 60 * 60_000,
    hookTimeout: 60 * 60_000,
    reporters: ['default'],
    disableConsoleIntercept: true,
    env: { UV_THREADPOOL_SIZE: '12', TZ: 'UTC' },
  },
});
