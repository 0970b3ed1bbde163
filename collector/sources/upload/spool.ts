/** Writes a stream to a spool file that survives a loss of power. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { ShapeCounter, type TextShape } from '../shape.ts';
import type { Bytes } from '../text.ts';
import { UploadProblem } from './problem.ts';

export type Spooled = TextShape;

/** Resolves when the bytes are on the disk. Leaves no file behind when it rejects. */
export async function spool(source: Bytes, path: string, maxBytes: number): Promise<Spooled> {
  const file = await open(path, 'wx');
  let spooled: Spooled | undefined;
  try {
    spooled = await writeAll(source, file, maxBytes);
    await file.sync();
    return spooled;
  } catch (error) {
    spooled = undefined;
    throw diskProblem(error);
  } finally {
    await file.close();
    if (!spooled) await rm(path, { force: true });
  }
}

async function writeAll(source: Bytes, file: FileHandle, maxBytes: number): Promise<Spooled> {
  const counter = new ShapeCounter();
  for await (const chunk of source) {
    counter.add(chunk);
    if (counter.bytes > maxBytes) throw tooLarge(maxBytes);
    // in order and whole: writeFile on a handle goes on where it is, and repeats short writes
    await file.writeFile(chunk);
  }
  return counter.shape;
}

/** Passes bytes on and stops when they are too many. For bytes before they are decompressed. */
export async function* limited(source: Bytes, maxBytes: number): Bytes {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

export function tooLarge(maxBytes: number): UploadProblem {
  return new UploadProblem(
    'too-large',
    `an upload may be ${readableBytes(maxBytes)}, decompressed. Split the file (each part of a table with its header) and send the parts one by one.`,
  );
}

export function readableBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}

function diskProblem(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return error;
  return new UploadProblem('disk-full', 'the disk of TALLYD_DATA_DIR is full. Make room and send it again.');
}
