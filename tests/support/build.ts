/** Builds dist/ once before the tests, so that those that start the real program start this code. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../collector/package-root.ts';

export default function build(): void {
  execFileSync(process.execPath, [join(packageRoot, 'scripts/build.mjs')], { stdio: 'inherit' });
}
