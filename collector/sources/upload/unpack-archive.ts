/** From an archive on the disk to a spool file for every file in it. */
import type { Bytes } from '../text.ts';
import { peek, unpackFile } from './decode.ts';
import { UploadProblem } from './problem.ts';
import { cleanName } from './settings.ts';
import { readableBytes, spool, type Spooled } from './spool.ts';
import { isZip, withZip, type ZipEntry } from './zip.ts';

/** Where a file of an archive goes: an upload of its own. */
export interface Place {
  id: string;
  startedAt: number;
  /** Where its bytes are written. */
  path: string;
}

export interface UnpackedFile extends Spooled, Place {
  /** `export.zip/usage.csv` */
  name: string;
}

/** A file of an archive that becomes no upload. */
export interface RefusedFile {
  name: string;
  problem: UploadProblem;
}

export interface Unpacked {
  files: UnpackedFile[];
  refused: RefusedFile[];
}

export interface UnpackOptions {
  /** What the archive is called. */
  name: string;
  /** Of all files in it together, unpacked. */
  maxBytes: number;
  newPlace: () => Place;
  /** Counts what is written for an upload, and throws when it is too much. */
  counted: (id: string, bytes: Bytes) => Bytes;
}

/**
 * Unpacks every file as an upload by itself would be. One that cannot be unpacked is refused and does
 * not stop the others.
 * @throws UploadProblem for an archive that is damaged, empty, a spreadsheet or too large unpacked; the
 * files written until then stay, and are the caller's to remove
 */
export async function unpackArchive(path: string, options: UnpackOptions): Promise<Unpacked> {
  return await withZip(path, async (entries) => {
    if (entries.length === 0)
      throw new UploadProblem('unsupported-file', `the ZIP archive ${options.name} holds no files.`);
    const unpacked: Unpacked = { files: [], refused: [] };
    let left = options.maxBytes;
    for (const [i, inside] of namesOf(entries).entries()) {
      const name = `${options.name}/${inside}`;
      try {
        const place = options.newPlace();
        const counted = (bytes: Bytes) => options.counted(place.id, bytes);
        const spooled = await unpackEntry(entries[i]!, inside, { path: place.path, left, counted });
        unpacked.files.push({ ...place, ...spooled, name });
        left -= spooled.bytes;
      } catch (error) {
        if (!(error instanceof UploadProblem) || isOfAll(error)) throw error;
        if (error.kind === 'too-large') throw tooLargeUnpacked(options);
        unpacked.refused.push({ name, problem: error });
      }
    }
    return unpacked;
  });
}

/** Whether the next file would meet the same. */
function isOfAll({ kind }: UploadProblem): boolean {
  return kind === 'disk-full' || kind === 'spool-full';
}

async function unpackEntry(
  entry: ZipEntry,
  name: string,
  { path, left, counted }: { path: string; left: number; counted: (bytes: Bytes) => Bytes },
): Promise<Spooled> {
  const source = entry.bytes();
  try {
    const { head, bytes } = await peek(source, 8);
    if (!isZip(head)) return await spool(counted(await unpackFile(bytes)), path, left);
    throw new UploadProblem(
      'unsupported-file',
      `${JSON.stringify(name)} is a ZIP archive or a spreadsheet (.xlsx) inside the archive. Send an archive by itself; save a spreadsheet as CSV first.`,
    );
  } finally {
    await source.return();
  }
}

/** The base names; where two files share one, their paths. None leads out of a folder. */
function namesOf(entries: readonly ZipEntry[]): string[] {
  const bases = entries.map(({ path }) => cleanName(path));
  return entries.map(({ path }, i) => {
    const base = bases[i]!;
    if (bases.indexOf(base) === bases.lastIndexOf(base)) return base;
    const folders = path.split('/').slice(0, -1);
    return [...folders.filter((one) => !/^\.*$/.test(one)).map(cleanName), base].join('/');
  });
}

function tooLargeUnpacked({ name, maxBytes }: UnpackOptions): UploadProblem {
  return new UploadProblem(
    'too-large',
    `the files in ${name} are more than ${readableBytes(maxBytes)} when unpacked, which is what an upload may be. Nothing of it was kept; send the files in it in several archives, or one by one.`,
  );
}
