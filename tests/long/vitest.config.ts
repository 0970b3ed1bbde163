/** The long forms of tests, one by one: `npm run test:files`, `npm run test:faults`, … */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['tests/long/*.long.ts'],
    pool: 'forks',
    fileParallelism: false,
    globalSetup: ['tests/support/build.ts'],
    testTimeout: 2 * 60 * 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    disableConsoleIntercept: true,
    env: { UV_THREADPOOL_SIZE: '12', TZ: 'UTC' },
  },
});
