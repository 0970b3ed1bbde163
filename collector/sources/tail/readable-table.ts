/**
 * What the engine reads in the place of a followed table: the file itself where it can, else a copy in the
 * spool that is what an upload of the file would be, so that followed and pushed it gives the same events.
 */
import { createReadStream } from 'node:fs';
import { rename, symlink, writeFile } from 'node:fs/promises';
import type { Sample } from '../../formats/format.ts';
import { readSample } from '../../formats/recognise.ts';
import type { BatchInput } from '../../store/types.ts';
import { needsRepair, repairTable } from '../repair.ts';
import { ShapeCounter, type TextShape } from '../shape.ts';
import { utf8 } from '../text.ts';
import type { FileState } from './file-state.ts';
import type { Preparing } from './prepared-batch.ts';
import { isPlainPath } from './whole-files.ts';

export async function readableTable(file: FileState, sample: Sample, how: Preparing): Promise<BatchInput> {
  const { path: origin } = file;
  const found = await look(origin);
  const isBroken = file.isCrooked === true || needsRepair(found);
  let header = sample.table!;
  let path = origin;
  if (!found.isUtf8 || isBroken || (how.readsFiles && !isPlainPath(origin))) path = how.spool.newPath('.csv');
  try {
    if (!found.isUtf8) {
      await writeFile(path, utf8(createReadStream(origin)));
      header = (await readSample(path)).table ?? header;
    }
    if (isBroken) {
      const repaired = how.spool.newPath('.csv');
      await repairTable(found.isUtf8 ? origin : path, repaired, header);
      await rename(repaired, path);
    }
    if (found.isUtf8 && !isBroken && path !== origin) await symlink(origin, path);
  } catch (error) {
    if (path !== origin) await how.spool.remove(path);
    throw error;
  }
  return { kind: 'table', path, origin, header };
}

/** Reads a file once. */
async function look(path: string): Promise<TextShape & { isUtf8: boolean }> {
  const counter = new ShapeCounter();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isUtf8 = true;
  const decode = (chunk?: Buffer): void => {
    try {
      decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      isUtf8 = false;
    }
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    counter.add(chunk);
    if (isUtf8) decode(chunk);
  }
  if (isUtf8) decode();
  return { ...counter.shape, isUtf8 };
}
