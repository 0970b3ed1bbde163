/**
 * Writes one batch: `read.sql` reads the bytes once into a table of the batch's own, and what the
 * format gives decides what becomes of its rows: event-batches.ts for usage, bill-batches.ts for
 * bills. Every step can be repeated, and a batch that a crash cut off anywhere ends in the same rows
 * when it is written again.
 */
import { randomUUID } from 'node:crypto';
import type { Format } from '../formats/format.ts';
import type { ColumnsOf } from './batch-table.ts';
import type { Engine } from './engine.ts';
import { BatchRead } from './batch-read.ts';
import { Reading } from './reading.ts';
import { forgetMended, suspectsOf } from './rejections.ts';
import { dropLeft, dropTemporary } from './temporary.ts';
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
  readonly #reading: Reading;
  readonly #beside: Reading;
  readonly #kinds: BatchKinds;
  #batches: Promise<unknown> = Promise.resolve();
  #reads: Promise<unknown> = Promise.resolve();
  /** One at most: what is read waits in memory. */
  #ahead: BatchRead | undefined;

  constructor(engine: Engine, columns: ColumnsOf, kinds: BatchKinds) {
    this.#engine = engine;
    this.#reading = new Reading(engine, columns);
    this.#beside = new Reading(engine.beside, columns);
    this.#kinds = kinds;
  }

  /**
   * Begins to read a batch while others are written, which keeps both busy: to be written as the
   * batch's `ahead`, or to be dropped. Undefined when another one is read ahead already.
   */
  readAhead(batch: Batch): BatchRead | undefined {
    if (this.#ahead && !this.#ahead.isOver) return undefined;
    this.#ahead = this.#read(batch, this.#beside);
    return this.#ahead;
  }

  /** Writes a batch after those before it. Resolves when every row of it is stored. */
  write(batch: Batch): Promise<BatchReport> {
    batch.ahead?.taken();
    return this.inOrder(() => this.#write(batch));
  }

  /** Runs `work` when no batch is being written; batches given later wait for it. */
  inOrder<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#batches.then(work);
    this.#batches = run.catch(() => undefined);
    return run;
  }

  /** Begins to read a batch into a table of its own. One at a time: reading keeps the whole processor busy. */
  #read(batch: Batch, reading: Reading): BatchRead {
    const table = `tallyd.batch_${randomUUID().replaceAll('-', '')}_read`;
    const done = this.#reads.then(() => reading.read(batch, table));
    this.#reads = done.catch(() => undefined);
    return new BatchRead(table, done, () => dropTemporary(this.#engine, table));
  }

  async #write(batch: Batch): Promise<BatchReport> {
    await dropLeft(this.#engine);
    const read = batch.ahead ?? this.#read(batch, this.#reading);
    try {
      await read.done;
      const suspects = await suspectsOf(this.#engine, batch);
      const report = await this.#kinds[batch.format.gives ?? 'events'].store(batch, read.table);
      if (suspects) await forgetMended(this.#engine, batch, suspects);
      return report;
    } finally {
      await read.drop();
    }
  }
}
