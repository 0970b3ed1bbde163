/**
 * Builds dist/ once before the tests, so that those that start the real program start this code.
 * `TALLYD_TESTS_BUILT=1`: somebody just did.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../collector/package-root.ts';

export default function build(): void {
  if (process.env['TALLYD_TESTS_BUILT'] === '1') return;
  execFileSync(process.execPath, [join(packageRoot, 'scripts/build.mjs')], { stdio: 'inherit' });
}
