/** Whatever happens to files: `npm run test:files` runs the same over 10,000 cases. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { memoryStoreOf } from './testing/memory-store.ts';
import { runCases } from './testing/run-cases.ts';

const home = mkdtempSync(join(tmpdir(), 'tallyd-tail-model-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('whatever happens to files', () => {
  it('stores what was there when it looked, nothing twice, and nothing that never was', async () => {
    const counts = await runCases({ folder: home, cases: 120, most: 25, storeOf: memoryStoreOf });
    expect(counts).toMatchObject({ cases: 120, lost: 0, invented: 0, doubled: 0 });
  });
});
