/** Looks for files: at all of them now and then, and at the places where the watcher saw something. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { discover, type Discovery, type DiscoveryOptions, isAbsent } from './discovery.ts';
import type { FileRegistry } from './file-registry.ts';
import type { FileState } from './file-state.ts';
import type { FolderWatcher } from './folder-watcher.ts';
import type { FollowedRoot } from './followed-root.ts';

export interface LookingParts {
  roots: readonly FollowedRoot[];
  registry: FileRegistry;
  watcher: FolderWatcher;
  /** A file was seen; `touched`: something happened to it, whatever its size and time say. */
  onSeen: (file: FileState, touched: boolean) => void;
  onGone: (file: FileState) => void;
}

export class Looking {
  readonly #parts: LookingParts;
  #sweep = 0;
  /** How long the last sweep took. */
  sweepMs = 0;

  constructor(parts: LookingParts) {
    this.#parts = parts;
  }

  /** Looks at everything. */
  async sweep(): Promise<void> {
    const begun = performance.now();
    this.#sweep++;
    const watched = new Set<string>();
    const seen: FileState[] = [];
    for (const root of this.#parts.roots) seen.push(...(await this.#sweepRoot(root, watched)));
    this.#parts.watcher.keepOnly(watched);
    // The oldest first: batches then hold usage of neighbouring days.
    seen.sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const file of seen) this.#parts.onSeen(file, false);
    for (const root of this.#parts.roots)
      for (const file of this.#parts.registry.missing(root, this.#sweep)) this.#gone(file);
    this.#parts.registry.forgetOld();
    this.sweepMs = performance.now() - begun;
  }

  /** Looks where something happened. */
  async touched(paths: Iterable<string>): Promise<void> {
    for (const path of new Set([...paths].map((one) => this.#databaseOf(one) ?? one))) {
      const kind = kindAt(path);
      for (const root of this.#parts.roots) {
        const isAbove = root.base.startsWith(path.endsWith('/') ? path : `${path}/`);
        // A folder above a root came, went, or was replaced: so may have all below.
        if (isAbove) await this.#lookAt(root, root.base, false);
        else if (root.holds(path) && kind !== 'absent') await this.#lookAt(root, path, kind === 'file');
      }
      const file = this.#parts.registry.at(path);
      if (kind === 'absent' && file && file.goneAt === undefined) this.#gone(file);
    }
  }

  /** The database whose log a path is: a change of the one is a change of the other. */
  #databaseOf(path: string): string | undefined {
    if (!path.endsWith('-wal')) return undefined;
    const database = path.slice(0, -'-wal'.length);
    const isFollowed = this.#parts.roots.some((root) => root.isDatabase(database) && root.follows(database));
    return isFollowed ? database : undefined;
  }

  async #sweepRoot(root: FollowedRoot, watched: Set<string>): Promise<FileState[]> {
    const discovery = await discover(root.base, {
      ...visitOf(root),
      onFolder: (path) => this.#watch(path, watched),
    });
    root.exists = discovery.exists;
    root.problems = discovery.problems;
    // A root that is a file, or that is not there yet, is seen to change by the folder around it.
    this.#watch(discovery.exists ? dirname(root.base) : nearestFolder(root.base), watched);
    return this.#see(root, discovery, watched);
  }

  async #lookAt(root: FollowedRoot, path: string, touched: boolean): Promise<void> {
    const discovery = await discover(path, {
      ...visitOf(root),
      onFolder: (folder) => this.#watch(folder),
    });
    if (path === root.base) {
      root.exists = discovery.exists;
      if (!discovery.exists) this.#watch(nearestFolder(root.base));
    }
    for (const file of this.#see(root, discovery)) this.#parts.onSeen(file, touched);
  }

  #see(root: FollowedRoot, discovery: Discovery, watched?: Set<string>): FileState[] {
    const files: FileState[] = [];
    for (const found of discovery.found) {
      if (found.linked) this.#watch(found.path, watched);
      const file = this.#parts.registry.see(found, root, this.#sweep);
      if (file) files.push(file);
    }
    return files;
  }

  #watch(path: string, watched?: Set<string>): void {
    watched?.add(path);
    this.#parts.watcher.watch(path);
  }

  #gone(file: FileState): void {
    this.#parts.registry.markGone(file);
    this.#parts.onGone(file);
  }
}

function visitOf(root: FollowedRoot): Omit<DiscoveryOptions, 'onFolder'> {
  return {
    follows: (path) => root.follows(path),
    enters: (folder) => root.enters(folder),
    isDatabase: (path) => root.isDatabase(path),
  };
}

function kindAt(path: string): 'file' | 'folder' | 'absent' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    // what cannot be looked at is left to the sweep, which reports it
    return isAbsent(error) ? 'absent' : 'folder';
  }
}

/** The deepest folder above a path that exists. */
function nearestFolder(path: string): string {
  let folder = dirname(path);
  while (kindAt(folder) === 'absent' && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
