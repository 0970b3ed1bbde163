import { defineConfig } from 'vitest/config';
import { DearestFirst } from './tests/support/dearest-first.ts';

export default defineConfig({
  test: {
    include: [
      'bench/**/*.test.ts',
      'collector/**/*.test.ts',
      'exporter/**/*.test.ts',
      'grafana/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    // One engine per process: a data directory has one owner, so every file gets its own fork.
    pool: 'forks',
    globalSetup: ['tests/support/build.ts'],
    maxWorkers: 2,
    sequence: { sequencer: DearestFirst },
    testTimeout: 120_000,
    hookTimeout: 60_000,
    env: { UV_THREADPOOL_SIZE: '12', TZ: 'UTC' },
  },
});
