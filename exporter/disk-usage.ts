import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The unit of `stat.blocks`, whatever the block size of the file system. */
const BLOCK_BYTES = 512;

/**
 * Bytes that the files under `root` occupy, as `du` counts them: allocated blocks, and files with
 * several names once (ClickHouse links parts instead of copying them). What disappears meanwhile is
 * not counted. One file after the other: this is not to compete with the engine for the thread pool.
 */
export async function diskUsage(root: string, signal: AbortSignal): Promise<number> {
  const linked = new Set<string>();
  const folders = [root];
  let bytes = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesOf(folder)) {
      signal.throwIfAborted();
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      const stat = await lstat(path).catch(() => undefined);
      if (stat === undefined) continue;
      const identity = `${stat.dev}:${stat.ino}`;
      if (stat.nlink > 1 && !entry.isDirectory() && linked.has(identity)) continue;
      if (stat.nlink > 1) linked.add(identity);
      bytes += stat.blocks * BLOCK_BYTES;
    }
  }
  return bytes;
}

function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}
