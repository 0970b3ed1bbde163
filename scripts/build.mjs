// Compiles the TypeScript to dist/ and bundles the program into a few CommonJS files: a report is a
// whole process, and loading its modules one by one took a tenth of its time. `npm ci` runs this
// through "prepare"; where the compiler is absent (`npm ci --omit=dev`) an existing dist/ is kept.
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
let compiler;
try {
  compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
} catch {
  if (existsSync(join(root, 'dist'))) process.exit(0);
  console.error(
    'tallyd: the TypeScript compiler is not installed and dist/ does not exist; run `npm ci` without --omit=dev once.',
  );
  process.exit(1);
}
// Built beside and then put in its place: a program that runs, or a build that fails, keeps the old one.
const dist = join(root, 'dist');
const next = join(root, `dist.${process.pid}`);
process.on('exit', () => rmSync(next, { recursive: true, force: true }));
const { status } = spawnSync(
  process.execPath,
  [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', next],
  { stdio: 'inherit' },
);
if (status !== 0) process.exit(status ?? 1);

const { rolldown } = await import('rolldown');
const bundle = await rolldown({
  input: join(next, 'collector/cli.js'),
  platform: 'node',
  // packages stay packages, but for the one that every command loads
  external: (id) => /^[@\w]/.test(id) && !id.startsWith('commander'),
});
await bundle.write({
  dir: join(next, 'bundle'),
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
});
await bundle.close();
rmSync(dist, { recursive: true, force: true });
renameSync(next, dist);
