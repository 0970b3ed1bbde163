/** Batches of one delimited or Parquet file: read whole, each time it has changed and come to rest. */
import type { Sample } from '../../formats/format.ts';
import { readSample, recogniseAs, recogniseSample } from '../../formats/recognise.ts';
import type { FileState } from './file-state.ts';
import { PreparedBatch, type Preparing } from './prepared-batch.ts';
import { readableTable } from './readable-table.ts';
import { endPosition } from './whole-files.ts';

/** The header is read again every time: a file that is exported anew may have other columns. */
export async function prepareTable(files: FileState[], how: Preparing): Promise<PreparedBatch> {
  const prepared = new PreparedBatch();
  const [file, ...others] = files;
  for (const other of others) prepared.again.push({ file: other, inMs: 0 });
  if (!file) return prepared;
  try {
    // before the sample, so that a change after it is seen as one
    const position = endPosition(prepared, file, how);
    if (!position) return prepared;
    if (position.size > 0) {
      const sample = await readSample(file.path);
      const found = look(sample, file, how);
      if (found === 'other') prepared.changedKind.push(file);
      else if (found !== 'readable') file.unrecognised = found;
      if (found !== 'readable') return prepared;
      prepared.input = await readableTable(file, sample, how);
    }
    prepared.add(file, { ...position, offset: position.size }, position.size);
  } catch (error) {
    prepared.failed(file, error);
  }
  return prepared;
}

/** `readable`, `other` for another format than the queue's, or the sentence why it cannot be read. */
export function look(sample: Sample, file: FileState, how: Preparing): string {
  const found =
    file.root?.format === 'auto' ? recogniseSample(sample, how.formats) : recogniseAs(sample, how.format);
  if ('problem' in found) return found.problem;
  if (found.format !== how.format) return 'other';
  if (how.format.layout === 'table' && !sample.table) return 'It has no header of columns.';
  if (how.format.layout === 'parquet') return 'Parquet files are not followed: push them with tallyd push.';
  return 'readable';
}
