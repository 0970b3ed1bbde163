/** Finding files: every folder once, symbolic links followed, what cannot be read said and passed over. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Seen, seenOf, withLog } from './file-state.ts';
import type { PathProblem } from './types.ts';

export interface Found extends Seen {
  path: string;
  /** Reached by a link to the file itself: its folder does not tell of its changes. */
  linked: boolean;
}

export interface Discovery {
  exists: boolean;
  found: Found[];
  problems: PathProblem[];
}

export interface DiscoveryOptions {
  follows: (path: string) => boolean;
  /** Whether a folder is looked into; every one without it. */
  enters?: (folder: string) => boolean;
  /** Whether a file is a database, so that a change of the log beside it is one of the file. */
  isDatabase?: (path: string) => boolean;
  /** Told of a folder before it is read, so that nothing created in between is missed. */
  onFolder: (path: string) => void;
}

/** Looks through a folder, or at a file. */
export async function discover(base: string, options: DiscoveryOptions): Promise<Discovery> {
  const discovery: Discovery = { exists: true, found: [], problems: [] };
  const walk = new Walk(discovery, options);
  discovery.exists = walk.look(base, false);
  await walk.run();
  return discovery;
}

/**
 * Looks are synchronous, which costs a third of the CPU, and half the time while the pool's threads are
 * busy reading; this many are made before others get a turn.
 */
const LOOKS_AT_ONCE = 200;

class Walk {
  readonly #into: Discovery;
  readonly #options: DiscoveryOptions;
  readonly #folders: string[] = [];
  /** Folders by device and inode: a link to a parent would go round for ever. */
  readonly #visited = new Set<string>();
  #looks = 0;

  constructor(into: Discovery, options: DiscoveryOptions) {
    this.#into = into;
    this.#options = options;
  }

  async run(): Promise<void> {
    for (let folder = this.#folders.pop(); folder !== undefined; folder = this.#folders.pop()) {
      this.#options.onFolder(folder);
      for (const entry of this.#entries(folder)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() || entry.isSymbolicLink() || this.#options.follows(path)) {
          this.look(path, entry.isSymbolicLink());
          if (this.#isTurnOver()) await setImmediate();
        }
      }
      if (this.#isTurnOver()) await setImmediate();
    }
  }

  #isTurnOver(): boolean {
    return ++this.#looks % LOOKS_AT_ONCE === 0;
  }

  /** @returns whether there is anything. */
  look(path: string, linked: boolean): boolean {
    try {
      const stat = statSync(path, { bigint: true });
      const seen = seenOf(stat);
      if (stat.isDirectory()) {
        const isEntered = this.#options.enters?.(path) ?? true;
        if (!this.#visited.has(seen.id) && isEntered) this.#folders.push(path);
        this.#visited.add(seen.id);
      } else if (stat.isFile() && this.#options.follows(path)) {
        const whole = this.#options.isDatabase?.(path) ? withLog(path, seen) : seen;
        this.#into.found.push({ path, linked, ...whole });
      }
      return true;
    } catch (error) {
      return this.#failed(path, error);
    }
  }

  #entries(folder: string): Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      this.#failed(folder, error);
      return [];
    }
  }

  #failed(path: string, error: unknown): boolean {
    if (isAbsent(error)) return false;
    this.#into.problems.push({ path, problem: problemOf(error) });
    return true;
  }
}

/** Whether an error says that nothing is there (any more). */
export function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** An error of the file system as a sentence. */
export function problemOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM')
    return 'Permission denied: give the user that tallyd runs as the right to read it.';
  if (code === 'ELOOP') return 'It is a symbolic link that leads back to itself.';
  if (code === 'EMFILE' || code === 'ENFILE')
    return 'The system gives no more open files: raise the limit (ulimit -n).';
  return `It cannot be read: ${message}.`;
}
