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
import { Reading } from './reading.ts';
import { forgetMended } from './rejections.ts';
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
  readonly #kinds: BatchKinds;
  #batches: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, columns: ColumnsOf, kinds: BatchKinds) {
    this.#engine = engine;
    this.#reading = new Reading(engine, columns);
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
    await dropLeft(this.#engine);
    try {
      await this.#reading.read(batch, read);
      const report = await this.#kinds[batch.format.gives ?? 'events'].store(batch, read);
      await forgetMended(this.#engine, read, batch);
      return report;
    } finally {
      await dropTemporary(this.#engine, read);
    }
  }
}
