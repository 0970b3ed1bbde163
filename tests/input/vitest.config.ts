/** `npm run test:input`: what takes gigabytes, against the real program. Not part of the tests. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['tests/input/*.input.ts'],
    pool: 'forks',
    fileParallelism: false,
    globalSetup: ['tests/support/build.ts'],
    testTimeout: 24 * 60 * 60_000,
    hookTimeout: 10 * 60_000,
    disableConsoleIntercept: true,
    env: { UV_THREADPOOL_SIZE: '12', TZ: 'UTC' },
  },
});
