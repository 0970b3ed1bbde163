/** The connections of the endpoint: a few, opened when they are needed, and a queue that ends. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { EmbeddedEngine } from '../embedded.ts';
import type { Database } from './judge.ts';
import type { Bound } from './parameters.ts';
import { ReadError } from './refused.ts';

export interface Limits {
  /** Questions that may wait for a connection; more are turned away. */
  waiting: number;
  /** Seconds that one statement may take. A `replace` waits for the statements that run. */
  seconds: number;
  /** Bytes that one statement may keep in memory, its answer included. */
  memoryBytes: number;
  /** Bytes of one answer. The engine's own max_result_bytes does nothing in chdb 3.4. */
  resultBytes: number;
}

export interface RawAnswer {
  bytes: Buffer;
  /** Rows and bytes read, as ClickHouse's summary header has them. */
  summary: object;
}

/** One connection on which nothing can be changed. It serves one statement at a time. */
export class Connection {
  readonly #client: ClickHouseClient;
  #database: Database = 'tallyd';

  constructor(client: ClickHouseClient) {
    this.#client = client;
  }

  async use(database: Database): Promise<void> {
    if (database === this.#database) return;
    await this.#client.command({ query: `USE ${database}` });
    this.#database = database;
  }

  async run(sql: string, format: string, params: Bound = {}): Promise<RawAnswer> {
    try {
      const { stream, summary } = await this.#client.exec({
        query: sql,
        query_params: params,
        // becomes the format of the call, not a SET
        clickhouse_settings: { default_format: format } as Record<string, string>,
      });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return { bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), summary: summary ?? {} };
    } catch (error) {
      // What a failed statement had written so far would be the beginning of the next one's answer.
      await this.#client.command({ query: 'SELECT 1' }).catch(() => undefined);
      throw error;
    }
  }
}

export class Connections {
  readonly #engine: EmbeddedEngine;
  readonly #most: number;
  readonly #limits: Limits;
  readonly #free: Connection[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  #open = 0;

  constructor(engine: EmbeddedEngine, most: number, limits: Limits) {
    this.#engine = engine;
    this.#most = most;
    this.#limits = limits;
  }

  /** @throws ReadError with 202 when too many wait already. */
  async with<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.#free.pop() ?? (await this.#openOrWait());
    try {
      return await work(connection);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(connection);
      else this.#free.push(connection);
    }
  }

  async #openOrWait(): Promise<Connection> {
    if (this.#open < this.#most) {
      this.#open++;
      try {
        return await this.#connect();
      } catch (error) {
        this.#open--;
        throw error;
      }
    }
    if (this.#waiting.length >= this.#limits.waiting) {
      throw new ReadError(
        202,
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `${this.#open} statements run and ${this.#waiting.length} wait: ask again in a moment`,
        503,
      );
    }
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  async #connect(): Promise<Connection> {
    const { seconds, memoryBytes } = this.#limits;
    const client = await this.#engine.readOnlyConnection([
      'USE tallyd',
      `SET max_execution_time=${seconds}, max_memory_usage=${memoryBytes}, ` +
        'implicit_select=0, allow_introspection_functions=0',
    ]);
    return new Connection(client);
  }
}
