/** A ClickHouse server over HTTP: bytes travel as the body of an INSERT and are read by `input()`. */
import { open } from 'node:fs/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import {
  type ByteSource,
  type Engine,
  FRAME_SETTINGS,
  FRAME_STRUCTURE,
  PARQUET_SETTINGS,
  parquetStructure,
  type Relation,
  settingsClause,
  tableSettings,
  tableStructure,
} from './engine.ts';
import { explainUnavailable } from './server-unavailable.ts';
import { sqlString } from './sql.ts';
import { dropTemporary } from './temporary.ts';

/** How long a server may be silent. One that reads a large batch says nothing until it is done. */
const SILENCE_MS = 300_000;

/** Opens a client for `http(s)://user:password@host:8123/tallyd`. Connects on first use. */
export function openServer(url: string, silenceMs = SILENCE_MS): ServerEngine {
  const address = new URL(url);
  const database = address.pathname.replace(/^\/|\/$/g, '');
  if (database !== '' && database !== 'tallyd') {
    throw new Error(
      `TALLYD_CLICKHOUSE_URL names the database "${database}", but tallyd keeps everything in "tallyd": end the URL in /tallyd.`,
    );
  }
  const username = decodeURIComponent(address.username) || 'default';
  const password = decodeURIComponent(address.password);
  // The database may not exist before the first migration, so the client is not bound to it.
  const client = createClient({
    url: address.origin,
    username,
    password,
    request_timeout: silenceMs,
    // every error reaches the caller, who knows whether it is one
    log: { level: ClickHouseLogLevel.OFF },
  });
  return new ServerEngine(client, username, password, address.origin);
}

export class ServerEngine implements Engine {
  readonly kind = 'server';
  readonly readsFiles = false;
  readonly dictionaryCredentials: string;
  readonly #client: ClickHouseClient;
  readonly #origin: string;
  readonly #username: string;
  #writes: Promise<unknown> = Promise.resolve();

  /** Other clients write to a server as well; how many statements run at once is its own affair. */
  readonly beside = this;

  constructor(client: ClickHouseClient, username: string, password: string, origin: string) {
    this.#client = client;
    this.#origin = origin;
    this.#username = username;
    this.dictionaryCredentials = `USER ${sqlString(username)} PASSWORD ${sqlString(password)} `;
  }

  command(sql: string): Promise<void> {
    return this.#inOrder(async () => {
      await this.#client.command({ query: sql });
    });
  }

  async rows<T>(sql: string): Promise<T[]> {
    return await this.#explained(async () => {
      const result = await this.#client.query({ query: sql, format: 'JSONEachRow' });
      return await result.json<T>();
    });
  }

  insertFrom(source: ByteSource, build: (relation: Relation) => string): Promise<void> {
    const { relation, format, path } = relationOver(source);
    const query = `${build(relation)}${settingsClause(relation.settings)} FORMAT ${format}`;
    return this.#inOrder(async () => {
      // Opened first: a file that is gone must fail this batch, not arrive as an event of a stream
      // that nobody listens to yet, which ends the process.
      const values = (await open(path)).createReadStream();
      values.once('error', () => undefined);
      const { stream } = await this.#client.exec({ query, values });
      stream.resume();
      await new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject));
    });
  }

  async rowsFrom<T>(source: ByteSource, build: (relation: Relation) => string): Promise<T[]> {
    // input() only stands in an INSERT, so the answer goes through a table of its own.
    const { relation } = relationOver(source);
    const table = `tallyd.look_${Date.now().toString(36)}_${Math.random().toString(36).slice(2)}`;
    const select = build(relation);
    const shape = select.replaceAll(relation.from, emptyLike(source));
    await this.command(`CREATE TABLE ${table} ENGINE=Memory AS SELECT * FROM (${shape}) WHERE 0`);
    try {
      await this.insertFrom(source, () => `INSERT INTO ${table} ${select}`);
      return await this.rows<T>(`SELECT * FROM ${table}`);
    } finally {
      await dropTemporary(this, table);
    }
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    return await work();
  }

  async close(): Promise<void> {
    await this.#writes;
    await this.#client.close();
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#writes.then(() => this.#explained(work));
    this.#writes = run.catch(() => undefined);
    return run;
  }

  /** Errors of the way to the server say what to look at; errors of statements stay as they are. */
  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainUnavailable(error, { origin: this.#origin, username: this.#username });
    }
  }
}

function relationOver(source: ByteSource): { relation: Relation; format: string; path: string } {
  switch (source.kind) {
    case 'files':
    case 'documents':
    case 'tables':
      throw new Error('a server cannot read files of this machine; their bytes reach it one by one');
    case 'sqlite':
      throw new Error('a server cannot read SQLite databases of this machine');
    case 'frames':
      return {
        relation: {
          from: `input(${sqlString(FRAME_STRUCTURE)})`,
          settings: FRAME_SETTINGS,
          rowNumber: '0',
          path: 'path',
        },
        format: 'RowBinary',
        path: source.spool,
      };
    case 'table':
      return {
        relation: {
          from: numbered(tableStructure(source.header)),
          // rows are counted in the order they arrive: one stream, one thread
          settings: { ...tableSettings(source.header), max_threads: 1, max_insert_threads: 1 },
          rowNumber: 'tallyd_row_number',
          path: "''",
        },
        format: 'CSV',
        path: source.path,
      };
    case 'parquet':
      return {
        relation: {
          from: numbered(parquetStructure(source.columns)),
          settings: { ...PARQUET_SETTINGS, max_threads: 1, max_insert_threads: 1 },
          rowNumber: 'tallyd_row_number',
          path: "''",
        },
        format: 'Parquet',
        path: source.path,
      };
  }
}

/**
 * Rows of the body with their numbers. They are counted in a SELECT of their own: beside a WHERE,
 * only the rows that pass it would be.
 */
function numbered(structure: string): string {
  return `(SELECT *, rowNumberInAllBlocks() AS tallyd_row_number FROM input(${sqlString(structure)}))`;
}

/** An empty relation with the columns of the bytes, for finding out a SELECT's types. */
function emptyLike(source: ByteSource): string {
  const empty = (structure: string) => `null(${sqlString(structure)})`;
  const counted = (structure: string) =>
    `(SELECT *, toUInt64(0) AS tallyd_row_number FROM ${empty(structure)})`;
  if (source.kind === 'table') return counted(tableStructure(source.header));
  if (source.kind === 'parquet') return counted(parquetStructure(source.columns));
  return empty(FRAME_STRUCTURE);
}
