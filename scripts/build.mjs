// Compiles the TypeScript to dist/. `npm ci` runs this through "prepare"; where the
// compiler is absent (`npm ci --omit=dev`) an existing dist/ is kept.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
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
rmSync(join(root, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
