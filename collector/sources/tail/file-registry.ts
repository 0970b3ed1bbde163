/** All files that are followed or remembered, by identity and by path. */
import { statSync } from 'node:fs';
import type { Format } from '../../formats/format.ts';
import type { Found } from './discovery.ts';
import { type FileState, hasChanged, seenOf, START } from './file-state.ts';
import type { FollowedRoot } from './followed-root.ts';
import type { Remembered } from './positions.ts';

/** A file that is gone may come back: a disk that is mounted later, a folder restored. */
const REMEMBER_GONE_MS = 30 * 24 * 3600 * 1000;

export class FileRegistry {
  readonly #byId = new Map<string, FileState>();
  readonly #byPath = new Map<string, FileState>();
  readonly #onMoved: (file: FileState, from: string) => void;

  /** @param onMoved told when a file has taken another path */
  constructor(onMoved: (file: FileState, from: string) => void = () => {}) {
    this.#onMoved = onMoved;
  }

  /** Every file, those that are gone included. */
  all(): Iterable<FileState> {
    return this.#byId.values();
  }

  restore(remembered: readonly Remembered[], formats: readonly Format[]): void {
    for (const { path, id, format, dataset, goneAt, position } of remembered) {
      const file = newFile(path, { id, size: position.size, mtimeMs: position.mtimeMs });
      file.format = formats.find(({ name }) => name === format);
      file.dataset = dataset;
      if (file.format) file.position = position;
      if (goneAt !== undefined) file.goneAt = goneAt;
      this.#byId.set(id, file);
      if (goneAt === undefined || !this.#byPath.has(path)) this.#byPath.set(path, file);
    }
  }

  /** What is worth remembering: files of which something is stored. */
  remembered(): Remembered[] {
    const kept: Remembered[] = [];
    for (const file of this.#byId.values()) {
      if (!file.format || file.position.readTo === 0) continue;
      const { path, id, dataset, goneAt, position } = file;
      kept.push({ path, id, format: file.format.name, dataset, goneAt, position });
    }
    return kept;
  }

  /**
   * Takes a look at a file into account.
   *
   * @returns the file; undefined where it is followed by another name or belongs to another root.
   */
  see(found: Found, root: FollowedRoot, sweep: number): FileState | undefined {
    const atPath = this.#byPath.get(found.path);
    const known = this.#byId.get(found.id);
    const file = known ?? newFile(found.path, found);
    if (known && known.path !== found.path && this.#isStillThere(known)) return undefined;
    if (isOfEarlierRoot(file, root, found.path)) return undefined;
    // Another file took the path. A copy that was put in place begins and ends alike up to the
    // position, so reading goes on there; reading compares, and starts anew if it is not.
    if (!known && atPath) {
      file.format = atPath.format;
      file.position = atPath.position;
    }
    if (atPath && atPath !== file) this.#byPath.delete(found.path);
    if (file.path !== found.path) this.#leave(file);
    file.path = found.path;
    this.#byId.set(found.id, file);
    this.#byPath.set(found.path, file);
    adopt(file, root);
    update(file, found, sweep);
    return file;
  }

  at(path: string): FileState | undefined {
    return this.#byPath.get(path);
  }

  /** Files of a root that a complete sweep did not see and that are gone indeed. */
  missing(root: FollowedRoot, sweep: number): FileState[] {
    const missing: FileState[] = [];
    for (const file of this.#byId.values()) {
      const ours = file.root === root || (file.root === undefined && root.follows(file.path));
      if (ours && file.goneAt === undefined && file.sweep < sweep && !this.#isStillThere(file))
        missing.push(file);
    }
    return missing;
  }

  /** Its rows stay; its position is kept for a while. */
  markGone(file: FileState): void {
    file.goneAt ??= Date.now();
    file.waitingSince = 0;
    delete file.problem;
    delete file.damaged;
    delete file.unrecognised;
  }

  /** Forgets files that have been gone for long. */
  forgetOld(): void {
    for (const [id, file] of this.#byId) {
      if (file.goneAt === undefined || Date.now() - file.goneAt < REMEMBER_GONE_MS) continue;
      this.#byId.delete(id);
      if (this.#byPath.get(file.path) === file) this.#byPath.delete(file.path);
    }
  }

  #leave(file: FileState): void {
    if (this.#byPath.get(file.path) !== file) return;
    this.#byPath.delete(file.path);
    this.#onMoved(file, file.path);
  }

  #isStillThere(file: FileState): boolean {
    if (this.#byPath.get(file.path) !== file) return false;
    try {
      return seenOf(statSync(file.path, { bigint: true })).id === file.id;
    } catch (error) {
      // Not allowed to look is not gone.
      return (error as NodeJS.ErrnoException).code === 'EACCES';
    }
  }
}

function newFile(path: string, seen: { id: string; size: number; mtimeMs: number }): FileState {
  return {
    path,
    id: seen.id,
    size: seen.size,
    mtimeMs: seen.mtimeMs,
    root: undefined,
    format: undefined,
    dataset: '',
    position: START,
    changedAt: Math.min(Date.now(), seen.mtimeMs),
    waitingSince: 0,
    failures: 0,
    sweep: 0,
  };
}

function isOfEarlierRoot(file: FileState, root: FollowedRoot, path: string): boolean {
  return (
    file.root !== undefined && file.path === path && file.root.index < root.index && file.root.follows(path)
  );
}

/** A file keeps its position when it moves to another root, unless that one reads it otherwise. */
function adopt(file: FileState, root: FollowedRoot): void {
  if (root.format !== 'auto' && file.format !== root.format) {
    file.format = root.format;
    file.position = START;
  }
  file.root = root;
  file.dataset = root.dataset;
}

function update(file: FileState, found: Found, sweep: number): void {
  if (file.size !== found.size || file.mtimeMs !== found.mtimeMs) file.changedAt = Date.now();
  file.size = found.size;
  file.mtimeMs = found.mtimeMs;
  file.sweep = sweep;
  delete file.goneAt;
  if (hasChanged(file)) delete file.unrecognised;
}
