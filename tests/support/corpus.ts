/** Generated files on a disk, given to a store in the ways that bytes reach it. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GrowthStep } from '../../collector/demo/shuffle.ts';
import type { GeneratedFile } from '../../collector/demo/truth.ts';
import type { Format } from '../../collector/formats/format.ts';
import { FrameWriter } from '../../collector/store/frames.ts';
import type { Store } from '../../collector/store/store.ts';
import type { Batch, BatchReport } from '../../collector/store/types.ts';

/** Writes files below a folder. @returns their absolute paths, in the order given. */
export function writeCorpus(folder: string, files: Iterable<GeneratedFile>): string[] {
  const paths: string[] = [];
  for (const { path, content } of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    paths.push(target);
  }
  return paths;
}

/** The sums per hour, a third of what a small batch costs, are left to `store.catchUp()`. */
export function batchOf(format: Format, input: Batch['input'], more: Partial<Batch> = {}): Batch {
  return {
    format,
    dataset: 'test',
    input,
    uploadId: '',
    arrivedAt: 1,
    mode: 'append',
    live: false,
    moreFollows: true,
    ...more,
  };
}

/** Whole files, read where they lie. */
export async function readInPlace(store: Store, format: Format, paths: string[]): Promise<BatchReport> {
  const files = paths.map((path) => ({ path, size: statSync(path).size }));
  return await store.write(batchOf(format, { kind: 'files', files }));
}

/**
 * Growth step by step, as the tail would give it: the whole lines that came, then the rest of a
 * last line. Steps are written in batches of `together`.
 */
export async function readAsItGrows(
  store: Store,
  format: Format,
  steps: Iterable<GrowthStep>,
  options: { spool: string; together: number },
): Promise<void> {
  const rests = new Map<string, Buffer>();
  const lines = new Map<string, number>();
  let pending: { path: string; base: number; content: Buffer }[] = [];
  let number = 0;
  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const spool = join(options.spool, `growth-${number++}.frames`);
    const writer = await FrameWriter.create(spool);
    for (const frame of pending) lines.set(frame.path, frame.base + (await writer.add(frame)));
    await writer.close();
    pending = [];
    await store.write(batchOf(format, { kind: 'frames', spool }));
  };
  for (const { path, bytes } of steps) {
    const grown = Buffer.concat([rests.get(path) ?? Buffer.alloc(0), bytes]);
    const end = grown.lastIndexOf(10) + 1;
    rests.set(path, grown.subarray(end));
    // an unfinished line goes along, as the tail does for a quiet file
    if (pending.some((frame) => frame.path === path) || pending.length >= options.together) await flush();
    pending.push({ path, base: lines.get(path) ?? 0, content: grown });
  }
  await flush();
}
