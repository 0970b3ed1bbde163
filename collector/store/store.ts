/** The store: ClickHouse, embedded or a server, with its schema, its writer and its prices. */
import type { Logger } from 'pino';
import type { PriceBook } from '../pricing/types.ts';
import { EmbeddedEngine, openEmbedded } from './embedded.ts';
import type { Engine } from './engine.ts';
import { ColumnsOf } from './batch-table.ts';
import { BillBatches } from './bill-batches.ts';
import { EventBatches } from './event-batches.ts';
import { BILL_GENERATIONS, Generations, USAGE_GENERATIONS } from './generations.ts';
import { CutOffWrites } from './cut-off-writes.ts';
import { explainedDamage } from './damage.ts';
import { deleteDataset, type DeletedDataset } from './delete-dataset.ts';
import { renewDictionaryCredentials } from './dictionary.ts';
import { migrate } from './migrate.ts';
import { NotTogetherError } from './parts.ts';
import { Prices } from './prices.ts';
import type { BatchRead } from './batch-read.ts';
import { applyRetention, type Retention } from './retention.ts';
import { Rollup } from './rollup.ts';
import { mayPass, reasonOf } from './passing.ts';
import { dropStuckDeletions } from './stuck-deletions.ts';
import { syncTables } from './synced-tables.ts';
import { openServer } from './server.ts';
import { sqlString } from './sql.ts';
import { cloneTables, copyClones, dropClones, type StoreCopy } from './table-copies.ts';
import type { Batch, BatchPart, BatchReport, PartReport, Reader } from './types.ts';
import { Writer } from './writer.ts';

/** Longer than the waits between two tries. */
const REFUSAL_MS = 180_000;

export type CostMode = 'auto' | 'calculate' | 'display';

export interface StoreOptions {
  /** A server's address; without it the embedded engine is used. */
  clickhouseUrl?: string;
  /** How long that server may be silent. @default 5 minutes */
  clickhouseSilenceMs?: number;
  /** Folder of the embedded engine. */
  path: string;
  poolThreads: number;
  maxThreads: number;
  costMode: CostMode;
  retention: Retention;
  prices: PriceBook;
  log: Logger;
}

