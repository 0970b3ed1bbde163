#!/usr/bin/env node
// The engine's queries run on libuv's thread pool, beside every file operation. The pool's
// size is read once, when it is first used; a CommonJS entry loads synchronously, so this
// assignment still comes in time (it does not from an ES module).
process.env.UV_THREADPOOL_SIZE ??= '12';
import('../dist/collector/cli.js').then(
  (cli) => cli.main(process.argv),
  (error) => {
    if (error && error.code === 'ERR_MODULE_NOT_FOUND' && String(error.message).includes('dist')) {
      console.error('tallyd is not built yet: run `npm ci` (or `npm run build`) in its folder first.');
    } else {
      console.error(error);
    }
    process.exitCode = 1;
  },
);
