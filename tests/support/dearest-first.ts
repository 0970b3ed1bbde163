/**
 * The order in which test files start. vitest goes by how long they took, which a fresh checkout does not
 * know, and then by their size: the short file that kills collectors for a minute started last, with the
 * other worker idle. So those that take long are named here, the longest first.
 */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const DEAREST = [
  'tests/dashboards.test.ts',
  'tests/crash.test.ts',
  'tests/formats-agents.test.ts',
  'collector/formats/contract.test.ts',
  'tests/end-to-end.test.ts',
  'tests/upload.test.ts',
  'tests/alerts.test.ts',
  'tests/tail.test.ts',
  'tests/formats-session-logs.test.ts',
  'tests/bad-input.test.ts',
  'tests/formats-documents.test.ts',
  'collector/store/read-endpoint/streaming.test.ts',
  'tests/replace.test.ts',
  'collector/store/rollup.test.ts',
  'tests/budgets.test.ts',
  'tests/faults.test.ts',
  'tests/formats-command.test.ts',
  'tests/formats-bills.test.ts',
  'tests/formats-cursor.test.ts',
  'tests/demo.test.ts',
  'tests/access.test.ts',
  'tests/audit.test.ts',
];

export class DearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const missing = DEAREST.filter((path) => !existsSync(join(root, path)));
    if (missing.length > 0)
      throw new Error(`tests/support/dearest-first.ts names what is not there: ${missing.join(', ')}`);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = DEAREST.indexOf(relative(root, moduleId).replaceAll('\\', '/'));
      return at < 0 ? DEAREST.length : at;
    };
    const others = await super.sort(files);
    return others.sort((a, b) => rank(a) - rank(b));
  }
}
