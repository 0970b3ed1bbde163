/**
 * Puts a backup in the place of what the data directory holds. Everything is made ready beside it and
 * checked; then a mark is set, and what bears the mark is put in place, by this command or by whatever
 * opens the data directory next. So a crash leaves what was there before, or all of the backup.
 */
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbedded } from '../store/embedded.ts';
import { loadCopy, schemaProblem } from '../store/table-copies.ts';
import { readBackup } from './archive.ts';
import { BackupError, type Manifest } from './manifest.ts';

const FOLDER = 'restore';
/** In the folder, when all of it is ready. */
const READY = 'ready';
/** What is put in place; what the backup does not have is taken away. */
const PARTS = ['positions.json', 'prices.json', 'uploads', 'store'];

export interface RestoreOptions {
  /** The backup. */
  file: string;
  dataDir: string;
  poolThreads: number;
  maxThreads: number;
}

/** Restores a backup. Whether the data directory may be replaced is the caller's to know. */
export async function restore({ file, dataDir, ...threads }: RestoreOptions): Promise<Manifest> {
  const folder = join(dataDir, FOLDER);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    const manifest = await readBackup(file, folder);
    const problem = schemaProblem(manifest.schema);
    if (problem !== undefined) throw new BackupError(`the backup ${file} cannot be restored: ${problem}`);
    await fill(join(folder, 'data', 'store'), manifest, join(folder, 'tables'), threads);
    await rm(join(folder, 'tables'), { recursive: true });
    await mkdir(join(folder, 'data', 'uploads'), { recursive: true });
    await mark(folder);
    await finishRestore(dataDir);
    return manifest;
  } catch (error) {
    if (!existsSync(join(folder, READY))) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function fill(
  path: string,
  manifest: Manifest,
  tables: string,
  threads: { poolThreads: number; maxThreads: number },
): Promise<void> {
  const engine = await openEmbedded({ path, ...threads });
  try {
    await loadCopy(engine, manifest, tables);
  } finally {
    await engine.close();
  }
}

/**
 * Puts in place what a restore has made ready. Must run before anything in the data directory is
 * opened; does nothing where there is nothing to put in place. Safe to repeat after a crash.
 */
export async function finishRestore(dataDir: string): Promise<boolean> {
  const folder = join(dataDir, FOLDER);
  if (!existsSync(join(folder, READY))) return false;
  const old = join(folder, 'old');
  await mkdir(old, { recursive: true });
  const restored = JSON.parse(await readFile(join(folder, READY), 'utf8')) as string[];
  for (const part of PARTS) {
    const fresh = join(folder, 'data', part);
    const place = join(dataDir, part);
    const aside = join(old, part);
    // what is restored and not here any more stands in its place already
    if (restored.includes(part) && !existsSync(fresh)) continue;
    if (existsSync(place) && !existsSync(aside)) await rename(place, aside);
    if (restored.includes(part)) await rename(fresh, place);
  }
  await syncFolder(dataDir);
  // the mark goes first: without it the rest is only left over
  await rm(join(folder, READY));
  await rm(folder, { recursive: true, force: true });
  return true;
}

/** Sets the mark in one step: it says what is restored. */
async function mark(folder: string): Promise<void> {
  const parts = PARTS.filter((part) => existsSync(join(folder, 'data', part)));
  const file = await open(join(folder, `${READY}.tmp`), 'w');
  try {
    await file.writeFile(JSON.stringify(parts));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(join(folder, `${READY}.tmp`), join(folder, READY));
  await syncFolder(folder);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
