// Runs the measurements: builds tallyd, as it is measured as the program that people start, bundles
// the TypeScript here into dist.bench/, and starts it. What it takes: `npm run bench -- --help`.
import { execFileSync, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
if (process.argv[2] === 'dashboards') {
  // not a part of this yet
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--config', join(root, 'bench/vitest.config.ts'), ...process.argv.slice(2)];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
  process.exit();
}
execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
const bundle = await rolldown({
  // what runs in a process of its own is a program of its own
  input: {
    bench: join(root, 'bench/main.ts'),
    'engine-alone': join(root, 'bench/engine/alone.ts'),
  },
  platform: 'node',
  external: (id) => /^[@\w]/.test(id),
});
await bundle.write({ dir: join(root, 'dist.bench'), format: 'esm', cleanDir: true });
await bundle.close();

// the engine's queries share libuv's pool with files, and its size is read once: see bin/tallyd.cjs
const env = { ...process.env, UV_THREADPOOL_SIZE: '12', TZ: 'UTC' };
const child = spawn(process.execPath, [join(root, 'dist.bench/bench.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env,
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => (process.exitCode = code ?? 1));
