/** A ClickHouse server over HTTP: bytes travel as the body of an INSERT and are read by `input()`. */
import { createReadStream } from 'node:fs';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import {
  type ByteSource,
  type Engine,
  FRAME_STRUCTURE,
  PARQUET_SETTINGS,
  parquetStructure,
  type Relation,
  settingsClause,
  tableSettings,
  tableStructure,
} from './engine.ts';
import { sqlString } from './sql.ts';

/** Opens a client for `http(s)://user:password@host:8123/tallyd`. Connects on first use. */
export function openServer(url: string): ServerEngine {
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
  const client = createClient({ url: address.origin, username, password, request_timeout: 300_000 });
  return new ServerEngine(client, username, password);
}

export class ServerEngine implements Engine {
  readonly kind = 'server';
  readonly readsFiles = false;
  readonly dictionaryCredentials: string;
  readonly #client: ClickHouseClient;
  #writes: Promise<unknown> = Promise.resolve();

  constructor(client: ClickHouseClient, username: string, password: string) {
    this.#client = client;
    this.dictionaryCredentials = `USER ${sqlString(username)} PASSWORD ${sqlString(password)} `;
  }

  command(sql: string): Promise<void> {
    return this.#inOrder(async () => {
      await this.#client.command({ query: sql });
    });
  }

  async rows<T>(sql: string): Promise<T[]> {
    const result = await this.#client.query({ query: sql, format: 'JSONEachRow' });
    return await result.json<T>();
  }

  insertFrom(source: ByteSource, build: (relation: Relation) => string): Promise<void> {
    const { relation, format, path } = relationOver(source);
    const query = `${build(relation)}${settingsClause(relation.settings)} FORMAT ${format}`;
    return this.#inOrder(async () => {
      const { stream } = await this.#client.exec({ query, values: createReadStream(path) });
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
      await this.command(`DROP TABLE IF EXISTS ${table}`);
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
    const run = this.#writes.then(work);
    this.#writes = run.catch(() => undefined);
    return run;
  }
}

function relationOver(source: ByteSource): { relation: Relation; format: string; path: string } {
  switch (source.kind) {
    case 'files':
      throw new Error('a server cannot read files of this machine; lines reach it as frames');
    case 'frames':
      return {
        relation: {
          from: `input(${sqlString(FRAME_STRUCTURE)})`,
          settings: {},
          rowNumber: '0',
          path: 'path',
        },
        format: 'RowBinary',
        path: source.spool,
      };
    case 'table':
      return {
        relation: {
          from: `input(${sqlString(tableStructure(source.header))})`,
          // row numbers count blocks in the order they arrive: one stream, one thread
          settings: { ...tableSettings(source.header), max_threads: 1, max_insert_threads: 1 },
          rowNumber: 'rowNumberInAllBlocks()',
          path: "''",
        },
        format: 'CSV',
        path: source.path,
      };
    case 'parquet':
      return {
        relation: {
          from: `input(${sqlString(parquetStructure(source.columns))})`,
          settings: { ...PARQUET_SETTINGS, max_threads: 1, max_insert_threads: 1 },
          rowNumber: 'rowNumberInAllBlocks()',
          path: "''",
        },
        format: 'Parquet',
        path: source.path,
      };
  }
}

/** An empty relation with the columns of the bytes, for finding out a SELECT's types. */
function emptyLike(source: ByteSource): string {
  if (source.kind === 'table') return `null(${sqlString(tableStructure(source.header))})`;
  if (source.kind === 'parquet') return `null(${sqlString(parquetStructure(source.columns))})`;
  return `null(${sqlString(FRAME_STRUCTURE)})`;
}
