/** The embedded engine: chdb behind the client that also speaks to servers. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import {
  type ByteSource,
  type Engine,
  FRAME_SETTINGS,
  FRAME_STRUCTURE,
  parquetTexts,
  type Relation,
  settingsClause,
  type Statements,
  tableSettings,
  tableStructure,
} from './engine.ts';
import { SerialConnection } from './serial-connection.ts';
import { Gate } from './gate.ts';
import { Pool } from './pool.ts';
import { sqlString, sqlStrings } from './sql.ts';

export interface EmbeddedOptions {
  /** Folder of the store; made when absent. One process owns it. */
  path: string;
  /** Threads of libuv's pool: queries run there beside every file operation. */
  poolThreads: number;
  /** What the engine may use for one query. */
  maxThreads: number;
  log?: Logger;
}

/** Said when another process owns the data directory. */
export class StoreLockedError extends Error {
  constructor(path: string, cause: unknown) {
    super(
      `the store in ${path} is in use by another process (probably a running tallyd). ` +
        'Stop that one, ask it instead, or set TALLYD_DATA_DIR to another folder.',
      { cause },
    );
    this.name = 'StoreLockedError';
  }
}

/** Said when the engine's library is not installed: another platform, or an image made without it. */
export class EngineMissingError extends Error {
  constructor(cause: unknown) {
    super(
      `the embedded ClickHouse is not installed here (${process.platform} ${process.arch}). Set TALLYD_CLICKHOUSE_URL to use a server; ` +
        'an image has the engine when it is built with EMBEDDED_ENGINE=true; elsewhere npm ci installs it, unless optional packages are left out.',
      { cause },
    );
    this.name = 'EngineMissingError';
  }
}

/** Opens the store in `path`. Rejects with {@link StoreLockedError} when it has an owner. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedEngine> {
  mkdirSync(options.path, { recursive: true });
  const { createClient } = await import('@clickhouse/client');
  const { createChdbConnection } = await import('chdb/connection').catch((error: unknown) => {
    throw new EngineMissingError(error);
  });
  const connect = async (statements: string[]): Promise<ClickHouseClient> => {
    // the engine brings its own copy of the client's types, alike but not the same
    const client = createClient({ connection: createChdbConnection({ path: options.path }) as never });
    for (const query of statements) await client.command({ query });
    return client;
  };
  const settings = [
    `SET max_threads=${options.maxThreads}, max_query_size=16777216, session_timezone='UTC', ` +
      // an event's copies and tombstones stand in the partition of their time, so partitions need not be merged
      'do_not_merge_across_partitions_select_final=1',
  ];
  try {
    const writer = await connect(settings);
    const readers: ClickHouseClient[] = [];
    for (let i = 0; i < 2; i++) readers.push(await connect(settings));
    const connectReadOnly = (more: string[]) => connect([...settings, ...more, 'SET readonly=1']);
    return new EmbeddedEngine(() => connect(settings), writer, readers, connectReadOnly, options);
  } catch (error) {
    throw explained(options.path, error);
  }
}

/**
 * The engine prints why it could not open a folder ("Cannot lock file …") and throws only that it
 * could not. Its status file, which the owner holds locked, names the owner.
 */
function explained(path: string, error: unknown): unknown {
  if ((error as Error).name === 'ChdbPlatformUnsupportedError') return new EngineMissingError(error);
  if (!/Failed to create connection|Cannot lock file/.test(String(error))) return error;
  if (isOwnedByAnother(path)) return new StoreLockedError(path, error);
  return new Error(
    `the store in ${path} cannot be opened (the engine printed why): look whether the folder can be written.`,
    { cause: error },
  );
}

