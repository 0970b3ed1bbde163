/** The disk of the store fills up. Needs the right to mount a small file system; skips, saying so, without it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { claudeCode } from '../collector/formats/claude-code/recognise.ts';
import { claudeLine } from '../collector/sources/upload/testing.ts';
import type { Store } from '../collector/store/store.ts';
import type { BatchReport } from '../collector/store/types.ts';
import { openTestStore, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('disk-full');
const disk = join(folder.path, 'disk');

function mounted(): boolean {
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('The test of a full disk is skipped: no file system can be mounted here.');
    return false;
  }
}

const isMounted = process.platform === 'linux' && mounted();
afterAll(() => {
  if (isMounted) execFileSync('umount', [disk]);
  folder.remove();
});

async function put(store: Store, name: string): Promise<BatchReport> {
  const path = join(folder.path, `${name}.jsonl`);
  const line = (_: unknown, i: number) => `${claudeLine(`msg_${name}_${i}`, i)}\n`;
  writeFileSync(path, Array.from({ length: 2000 }, line).join(''));
  const input = { kind: 'files' as const, files: [{ path, size: statSync(path).size }] };
  const at = { dataset: 'd', uploadId: '', arrivedAt: 1, mode: 'append' as const, live: false };
  return await store.write({ ...at, format: claudeCode, input });
}

const events = async (store: Store) =>
  (await store.rows<{ n: number }>('SELECT toUInt32(count()) AS n FROM tallyd.usage'))[0]!.n;

describe.skipIf(!isMounted)('a full disk', () => {
  it('refuses batches with a reason, leaves the rest readable, and takes everything once when there is room', async () => {
    const store = await openTestStore(join(disk, 'store'));
    try {
      await put(store, 'before');
      const ballast = join(disk, 'ballast');
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize));
      await expect(put(store, 'full')).rejects.toThrow(/space/i);
      expect(store.refusal).toMatch(/space/i);
      expect(await events(store)).toBe(2000);
      rmSync(ballast);
      await put(store, 'full');
      expect(await events(store)).toBe(4000);
      const [sums] = await store.rows('SELECT toUInt32(sum(events)) AS n FROM tallyd.usage_hourly');
      expect(sums).toEqual({ n: 4000 });
      expect(store.refusal).toBeUndefined();
      const left = await store.rows("SELECT name FROM system.tables WHERE name LIKE 'batch%'");
      expect(left).toEqual([]);
    } finally {
      await store.close();
    }
  });
});
