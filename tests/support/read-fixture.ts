/** Reading a file as an upload is read: recognised by its beginning, then written to a store. */
import { copyFileSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Format, Sample } from '../../collector/formats/format.ts';
import { readSample, recogniseSample } from '../../collector/formats/recognise.ts';
import type { Store } from '../../collector/store/store.ts';
import type { Batch, BatchInput, BatchReport } from '../../collector/store/types.ts';

export interface ReadOptions extends Partial<
  Pick<Batch, 'dataset' | 'arrivedAt' | 'mode' | 'uploadId' | 'live'>
> {
  /** The formats that may recognise the file. */
  formats: readonly Format[];
  /** Skips recognition. */
  format?: Format;
}

/**
 * Reads a file into a store. Throws the sentence of a file that nobody recognises. The sums per hour,
 * a third of what a small batch costs, are left to `store.catchUp()`.
 */
export async function readFile(
  store: Store,
  path: string,
  options: ReadOptions,
): Promise<{ format: Format; report: BatchReport }> {
  const sample = await readSample(path);
  const { formats, format: forced, ...place } = options;
  const recognised = forced ? { format: forced } : recogniseSample(sample, formats);
  if ('problem' in recognised) throw new Error(recognised.problem);
  const { format } = recognised;
  const batch: Batch = {
    format,
    dataset: 'fixture',
    input: inputOf(format, sample, path),
    uploadId: 'upload',
    arrivedAt: 1_700_000_000_000,
    mode: 'append',
    live: false,
    moreFollows: true,
    ...place,
  };
  return { format, report: await store.write(batch) };
}

/** The engine opens a database for writing, so it gets a copy; the system clears its folder. */
function copyOf(path: string): string {
  const copy = join(mkdtempSync(join(tmpdir(), 'tallyd-database-')), basename(path));
  copyFileSync(path, copy);
  return copy;
}

function inputOf(format: Format, sample: Sample, path: string): BatchInput {
  const origin = basename(path);
  switch (format.layout) {
    case 'lines':
      return { kind: 'files', files: [{ path, size: statSync(path).size }] };
    case 'document':
      return { kind: 'documents', files: [{ path, size: statSync(path).size }] };
    case 'sqlite':
      return { kind: 'sqlite', path: copyOf(path), origin, table: format.table! };
    case 'table':
      return { kind: 'table', path, origin, header: sample.table! };
    case 'parquet':
      return {
        kind: 'parquet',
        path,
        origin,
        columns: sample.parquetColumns!,
      };
  }
}
