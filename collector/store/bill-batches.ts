/**
 * What becomes of bills that were read: the last copy of each line is compared with the store's, and
 * what is new or later is written. The day is part of a line's identity, so the lines themselves say
 * where they stand.
 */
import { BILL_COLUMNS } from './bill-columns.ts';
import type { Engine } from './engine.ts';
import type { Generations } from './generations.ts';
import { readCounts, rowCounts } from './read-counts.ts';
import { firstRejections, rejectionScope, storeRejections } from './rejections.ts';
import { sqlString } from './sql.ts';
import { dropTemporary } from './temporary.ts';
import type { Batch, BatchReport } from './types.ts';
import type { BatchKind } from './writer.ts';

const LINE = Object.keys(BILL_COLUMNS) as (keyof typeof BILL_COLUMNS)[];
/** A line that arrives for another dataset is the same line. A hash over a NULL would be NULL. */
const CONTENT = LINE.filter((column) => column !== 'dataset').map((column) =>
  BILL_COLUMNS[column].startsWith('Nullable') ? `ifNull(toString(${column}), '-')` : column,
);

/** A column of the copy that counts. A line stays in the dataset that it came to first. */
function lastCopy(column: string, at: number): string {
  const copy = `last_copy.${at + 1}`;
  return column === 'dataset' ? `if(is_new, ${copy}, stored_dataset) AS dataset` : `${copy} AS ${column}`;
}

export class BillBatches implements BatchKind {
  readonly #engine: Engine;
  readonly #generations: Generations;

  constructor(engine: Engine, generations: Generations) {
    this.#engine = engine;
    this.#generations = generations;
  }

  async store(batch: Batch, read: string): Promise<BatchReport> {
    const best = `${read}_best`;
    try {
      return await this.#store(batch, read, best);
    } finally {
      await dropTemporary(this.#engine, best);
    }
  }

  async #store(batch: Batch, read: string, best: string): Promise<BatchReport> {
    const scope = await rejectionScope(this.#engine, read, batch);
    const replacing = batch.mode === 'replace';
    const generation = replacing
      ? await this.#generations.begin(batch.dataset)
      : await this.#generations.live(batch.dataset);
    await this.#compare(batch, read, best, generation);
    const summary = await this.#summary(best);
    const counts = await readCounts(this.#engine, read, scope);
    if (summary.better > 0) await this.#writeLines(best);
    if (counts.rejected > 0) await storeRejections(this.#engine, read, batch, scope);
    if (replacing) await this.#finishReplace(batch, generation, counts.nothingReadable);
    return {
      rows: rowCounts(counts, summary),
      rejections: counts.rejected > 0 ? await firstRejections(this.#engine, read, batch, scope) : [],
      rejectedByReason: counts.reasons,
      usage: [],
      unpriced: [],
    };
  }

  /**
   * The last copy of each line of the batch, beside the store's. `is_new`: not in the store;
   * `is_better`: to be written. A replace loads a generation of its own, to which lines of the
   * dataset's old one are new; those of another dataset stay there, corrected or not.
   */
  async #compare(batch: Batch, read: string, best: string, generation: bigint): Promise<void> {
    const replacing = batch.mode === 'replace';
    const hidden =
      `SELECT generation FROM tallyd.bill_generations FINAL WHERE state != 'live'` +
      (replacing ? ` OR dataset = ${sqlString(batch.dataset)}` : '');
    await this.#engine.command(`
CREATE TABLE ${best} ENGINE = Memory AS
SELECT bill_id, top AS version, ${LINE.map(lastCopy).join(', ')},
    cityHash64(${CONTENT.join(', ')}) AS content,
    stored_version = 0 AS is_new, stored_content,
    if(is_new, toUInt64(${generation}), stored_generation) AS generation,
    ${replacing ? 'is_new' : 'version > stored_version'} AS is_better
FROM
(
    SELECT bill_id, max(version) AS top, argMax(tuple(${LINE.join(', ')}), (version, record)) AS last_copy
    FROM ${read} WHERE rejected = '' GROUP BY bill_id
) AS incoming
LEFT JOIN
(
    SELECT bill_id, max(version) AS stored_version, argMax(generation, version) AS stored_generation,
        argMax(dataset, version) AS stored_dataset, argMax(content, version) AS stored_content
    FROM tallyd.billed_cost_rows
    WHERE (day, bill_id) IN (SELECT day, bill_id FROM ${read} WHERE rejected = '') AND generation NOT IN (${hidden})
    GROUP BY bill_id
) AS stored USING (bill_id)`);
  }

  async #summary(best: string) {
    const [counts] = await this.#engine.rows<{ better: number; accepted: number; revised: number }>(
      `SELECT countIf(is_better) AS better, countIf(is_new) AS accepted, ` +
        `countIf(is_better AND NOT is_new AND content != stored_content) AS revised FROM ${best}`,
    );
    return {
      better: Number(counts!.better),
      accepted: Number(counts!.accepted),
      revised: Number(counts!.revised),
    };
  }

  async #writeLines(best: string): Promise<void> {
    const columns = [...LINE, 'bill_id', 'generation', 'content', 'version'].join(', ');
    await this.#engine.command(
      `INSERT INTO tallyd.billed_cost_rows (${columns}) SELECT ${columns} FROM ${best} WHERE is_better ` +
        `SETTINGS max_partitions_per_insert_block = 0`,
    );
  }

  /** A file of which nothing could be read takes nobody's place. */
  async #finishReplace(batch: Batch, generation: bigint, nothingReadable: boolean): Promise<void> {
    if (nothingReadable) await this.#generations.abandon(generation, batch.dataset);
    else await this.#generations.show(generation, batch.dataset);
  }
}