function isOwnedByAnother(path: string): boolean {
  try {
    const owner = Number(/^PID: (\d+)/.exec(readFileSync(join(path, 'status'), 'utf8'))?.[1]);
    // 0 sends nothing: it asks whether the process is there
    return owner !== process.pid && process.kill(owner, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export class EmbeddedEngine implements Engine {
  readonly kind = 'embedded';
  readonly readsFiles = true;
  readonly dictionaryCredentials = '';
  readonly #writer: SerialConnection;
  readonly #besides: SerialConnection;
  readonly beside: Statements;
  readonly #readers: ClickHouseClient[];
  readonly #pool: Pool<ClickHouseClient>;
  readonly #connectReadOnly: (settings: string[]) => Promise<ClickHouseClient>;
  readonly #extra = new Set<ClickHouseClient>();
  readonly gate = new Gate();
  /** How many connections the read endpoint may open, so that files keep threads of the pool. */
  readonly endpointConnections: number;

  constructor(
    connect: () => Promise<ClickHouseClient>,
    writer: ClickHouseClient,
    readers: ClickHouseClient[],
    connectReadOnly: (settings: string[]) => Promise<ClickHouseClient>,
    options: EmbeddedOptions,
  ) {
    this.#writer = new SerialConnection(connect, options.log, writer);
    // opened when it is needed: a connection costs memory, and most runs have nothing to do side by side
    this.#besides = new SerialConnection(connect, options.log);
    this.beside = {
      command: (sql) => this.#besides.command(sql),
      rows: (sql) => this.rows(sql),
      insertFrom: (source, build) => this.#besides.command(insertStatement(source, build)),
    };
    this.#readers = readers;
    this.#pool = new Pool(readers);
    this.#connectReadOnly = connectReadOnly;
    this.endpointConnections = Math.min(8, Math.max(1, options.poolThreads - readers.length - 4));
  }

  /**
   * A connection on which nothing can be changed, for the read endpoint. `settings` are statements
   * that run before that.
   */
  async readOnlyConnection(settings: string[] = []): Promise<ClickHouseClient> {
    const client = await this.#connectReadOnly(settings);
    this.#extra.add(client);
    const close = client.close.bind(client);
    // sessions are opened and closed as the settings of readers change; what is closed is forgotten
    client.close = async () => {
      this.#extra.delete(client);
      await close();
    };
    return client;
  }

  command(sql: string): Promise<void> {
    return this.#writer.command(sql);
  }

  rows<T>(sql: string): Promise<T[]> {
    return this.gate.read(() =>
      this.#pool.use(async (client) => {
        try {
          const result = await client.query({ query: sql, format: 'JSONEachRow' });
          return await result.json<T>();
        } catch (error) {
          // What a failed query had written would be the beginning of the connection's next answer.
          await client.command({ query: 'SELECT 1' }).catch(() => undefined);
          throw error;
        }
      }),
    );
  }

  async insertFrom(source: ByteSource, build: (relation: Relation) => string): Promise<void> {
    await this.command(insertStatement(source, build));
  }

  async rowsFrom<T>(source: ByteSource, build: (relation: Relation) => string): Promise<T[]> {
    const relation = relationOver(source);
    return await this.rows<T>(build(relation) + settingsClause(relation.settings));
  }

  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.gate.change(work);
  }

  async close(): Promise<void> {
    await this.#besides.close();
    await this.#writer.close();
    for (const client of [...this.#extra, ...this.#readers]) await client.close();
  }
}

function insertStatement(source: ByteSource, build: (relation: Relation) => string): string {
  const relation = relationOver(source);
  return build(relation) + settingsClause(relation.settings);
}

/** `_row_number` is Nullable(Int64), which joins with no number that a table has. */
const ROW_NUMBER = 'toUInt64(assumeNotNull(_row_number))';

function relationOver(source: ByteSource): Relation {
  switch (source.kind) {
    case 'files':
      return {
        from: `file(${sqlStrings(source.paths)}, 'LineAsString', 'line String')`,
        // A block costs much the same however few rows it has, and two are held per thread: with half
        // as many bytes a first read took a fifth longer, with twice as many 70 MB more.
        settings: {
          min_insert_block_size_rows: 1_048_576,
          min_insert_block_size_bytes: 33_554_432,
          max_insert_threads: 2,
          // without it a materialized view has one thread for reading and all
          parallel_view_processing: 1,
        },
        rowNumber: ROW_NUMBER,
        path: '_path',
      };
    case 'documents':
      return {
        from: `file(${sqlStrings(source.paths)}, 'RawBLOB', 'line String')`,
        settings: { min_insert_block_size_rows: 65_536, min_insert_block_size_bytes: 16_777_216 },
        rowNumber: '0',
        path: '_path',
      };
    case 'sqlite':
      return {
        // rows are counted where they are read, in one stream
        from: `(SELECT *, rowNumberInAllBlocks() AS tallyd_row_number FROM sqlite(${sqlString(source.path)}, ${sqlString(source.table)}))`,
        settings: { max_threads: 1, max_insert_threads: 1 },
        rowNumber: 'tallyd_row_number',
        path: "''",
      };
    case 'frames':
      return {
        from: `file(${sqlString(source.spool)}, 'RowBinary', ${sqlString(FRAME_STRUCTURE)})`,
        settings: FRAME_SETTINGS,
        rowNumber: '0',
        path: 'path',
      };
    case 'table':
      return {
        from: `file(${sqlString(source.path)}, 'CSV', ${sqlString(tableStructure(source.header))})`,
        settings: tableSettings(source.header),
        rowNumber: ROW_NUMBER,
        path: "''",
      };
    case 'tables':
      return {
        from: `file(${sqlStrings(source.paths)}, 'CSV', ${sqlString(tableStructure(source.header))})`,
        settings: tableSettings(source.header),
        rowNumber: ROW_NUMBER,
        path: '_path',
      };
    case 'parquet':
      return {
        from: `(SELECT ${parquetTexts(source.columns)}, ${ROW_NUMBER} AS tallyd_row_number FROM file(${sqlString(source.path)}, 'Parquet'))`,
        // conditions of a read.sql moved into the reader lose the columns that they are made of
        settings: { optimize_move_to_prewhere: 0 },
        rowNumber: 'tallyd_row_number',
        path: "''",
      };
  }
}
