/**
 * Makes a backup while the collector runs: everything of the store as it was between two batches,
 * the positions of followed files, and the uploads that are acknowledged and not done.
 */
import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../store/store.ts';
import { version } from '../version.ts';
import { pack, sumOf } from './archive.ts';
import { BackupError, type Manifest } from './manifest.ts';

/** A folder in the data directory where backups are made, and restored from. */
const FOLDER = 'backup';
const COPIED = ['positions.json', 'prices.json'];

export interface BackupSource {
  store: Store;
  dataDir: string;
}

/** A backup that lies in the data directory until it is removed. */
export interface MadeBackup {
  path: string;
  manifest: Manifest;
  remove(): Promise<void>;
}

/** Makes backups of one data directory, one at a time. */
export class Backups {
  readonly #source: BackupSource;
  #making = false;

  constructor(source: BackupSource) {
    this.#source = source;
  }

  async create(): Promise<MadeBackup> {
    if (this.#making) throw new BackupError('another backup is being made. Try again when it is done.');
    this.#making = true;
    const folder = join(this.#source.dataDir, FOLDER);
    const remove = async (): Promise<void> => {
      await rm(folder, { recursive: true, force: true });
      this.#making = false;
    };
    try {
      // a crash may have left one
      await rm(folder, { recursive: true, force: true });
      const manifest = await collect(this.#source, folder);
      const path = join(folder, 'backup.zip');
      await pack(folder, manifest, path);
      return { path, manifest, remove };
    } catch (error) {
      await remove();
      throw error;
    }
  }
}

async function collect({ store, dataDir }: BackupSource, folder: string): Promise<Manifest> {
  const tables = join(folder, 'tables');
  const data = join(folder, 'data');
  await mkdir(tables, { recursive: true });
  await mkdir(join(data, 'uploads'), { recursive: true });
  const uploads = { from: join(dataDir, 'uploads'), to: join(data, 'uploads') };
  // Positions never go before the rows, so they are taken first. A job goes when its report is in the
  // store, so those there before and those there after are all that the store does not tell of.
  const copy = await store.copyTables(tables, {
    before: async () => {
      for (const name of COPIED) await copyIfThere(join(dataDir, name), join(data, name));
      await linkJobs(uploads);
    },
    after: () => linkJobs(uploads),
  });
  const jobs = (await readdir(uploads.to)).sort().map((name) => `data/uploads/${name}`);
  const present = (await readdir(data)).filter((name) => COPIED.includes(name)).map((name) => `data/${name}`);
  const paths = [...copy.tables.map(({ file }) => `tables/${file}`), ...present, ...jobs];
  const files: Manifest['files'] = [];
  for (const path of paths) files.push(await sumOf(folder, path));
  return {
    ...{ kind: 'tallyd backup', format: 1, version, createdAt: new Date().toISOString() },
    ...{ schema: copy.schema, tables: copy.tables, files },
  };
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * A body does not change once its job is there, and a job is replaced, not changed: another name for
 * both keeps them while the upload ends.
 */
async function linkJobs({ from, to }: { from: string; to: string }): Promise<void> {
  const names = await readdir(from).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  for (const job of names.filter((name) => name.endsWith('.job.json'))) {
    const body = job.replace('.job.json', '.body');
    // the body first: a job without one would be work that cannot be done
    if (await linkIfThere(join(from, body), join(to, body)))
      await linkIfThere(join(from, job), join(to, job));
  }
}

/** False where it is not there any more: the store tells of it. */
async function linkIfThere(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code !== 'EEXIST') await copyFile(from, to);
  }
  return true;
}
