// Runs the measurements: builds tallyd, as it is measured as the program that people start, bundles
// the TypeScript here into a folder of this run, and starts it. What it takes: `npm run bench -- --help`.
import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
const bundle = await rolldown({
  // what runs in a process of its own is a program of its own
  input: {
    bench: join(root, 'bench/main.ts'),
    'engine-alone': join(root, 'bench/engine/alone.ts'),
    'engine-open': join(root, 'bench/engine/open.ts'),
    'fill-store': join(root, 'bench/fill-store.ts'),
    'rest-store': join(root, 'bench/rest-store.ts'),
    'plain-server': join(root, 'bench/plain-server.ts'),
  },
  platform: 'node',
  // packages stay packages, but for one whose CommonJS tells Node none of its names
  external: (id) => /^[@\w]/.test(id) && !id.startsWith('@grafana/'),
});
const folder = join(root, `dist.bench.${process.pid}`);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await bundle.write({ dir: folder, format: 'esm' });
await bundle.close();

// the engine's queries share libuv's pool with files, and its size is read once: see bin/tallyd.cjs
const env = { ...process.env, UV_THREADPOOL_SIZE: '12', TZ: 'UTC' };
const child = spawn(process.execPath, [join(folder, 'bench.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env,
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => (process.exitCode = code ?? 1));
