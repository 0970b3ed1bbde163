/** Reads a ZIP archive: the files in it and their bytes. Nothing that it says of itself is trusted. */
import { pipeline, type Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { UploadProblem } from './problem.ts';

/** A file in an archive. */
export interface ZipEntry {
  /** Its path in the archive, as it is written there. */
  path: string;
  /**
   * Its unpacked bytes; whoever does not read them to their end must call `return`. Throws an
   * UploadProblem where they are encrypted or damaged.
   */
  bytes(): Unpacking;
}

type Unpacking = AsyncGenerator<Buffer, void, undefined>;

/** Every file is a job of its own; more than these belong into one file of lines. */
export const MOST_FILES = 1000;

/** Compression methods of APPNOTE.TXT, 4.4.5. */
const STORED = 0;
const DEFLATED = 8;
const METHODS: Record<number, string> = { 9: 'Deflate64', 12: 'bzip2', 14: 'LZMA', 93: 'zstd', 95: 'xz' };

/** Whether a file begins as an archive does; an empty one is only its end. */
export function isZip(head: Buffer): boolean {
  const magic = head.toString('latin1', 0, 4);
  return magic === 'PK\x03\x04' || magic === 'PK\x05\x06';
}

/**
 * Opens an archive for as long as `work` takes. Folders and what file managers leave behind are not
 * among its entries.
 * @throws UploadProblem for a damaged archive, one with too many files, and a spreadsheet
 */
export async function withZip<T>(path: string, work: (entries: ZipEntry[]) => Promise<T>): Promise<T> {
  // names are decoded here, so that an odd one does not end the archive
  const options = { autoClose: false, decodeStrings: false };
  const zip = await openPromise(path, options).catch((error: unknown) => {
    throw damaged('the ZIP archive', error);
  });
  try {
    return await work(await entriesOf(zip));
  } finally {
    zip.close();
  }
}

async function entriesOf(zip: ZipFile): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      const path = pathOf(entry);
      if (path === '[Content_Types].xml') throw spreadsheet();
      if (isNoFile(path)) continue;
      if (entries.length === MOST_FILES) throw tooMany();
      entries.push({ path, bytes: () => bytesOf(zip, entry, path) });
    }
  } catch (error) {
    throw damaged('the ZIP archive', error);
  }
  return entries;
}

function pathOf(entry: Entry): string {
  return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
}

/** Folders, the resource forks of macOS, and hidden files such as .DS_Store. */
function isNoFile(path: string): boolean {
  const segments = path.split('/');
  return segments.at(-1) === '' || segments.at(-1)!.startsWith('.') || segments.includes('__MACOSX');
}

async function* bytesOf(zip: ZipFile, entry: Entry, path: string): Unpacking {
  const name = JSON.stringify(path.split('/').at(-1));
  if (entry.isEncrypted())
    throw new UploadProblem(
      'unsupported-file',
      `${name} is encrypted. Unpack the archive with its password and send the file by itself.`,
    );
  const method = entry.compressionMethod;
  if (method !== STORED && method !== DEFLATED)
    throw new UploadProblem(
      'unsupported-file',
      `${name} is packed with ${METHODS[method] ?? `method ${method}`}, which few programs read. ` +
        'Pack the archive with Deflate, or send the file by itself.',
    );
  try {
    const raw = await zip.openReadStreamPromise(entry, { decodeFileData: false });
    // an error of either stream arrives where the last is read
    const plain: Readable =
      method === STORED ? raw : pipeline(raw, createInflateRaw({ chunkSize: 64 * 1024 }), () => undefined);
    let sum = 0;
    for await (const chunk of plain) {
      sum = crc32(chunk as Buffer, sum);
      yield chunk as Buffer;
    }
    if (sum !== entry.crc32) throw new Error('its checksum is wrong');
  } catch (error) {
    throw damaged(name, error);
  }
}

/** What the bytes are to blame for, told apart from what the disk is. */
function damaged(what: string, error: unknown): unknown {
  if (error instanceof UploadProblem || (error as NodeJS.ErrnoException).syscall) return error;
  // yauzl adds advice for programmers in further sentences
  const [reason = ''] = (error as Error).message.split(/\.(?: |$)/);
  return new UploadProblem(
    'unsupported-file',
    `${what} cannot be read (${reason}). Check with \`unzip -t\` that the archive is whole.`,
  );
}

function spreadsheet(): UploadProblem {
  return new UploadProblem(
    'unsupported-file',
    'the body is a spreadsheet (.xlsx) or another office document. Save the sheet as CSV and send that.',
  );
}

function tooMany(): UploadProblem {
  return new UploadProblem(
    'unsupported-file',
    `the ZIP archive holds more than ${MOST_FILES.toLocaleString('en-US')} files. Send it in parts, or the files one by one.`,
  );
}
