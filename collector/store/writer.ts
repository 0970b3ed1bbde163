/**
 * Writes one batch: `read.sql` reads the bytes once into a table of the batch's own, and what the
 * format gives decides what becomes of its rows: event-batches.ts for usage, bill-batches.ts for
 * bills. Every step can be repeated, and a batch that a crash cut off anywhere ends in the same rows
 * when it is written again.
 */
import { randomUUID } from 'node:crypto';
import { type ColumnsOf, createBatchTable, placeholders } from './batch-table.ts';
import type { Engine, Relation } from './engine.ts';
import { byteSource, recordsRelation } from './records.ts';
import { forgetMended } from './rejections.ts';
import type { Format } from '../formats/format.ts';
import { fillTemplate, sqlString } from './sql.ts';
import type { Batch, BatchReport } from './types.ts';

/** What formats give: usage, or bills. */
export interface BatchKind {
  /**
   * Compares the rows of a batch's table with the store, writes what is new or better, and the
   * rejected records. Tables it makes beside begin with the name of `read`, and are gone at the end.
   */
  store(batch: Batch, read: string): Promise<BatchReport>;
}

export type BatchKinds = Record<NonNullable<Format['gives']>, BatchKind>;

export class Writer {
  readonly #engine: Engine;
  readonly #columns: ColumnsOf;
  readonly #kinds: BatchKinds;
  #batches: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, columns: ColumnsOf, kinds: BatchKinds) {
    this.#engine = engine;
    this.#columns = columns;
    this.#kinds = kinds;
  }

  /** Writes a batch after those before it. Resolves when every row of it is stored. */
  write(batch: Batch): Promise<BatchReport> {
    return this.inOrder(() => this.#write(batch));
  }

  /** Runs `work` when no batch is being written; batches given later wait for it. */
  inOrder<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#batches.then(work);
    this.#batches = run.catch(() => undefined);
    return run;
  }

  async #write(batch: Batch): Promise<BatchReport> {
    const read = `tallyd.batch_${randomUUID().replaceAll('-', '')}_read`;
    try {
      await this.#read(batch, read);
      const report = await this.#kinds[batch.format.gives ?? 'events'].store(batch, read);
      await forgetMended(this.#engine, read, batch);
      return report;
    } finally {
      await this.#engine.command(`DROP TABLE IF EXISTS ${read} SYNC`);
    }
  }

  async #read(batch: Batch, table: string): Promise<void> {
    await createBatchTable(this.#engine, table, batch.format.gives);
    const columns = (await this.#columns.read(batch.format)).join(', ');
    const statement = (records: string): string => {
      const select = fillTemplate(batch.format.readSql, { ...placeholders(batch.arrivedAt), records });
      return (
        `INSERT INTO ${table} (${columns}, source, dataset) SELECT ${columns}, ` +
        `${sqlString(batch.format.source ?? batch.format.name)}, ${sqlString(batch.dataset)} FROM (${select})`
      );
    };
    const found = await this.#columnsOfDatabase(batch);
    const relationOf = (relation: Relation): string =>
      recordsRelation(batch.format, batch.input, relation, found);
    if (batch.input.kind === 'files' || batch.input.kind === 'documents')
      await this.#readGathered(batch, table, relationOf, statement);
    else
      await this.#engine.insertFrom(byteSource(batch.input), (relation) => statement(relationOf(relation)));
  }

  /** Programs add columns to their tables, so a database of another version has others. */
  async #columnsOfDatabase({ input }: Batch): Promise<string[]> {
    if (input.kind !== 'sqlite') return [];
    const rows = await this.#engine.rows<{ name: string }>(
      `DESCRIBE TABLE sqlite(${sqlString(input.path)}, ${sqlString(input.table)})`,
    );
    return rows.map((row) => row.name);
  }

  /**
   * Thousands of small files come as thousands of small blocks, and a block costs the same however
   * few rows it has: reading in place took ten times as long as reading the same lines gathered.
   */
  async #readGathered(
    batch: Batch,
    table: string,
    relationOf: (relation: Relation) => string,
    statement: (records: string) => string,
  ): Promise<void> {
    const lines = `${table}_lines`;
    await this.#engine.command(
      `CREATE TABLE ${lines} (path LowCardinality(String), record UInt64, line String) ENGINE = Memory`,
    );
    try {
      await this.#engine.insertFrom(
        byteSource(batch.input),
        (relation) => `INSERT INTO ${lines} SELECT path, record, line FROM ${relationOf(relation)}`,
      );
      await this.#engine.command(statement(`(SELECT toString(path) AS path, record, line FROM ${lines})`));
    } finally {
      await this.#engine.command(`DROP TABLE IF EXISTS ${lines} SYNC`);
    }
  }
}
