/** Which rejected records of a batch are real, where they stand, and their rows in `rejected_records`. */
import { createReadStream } from 'node:fs';
import type { Engine } from './engine.ts';
import { countNewlines } from './frames.ts';
import { byteSource, lineShape } from './records.ts';
import { sqlString, sqlStrings } from './sql.ts';
import { type Batch, REJECTIONS_INLINE, type RejectedRecord } from './types.ts';

/** A predicate and the numbers of records, as SQL over the batch table. */
export interface RejectionScope {
  /** True for a rejected record that is really complete. */
  kept: string;
  /** The record's number in its file. */
  record: string;
  /** True for one that no earlier reading of a followed file has rejected. */
  isNew: string;
}

/**
 * A growing file's last line may be half written when it is read. It is no rejection: it is read
 * again when it is complete. Only files that have rejected records are looked at closer.
 */
export async function rejectionScope(engine: Engine, table: string, batch: Batch): Promise<RejectionScope> {
  const { input } = batch;
  const isGrowing =
    input.kind === 'files' ||
    (input.kind === 'frames' && batch.format.layout !== 'document' && !input.elementsAt);
  const isNew = newlyRejected(batch, 'record');
  if (!isGrowing) return { kept: "rejected != ''", record: 'record', isNew };
  const rows = await engine.rows<{ path: string }>(`SELECT DISTINCT path FROM ${table} WHERE rejected != ''`);
  const paths = rows.map((row) => row.path);
  if (paths.length === 0) return { kept: '0', record: 'record', isNew };
  if (input.kind === 'files') {
    const sizes = new Map(input.files.map((file) => [file.path, file.size]));
    const complete: number[] = [];
    for (const path of paths) complete.push(await completeLines(path, sizes.get(path) ?? 0));
    return {
      kept: `(rejected != '' AND record <= transform(path, ${sqlStrings(paths)}, [${complete.join(',')}], 0))`,
      record: 'record',
      isNew,
    };
  }
  const { linesBefore } = input;
  const before: number[] = [];
  for (const path of paths) before.push(linesBefore ? await linesBefore(path) : 0);
  const record = `(record + transform(path, ${sqlStrings(paths)}, [${before.join(',')}], 0))`;
  return { kept: "(rejected != '' AND record > 0)", record, isNew: newlyRejected(batch, record) };
}

/** Newlines in the first `size` bytes of a file; 0 when it cannot be read any more. */
export async function completeLines(path: string, size: number): Promise<number> {
  if (size <= 0) return 0;
  let lines = 0;
  try {
    for await (const chunk of createReadStream(path, { end: size - 1 }))
      lines += countNewlines(chunk as Buffer);
  } catch (error) {
    // gone or closed to us since it was read: no line of it can be placed
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
    throw error;
  }
  return lines;
}

/** Rejected records that reading their files again may mend. */
export interface Suspects {
  paths: readonly string[];
  /** By the engine's clock: what is rejected again is of later. */
  before: string;
}

/**
 * A followed file may be read anew from its start, because it was rewritten or its records depend on each
 * other, and what was wrong with it may be mended: it was caught half written, or somebody corrected it.
 *
 * @returns what an earlier reading of such files rejected; asked before what this one rejects is stored
 */
export async function suspectsOf(engine: Engine, batch: Batch): Promise<Suspects | undefined> {
  const read = new Set(batch.uploadId === '' ? pathsOf(batch.input) : []);
  if (read.size === 0) return undefined;
  const rows = await engine.rows<{ path: string; at: string }>(
    `SELECT path, toString(now64(3, 'UTC')) AS at FROM tallyd.rejected_records WHERE ${earlierRejections(batch)} GROUP BY path`,
  );
  const suspects = rows.filter(({ path }) => read.has(path));
  return suspects[0] && { paths: suspects.map(({ path }) => path), before: suspects[0].at };
}

/** What an earlier reading rejected and this one did not is taken away. */
export async function forgetMended(engine: Engine, batch: Batch, suspects: Suspects): Promise<void> {
  const where =
    `${earlierRejections(batch)} AND path IN ${sqlStrings(suspects.paths)} ` +
    `AND rejected_at < toDateTime64(${sqlString(suspects.before)}, 3, 'UTC')`;
  const [mended] = await engine.rows<{ records: number }>(
    `SELECT count() AS records FROM tallyd.rejected_records FINAL WHERE ${where}`,
  );
  if (Number(mended!.records) > 0) await engine.command(`DELETE FROM tallyd.rejected_records WHERE ${where}`);
}

