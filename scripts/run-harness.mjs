// Runs a harness written in TypeScript as a program of its own: builds tallyd, which it starts, bundles
// the harness, and runs it with the arguments that follow its path.
//   node scripts/run-harness.mjs tests/crash/main.ts --kills 300
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [entry, ...rest] = process.argv.slice(2);
if (!entry) {
  console.error('name the harness: node scripts/run-harness.mjs tests/crash/main.ts');
  process.exit(2);
}
const { status } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const name = entry.replaceAll(/\W+/g, '-');
const file = join(root, 'node_modules/.cache/tallyd', `${name}.mjs`);
const bundle = await rolldown({
  input: resolve(entry),
  platform: 'node',
  external: (id) => /^[@\w]/.test(id),
});
await bundle.write({ file, format: 'esm', codeSplitting: false });
await bundle.close();
process.argv = [process.argv[0], file, ...rest];
await import(pathToFileURL(file).href);
