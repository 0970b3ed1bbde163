/** A backup as one file: a ZIP archive, not compressed (its tables are), with the manifest first. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { ZipFile as ZipWriter } from 'yazl';
import { BackupError, MANIFEST, type Manifest, manifestSchema } from './manifest.ts';

const MANIFEST_BYTES = 16 * 1024 * 1024;

/** Size and sum of a file for the manifest. */
export async function sumOf(folder: string, path: string): Promise<Manifest['files'][number]> {
  const hash = createHash('sha256');
  const file = join(folder, path);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { path, bytes: statSync(file).size, sha256: hash.digest('hex') };
}

/** Writes the files of a manifest, which lie in a folder, to one file. It is on the disk at the end. */
export async function pack(folder: string, manifest: Manifest, target: string): Promise<void> {
  const zip = new ZipWriter();
  const options = { compress: false, mtime: new Date(manifest.createdAt), mode: 0o100600 };
  zip.addBuffer(Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`), MANIFEST, options);
  for (const { path } of manifest.files) zip.addFile(join(folder, path), path, options);
  const failed = new Promise<never>((_resolve, reject) => zip.on('error', reject));
  zip.end();
  await Promise.race([pipeline(zip.outputStream, createWriteStream(target, { mode: 0o600 })), failed]);
  const file = await open(target, 'r');
  await file.sync().finally(() => file.close());
}

/**
 * Reads a backup and compares every byte with the sums. With a folder the files are written there.
 * @throws BackupError with a sentence for one that is damaged, cut off or no backup
 */
export async function readBackup(path: string, folder?: string): Promise<Manifest> {
  const zip = await openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const entries = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
    const manifest = await manifestOf(zip, entries.get(MANIFEST), path);
    for (const file of manifest.files) await readFile(zip, entries.get(file.path), file, path, folder);
    return manifest;
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    zip.close();
  }
}

async function manifestOf(zip: ZipFile, entry: Entry | undefined, path: string): Promise<Manifest> {
  if (!entry || entry.uncompressedSize > MANIFEST_BYTES)
    throw new BackupError(`${path} is no backup of tallyd: it has no ${MANIFEST}.`);
  const parts: Buffer[] = [];
  for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Buffer);
  const told = JSON.parse(Buffer.concat(parts).toString('utf8')) as { format?: unknown };
  const read = manifestSchema.safeParse(told);
  if (read.success) return read.data;
  if (typeof told.format === 'number' && told.format > 1)
    throw new BackupError(
      `${path} was made by a newer tallyd, in a way that this one does not know. Upgrade tallyd.`,
    );
  throw new BackupError(
    `${path} is no backup of tallyd, or a damaged one: its ${MANIFEST} is not as it should be.`,
  );
}

async function readFile(
  zip: ZipFile,
  entry: Entry | undefined,
  file: Manifest['files'][number],
  path: string,
  folder: string | undefined,
): Promise<void> {
  if (!entry) throw damaged(path, `${file.path} is missing in it`);
  const hash = createHash('sha256');
  let bytes = 0;
  const source = await zip.openReadStreamPromise(entry);
  async function* summed(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  }
  if (folder === undefined) for await (const _chunk of summed());
  else {
    const target = join(folder, file.path);
    await mkdir(dirname(target), { recursive: true });
    await pipeline(Readable.from(summed()), createWriteStream(target, { mode: 0o600, flush: true }));
  }
  if (bytes !== file.bytes || hash.digest('hex') !== file.sha256)
    throw damaged(path, `${file.path} in it is not what was backed up`);
}

function damaged(path: string, what: string): BackupError {
  return new BackupError(
    `the backup ${path} is damaged: ${what}. Nothing was changed; take another copy of it.`,
  );
}

/** What the file is to blame for, told apart from what the disk is. */
function unreadable(path: string, error: unknown): unknown {
  if (error instanceof BackupError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && syscall === 'open') return new BackupError(`there is no file ${path}.`);
  if (syscall !== undefined) return error;
  return damaged(path, `it cannot be read as an archive (${(error as Error).message.split(/\.(?: |$)/)[0]})`);
}
