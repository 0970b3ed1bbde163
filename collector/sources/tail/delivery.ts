/** Hands batches to the store and tells of it. */
import type { Logger } from 'pino';
import { sqlString } from '../../store/sql.ts';
import type { BatchRead } from '../../store/batch-read.ts';
import type { Batch } from '../../store/types.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { TooLong } from './prepared-batch.ts';
import type { TailStore } from './types.ts';

/** The reason of a record that is passed over because of its length; a fixed phrase. */
const TOO_LONG = 'the record is too long to be read';

export class Delivery {
  readonly #store: Pick<TailStore, 'write' | 'command' | 'readAhead'>;
  readonly #telemetry: Telemetry;
  readonly #log: Logger;
  /** Sources and datasets whose last batch was not stored. */
  readonly #failing = new Set<string>();

  constructor(parts: {
    store: Pick<TailStore, 'write' | 'command' | 'readAhead'>;
    telemetry: Telemetry;
    log: Logger;
  }) {
    this.#store = parts.store;
    this.#telemetry = parts.telemetry;
    this.#log = parts.log;
  }

  /** Begins to read a batch while others are written, where the store can. */
  readAhead(batch: Batch): BatchRead | undefined {
    return this.#store.readAhead?.(batch);
  }

  /** Resolves when the rows are stored. */
  async write(batch: Batch, bytes: number): Promise<void> {
    const source = batch.format.name;
    const key = JSON.stringify([source, batch.dataset]);
    const begun = performance.now();
    try {
      const report = await this.#store.write(batch);
      this.#telemetry.batchStored({
        source,
        via: 'tail',
        rows: report.rows,
        bytes,
        seconds: (performance.now() - begun) / 1000,
        rejectedByReason: report.rejectedByReason,
        usage: report.usage,
        ...(report.newestEventAt !== undefined && { newestEventAt: report.newestEventAt }),
      });
      if (this.#failing.delete(key))
        this.#log.info({ source, dataset: batch.dataset }, 'batches are stored again');
      this.#log.debug({ source, dataset: batch.dataset, bytes, rows: report.rows }, 'followed files stored');
    } catch (error) {
      this.#telemetry.batchFailed({
        source,
        via: 'tail',
        error: error instanceof Error ? error : new Error(String(error)),
      });
      // once, until it is stored: while the store is away, every try would say the same
      this.#log[this.#failing.has(key) ? 'debug' : 'warn'](
        { err: error, source, dataset: batch.dataset },
        'a batch was not stored; it is tried again until it is',
      );
      this.#failing.add(key);
      throw error;
    }
  }

  /** Whether the store answers at all: then a failure has to do with the batch. */
  async storeAnswers(): Promise<boolean> {
    try {
      await this.#store.command('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }

  /** Counts a record that was passed over, and keeps its place and beginning with the other rejected ones. */
  async reject(source: string, dataset: string, record: TooLong): Promise<void> {
    const { path, position } = record.file;
    const line = (position.lines ?? -1) + 1;
    const texts = [source, dataset, '', path].map(sqlString).join(', ');
    await this.#store.command(
      `INSERT INTO tallyd.rejected_records (source, dataset, upload_id, path, record, line, column, value, reason, excerpt) ` +
        `VALUES (${texts}, ${line}, ${line}, '', '', ${sqlString(TOO_LONG)}, ${sqlString(record.excerpt)})`,
    );
    this.#log.warn({ path, offset: record.offset }, TOO_LONG);
    this.#telemetry.batchStored({
      source,
      via: 'tail',
      rows: { read: 1, accepted: 0, duplicate: 0, rejected: 1, revised: 0 },
      bytes: 0,
      seconds: 0,
      rejectedByReason: { [TOO_LONG]: 1 },
      usage: [],
    });
  }
}