/** Where a followed file that is read again from its start meets records that it rejected before. */
function newlyRejected(batch: Batch, record: string): string {
  if (batch.uploadId !== '' || batch.format.unit !== 'file') return '1';
  return (
    `(path, ${record}, rejected_column, rejected) NOT IN ` +
    `(SELECT path, record, column, reason FROM tallyd.rejected_records WHERE ${earlierRejections(batch)})`
  );
}

function pathsOf(input: Batch['input']): readonly string[] {
  if (input.kind === 'frames') return input.paths ?? [];
  if (input.kind === 'tables') return input.paths;
  return 'files' in input ? input.files.map((file) => file.path) : [input.origin];
}

function earlierRejections({ format, dataset }: Batch): string {
  return `source = ${sqlString(format.name)} AND dataset = ${sqlString(dataset)} AND upload_id = ''`;
}

/** Stores the rejected records of a batch. Storing them again changes nothing. */
export async function storeRejections(
  engine: Engine,
  table: string,
  batch: Batch,
  scope: RejectionScope,
): Promise<void> {
  const columns = 'source, dataset, upload_id, path, record, line, column, value, reason, excerpt';
  const constants = [batch.format.name, batch.dataset, batch.uploadId].map(sqlString).join(', ');
  // the parts of a document and the rows of a database stand on no line that is known
  const isOnLine =
    batch.format.layout !== 'document' &&
    batch.input.kind !== 'sqlite' &&
    !(batch.input.kind === 'frames' && batch.input.elementsAt);
  const line = isOnLine ? 'record' : '0';
  const rejected = `SELECT path, ${scope.record} AS record, rejected_column, rejected_value, rejected, excerpt FROM ${table} WHERE ${scope.kept}`;
  if (batch.input.kind !== 'table') {
    await engine.command(
      `INSERT INTO tallyd.rejected_records (${columns}) ` +
        `SELECT ${constants}, path, record, ${line}, rejected_column, rejected_value, rejected, excerpt FROM (${rejected})`,
    );
    return;
  }
  const { header } = batch.input;
  const shape = lineShape(header);
  await engine.insertFrom(
    byteSource(batch.input),
    (relation) =>
      `INSERT INTO tallyd.rejected_records (${columns}) ` +
      `SELECT ${constants}, path, nth, at_line, rejected_column, rejected_value, rejected, cells ` +
      `FROM (${rejected}) AS rejected_rows INNER JOIN (` +
      `SELECT number + 1 AS record, cells, sum(filled) OVER (ORDER BY number) AS nth, ` +
      // 26.7 rewrites sum(1 + x) OVER (…) and loses the window, so the 1 is added below
      `${header.headerLines + newlinesIn(header.columns) + 1} + sum(height) OVER (ORDER BY number) - height AS at_line ` +
      `FROM (SELECT ${relation.rowNumber} AS number, ${shape.filled} AS filled, 1 + ${shape.newlines} AS height, ` +
      `${shape.excerpt} AS cells FROM ${relation.from})) AS numbered USING (record)`,
  );
}

/** Lines that a header takes beyond one per record: its quoted cells may hold newlines. */
function newlinesIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
}

/** The first rejected records of the files of a batch, for its report. */
export async function firstRejections(
  engine: Engine,
  table: string,
  batch: Batch,
  scope: RejectionScope,
): Promise<RejectedRecord[]> {
  const rows = await engine.rows<{
    path: string;
    record: number;
    line: number;
    reason: string;
    column: string;
    value: string;
    excerpt: string;
  }>(
    `SELECT path, record, line, reason, column, value, excerpt FROM tallyd.rejected_records FINAL ` +
      `WHERE source = ${sqlString(batch.format.name)} AND dataset = ${sqlString(batch.dataset)} ` +
      `AND upload_id = ${sqlString(batch.uploadId)} ` +
      `AND path IN (SELECT path FROM ${table} WHERE ${scope.kept}) ORDER BY path, record LIMIT ${REJECTIONS_INLINE}`,
  );
  return rows.map(({ path, record, line, reason, column, value, excerpt }) => ({
    path,
    record,
    line,
    reason,
    excerpt,
    ...(column && { column }),
    ...(column && { value }),
  }));
}