/** Opens the store, migrates it and finishes what a crash left. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const engine = options.clickhouseUrl
    ? openServer(options.clickhouseUrl, options.clickhouseSilenceMs)
    : await openEmbedded(options);
  try {
    if (engine.kind === 'embedded') await syncTables(engine);
    const applied = await migrate(engine);
    if (applied.length > 0) options.log.debug({ applied }, 'schema migrated');
    await renewDictionaryCredentials(engine);
    await applyRetention(engine, options.retention);
    const store = new Store(engine, options);
    await store.recover(options.costMode);
    return store;
  } catch (error) {
    await engine.close();
    throw options.clickhouseUrl ? error : explainedDamage(options.path, error);
  }
}

export class Store implements Reader {
  readonly engine: Engine;
  readonly #prices: Prices;
  readonly #rollup: Rollup;
  readonly #cutOff: CutOffWrites;
  readonly #generations: Generations;
  readonly #billGenerations: Generations;
  readonly #writer: Writer;

  constructor(engine: Engine, options: StoreOptions) {
    this.engine = engine;
    this.#prices = new Prices(engine, options.prices);
    this.#rollup = new Rollup(engine, options.retention.usage_events);
    this.#cutOff = new CutOffWrites(engine, options.log);
    this.#log = options.log;
    this.#generations = new Generations(engine, USAGE_GENERATIONS);
    this.#billGenerations = new Generations(engine, BILL_GENERATIONS);
    const columns = new ColumnsOf(engine);
    this.#writer = new Writer(engine, columns, {
      events: new EventBatches({
        engine,
        prices: this.#prices,
        rollup: this.#rollup,
        generations: this.#generations,
        columns,
        cutOff: this.#cutOff,
        log: options.log,
      }),
      bills: new BillBatches(engine, this.#billGenerations),
    });
    this.#book = options.prices;
  }

  #book: PriceBook;
  #refused: { at: number; reason: string } | undefined;
  readonly #log: Logger;

  get kind(): Engine['kind'] {
    return this.engine.kind;
  }

  /** Whether the engine reads files where they lie; otherwise lines must reach it as frames. */
  get readsFiles(): boolean {
    return this.engine.readsFiles;
  }

  /** The embedded engine, for the read endpoint; undefined with a server, which has its own. */
  get embedded(): EmbeddedEngine | undefined {
    return this.engine instanceof EmbeddedEngine ? this.engine : undefined;
  }

  rows<T>(sql: string): Promise<T[]> {
    return this.engine.rows<T>(sql);
  }

  /**
   * Begins to read a batch while others are written. Undefined where that is not possible now: with a
   * server, to which bytes must travel, or when another batch is read ahead already.
   */
  readAhead(batch: Batch): BatchRead | undefined {
    return this.readsFiles ? this.#writer.readAhead(batch) : undefined;
  }

  /** Writes a batch. When it resolves, every row is stored and readable. */
  async write(batch: Batch): Promise<BatchReport> {
    const report = await this.#writer.write(batch).catch((error: unknown) => {
      if (mayPass(error)) this.#refused = { at: Date.now(), reason: reasonOf(error) };
      throw error;
    });
    this.#refused = undefined;
    // what was replaced is hidden already; removing it is housekeeping that nobody waits for
    if (batch.mode === 'replace') {
      this.sweep().catch((error: unknown) =>
        this.#log.warn({ err: error }, 'replaced rows could not be removed yet'),
      );
    }
    return report;
  }

  /** Why the store takes no batches, though it may answer otherwise; undefined when it takes them. */
  get refusal(): string | undefined {
    const { at, reason } = this.#refused ?? { at: 0, reason: '' };
    // what was refused may be gone, and then nothing is tried again
    return Date.now() - at < REFUSAL_MS ? reason : undefined;
  }

  /** Whether {@link writeTogether} may be asked. */
  get writesTogether(): boolean {
    return this.engine.readsFiles;
  }

  /**
   * Writes uploads of one format and dataset, whose files have one header, as one batch.
   * @returns what became of each, in their order; undefined, and nothing is stored, when they must be
   *   written one after another
   */
  async writeTogether(batch: Batch & { parts: readonly BatchPart[] }): Promise<PartReport[] | undefined> {
    try {
      return (await this.#writer.write(batch)).parts;
    } catch (error) {
      if (error instanceof NotTogetherError) return undefined;
      throw error;
    }
  }

  /** Deletes everything of a dataset, in one step for readers; undefined when there is nothing of it. */
  async deleteDataset(dataset: string): Promise<DeletedDataset | undefined> {
    const generations = { usage: this.#generations, bills: this.#billGenerations };
    const deleted = await this.#writer.inOrder(() => deleteDataset(this.engine, generations, dataset));
    // its rows are hidden already
    this.sweep().catch((error: unknown) =>
      this.#log.warn({ err: error }, 'deleted rows could not be removed yet'),
    );
    return deleted;
  }

  /** Runs a statement of another room on its own tables (uploads, tailed files). */
  command(sql: string): Promise<void> {
    return this.engine.command(sql);
  }

  /** Puts new prices in force, for the past as well. */
  usePrices(book: PriceBook): Promise<void> {
    return this.#writer.inOrder(async () => {
      this.#book = book;
      await this.#cutOff.mend();
      if (!(await this.#prices.use(book))) return;
      await this.#rollup.markAll();
      await this.#rollup.refresh();
    });
  }

  /** Batches that a crash cut off, hours it left to be computed, generations it left half loaded, the cost mode, prices. */
  async recover(costMode: CostMode): Promise<void> {
    if (this.kind === 'embedded') await dropStuckDeletions(this.engine);
    await this.#setCostMode(costMode);
    // before every hour is marked, of which the cut off ones are few
    await this.#cutOff.mend();
    if (await this.#prices.use(this.#book)) await this.#rollup.markAll();
    await this.#dropBatchTables();
    await this.#sweep();
    await this.#rollup.refresh();
  }

  /**
   * Writes all tables to files in a folder, as they are between two batches: batches wait only while
   * that state is taken hold of, in between `before` and `after`. Of the embedded engine only.
   */
  async copyTables(
    folder: string,
    { before, after }: { before: () => Promise<void>; after: () => Promise<void> },
  ): Promise<StoreCopy> {
    const engine = this.embedded;
    if (!engine) throw new Error('tables are copied from the embedded engine only');
    try {
      const tables = await this.#writer.inOrder(async () => {
        await before();
        const cloned = await cloneTables(engine);
        await after();
        return cloned;
      });
      return await copyClones(engine, tables, folder);
    } finally {
      await dropClones(engine);
    }
  }

  /** Computes the hours that batches with `moreFollows` left. */
  catchUp(): Promise<void> {
    return this.#writer.inOrder(async () => {
      await this.#cutOff.mend();
      await this.#rollup.refresh();
    });
  }

  /** Deletes rows that a `replace` left behind. */
  sweep(): Promise<void> {
    return this.#writer.inOrder(() => this.#sweep());
  }

  async #sweep(): Promise<void> {
    await this.#generations.sweep();
    await this.#billGenerations.sweep();
  }

  async close(): Promise<void> {
    await this.#writer.inOrder(() => Promise.resolve());
    await this.engine.close();
  }

  async #setCostMode(mode: CostMode): Promise<void> {
    const [row] = await this.rows<{ mode: string }>(
      "SELECT argMax(value, set_at) AS mode FROM tallyd.settings WHERE name = 'cost_mode'",
    );
    if (row?.mode === mode) return;
    await this.command(`INSERT INTO tallyd.settings (name, value) VALUES ('cost_mode', ${sqlString(mode)})`);
  }

  /** Tables of batches that a crash cut off (empty: they live in memory), and of a copy. Only ours to drop when embedded. */
  async #dropBatchTables(): Promise<void> {
    if (this.kind !== 'embedded') return;
    const tables = await this.rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'tallyd' AND name LIKE 'batch\\\\_%'",
    );
    for (const { name } of tables) await this.command(`DROP TABLE IF EXISTS tallyd.${name} SYNC`);
    if (this.embedded) await dropClones(this.embedded);
  }
}
