#!/usr/bin/env node
// The engine's queries run on libuv's thread pool, beside every file operation. The pool's
// size is read once, when it is first used; a CommonJS entry loads synchronously, so this
// assignment still comes in time (it does not from an ES module).
process.env.UV_THREADPOOL_SIZE ??= '12';
// Node 22 keeps compiled code between runs; Node 20 does not know how.
require('node:module').enableCompileCache?.();
if (!require('node:fs').existsSync(`${__dirname}/../dist/bundle/cli.cjs`)) {
  console.error('tallyd is not built yet: run `npm ci` (or `npm run build`) in its folder first.');
  process.exit(1);
}
require('../dist/bundle/cli.cjs').main(process.argv);
