import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FolderWatcher } from './folder-watcher.ts';
import { testFolder } from './testing/folder.ts';

function watching(path: string): { touched: Set<string>; watcher: FolderWatcher } {
  const touched = new Set<string>();
  const watcher = new FolderWatcher({
    onTouched: (paths) => paths.forEach((one) => touched.add(one)),
    coalesceMs: 5,
    log: pino({ level: 'silent' }),
  });
  onTestFinished(() => watcher.close());
  watcher.watch(path);
  return { touched, watcher };
}

describe('a folder watcher', () => {
  it('tells of a file that grows, one that is new and one that goes', async () => {
    const folder = testFolder();
    const path = folder.write('a', '1');
    const { touched } = watching(folder.path);
    appendFileSync(path, '2');
    await vi.waitFor(() => expect(touched).toContain(path));
    const other = folder.write('b', '');
    await vi.waitFor(() => expect(touched).toContain(other));
    touched.clear();
    rmSync(other);
    await vi.waitFor(() => expect(touched).toContain(other));
  });

  it('can watch a folder again that was removed and made anew', async () => {
    const folder = testFolder();
    const below = join(folder.path, 'x');
    mkdirSync(below);
    const { touched, watcher } = watching(below);
    rmSync(below, { recursive: true });
    await vi.waitFor(() => expect(touched).toContain(below));
    mkdirSync(below);
    watcher.watch(below);
    const path = folder.write('x/a', '');
    await vi.waitFor(() => expect(touched).toContain(path));
  });

  it('is silent when it is closed', async () => {
    const folder = testFolder();
    const { touched, watcher } = watching(folder.path);
    folder.write('a', '');
    watcher.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(touched.size).toBe(0);
  });
});
