/**
 * The folder that an export writes to. A manifest tells which files are the export's own: those that no
 * longer belong are removed, and what others put there is never touched.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError } from '../commands/command-error.ts';
import { hash, MANIFEST, type Manifest, readManifest, type Remembered } from './manifest.ts';

export interface ExportFile {
  /** Below the folder, with `/`. */
  path: string;
  text: string;
  /** There is a password in it: only its owner may read it. */
  secret: boolean;
}

export interface Written {
  added: string[];
  changed: string[];
  unchanged: string[];
  removed: string[];
}

/** What Grafana's own provisioning folder holds. */
const GRAFANAS = new Set(['access-control', 'alerting', 'dashboards', 'datasources', 'notifiers', 'plugins']);

export class TargetFolder {
  readonly #folder: string;
  readonly #manifest: Manifest | undefined;

  /** Looks at the folder. @throws CommandError when it is no place for an export. */
  constructor(folder: string, { force }: { force: boolean }) {
    this.#folder = folder;
    if (existsSync(folder) && !statSync(folder).isDirectory())
      throw new CommandError(`${folder} is a file; name a folder, which is made when it is absent.`);
    this.#manifest = readManifest(join(folder, MANIFEST));
    if (!this.#manifest && !force) this.#refuseOtherThings();
  }

  /** What the last export here left to remember. */
  get remembered(): Remembered {
    return (
      this.#manifest ?? { rules: [], datasources: [], contactPoints: [], muteTimes: [], policies: false }
    );
  }

  /**
   * Brings the folder to these files. The manifest is written first with old and new files in it, so
   * that an export that is broken off is continued by the next.
   * @throws CommandError before anything is written, when a file in the way is not the export's.
   */
  write(files: readonly ExportFile[], remembered: Remembered, { force }: { force: boolean }): Written {
    const written: Written = { added: [], changed: [], unchanged: [], removed: [] };
    const before = this.#manifest?.files ?? {};
    for (const file of files) this.#compare(file, written, force);
    const removed = Object.keys(before).filter((path) => !files.some((file) => file.path === path));
    for (const path of removed) this.#refuseChanged(path, force);
    const after = Object.fromEntries(files.map(({ path, text }) => [path, hash(text)]));
    mkdirSync(this.#folder, { recursive: true });
    this.#writeManifest({ version: 1, ...remembered, files: { ...before, ...after } });
    for (const file of files) this.#put(file);
    for (const path of removed) this.#remove(path);
    this.#writeManifest({ version: 1, ...remembered, files: after });
    return { ...written, removed };
  }

  #compare({ path, text }: ExportFile, written: Written, force: boolean): void {
    const there = this.#read(path);
    if (there === undefined) written.added.push(path);
    else if (there === text) written.unchanged.push(path);
    else if (this.#manifest?.files[path] === undefined)
      throw new CommandError(
        `${join(this.#folder, path)} is not from an export, and would be overwritten: move it away.`,
      );
    else {
      this.#refuseChanged(path, force);
      written.changed.push(path);
    }
  }

  #refuseChanged(path: string, force: boolean): void {
    const there = this.#read(path);
    if (force || there === undefined || hash(there) === this.#manifest?.files[path]) return;
    throw new CommandError(
      `${join(this.#folder, path)} was changed since the last export: keep your copy elsewhere under another name, and say --force to replace it.`,
    );
  }

  #refuseOtherThings(): void {
    if (!existsSync(this.#folder)) return;
    const other = readdirSync(this.#folder).filter((name) => !GRAFANAS.has(name));
    if (other.length === 0) return;
    throw new CommandError(
      `${this.#folder} holds other things (${other.slice(0, 3).join(', ')}${other.length > 3 ? ', …' : ''}) and does not look like Grafana's provisioning folder: name an empty or new one, or say --force.`,
    );
  }

  #read(path: string): string | undefined {
    const file = join(this.#folder, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  /** Beside the folders that Grafana reads: in them, a file by another name would be an error at its start. */
  #put({ path, text, secret }: ExportFile): void {
    const target = join(this.#folder, path);
    const fresh = join(this.#folder, `.tallyd-export.${process.pid}.tmp`);
    mkdirSync(dirname(target), { recursive: true });
    rmSync(fresh, { force: true });
    writeFileSync(fresh, text, { mode: secret ? 0o600 : 0o644 });
    renameSync(fresh, target);
  }

  #remove(path: string): void {
    rmSync(join(this.#folder, path), { force: true });
    try {
      if (path.split('/').length > 2) rmdirSync(dirname(join(this.#folder, path)));
    } catch (error) {
      // others are in it, or it is gone already
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(String((error as NodeJS.ErrnoException).code)))
        throw error;
    }
  }

  #writeManifest(manifest: Manifest): void {
    this.#put({ path: MANIFEST, text: `${JSON.stringify(manifest, undefined, 2)}\n`, secret: false });
  }
}
