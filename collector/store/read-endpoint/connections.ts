/** The connections of the endpoint: a few, opened when they are needed, and a queue that ends. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { EmbeddedEngine } from '../embedded.ts';
import { sqlString } from '../sql.ts';
import { Connection } from './connection.ts';
import type { Limits } from './limits.ts';
import { Pipes } from './pipes.ts';
import { gone, ReadError } from './refused.ts';

export class Connections {
  readonly #engine: EmbeddedEngine;
  readonly #most: number;
  readonly #limits: Limits;
  readonly #free: Connection[] = [];
  readonly #waiting = new Set<(connection: Connection) => void>();
  #pipes: Promise<Pipes> | undefined;
  #killer: Promise<ClickHouseClient> | undefined;
  #kills: Promise<unknown> = Promise.resolve();
  #open = 0;

  constructor(engine: EmbeddedEngine, most: number, limits: Limits) {
    this.#engine = engine;
    this.#most = most;
    this.#limits = limits;
  }

  /**
   * Does `work` on a connection, preferably one whose session has the settings already.
   *
   * @param hungUp aborted when the client is gone; who waits then leaves the queue
   * @throws ReadError with 202 when too many wait already.
   */
  async with<T>(
    settings: string,
    hungUp: AbortSignal,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const connection = this.#take(settings) ?? (await this.#openOrWait(hungUp));
    try {
      return await work(connection);
    } finally {
      this.#release(connection);
    }
  }

  async close(): Promise<void> {
    const pipes = await this.#pipes?.catch(() => undefined);
    pipes?.remove();
  }

  #take(settings: string): Connection | undefined {
    const alike = this.#free.findIndex((connection) => connection.settings === settings);
    return alike === -1 ? this.#free.pop() : this.#free.splice(alike, 1)[0];
  }

  #release(connection: Connection): void {
    const [next] = this.#waiting;
    if (!next) return void this.#free.push(connection);
    this.#waiting.delete(next);
    next(connection);
  }

  async #openOrWait(hungUp: AbortSignal): Promise<Connection> {
    if (this.#open < this.#most) {
      this.#open++;
      try {
        return await this.#connect();
      } catch (error) {
        this.#open--;
        throw error;
      }
    }
    if (this.#waiting.size >= this.#limits.waiting)
      throw tooMany(`${this.#open} statements run and ${this.#waiting.size} wait`);
    return await new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      hungUp.addEventListener('abort', () => {
        if (this.#waiting.delete(resolve)) reject(gone());
      });
    });
  }

  async #connect(): Promise<Connection> {
    this.#pipes ??= Pipes.make(this.#most).catch((error: unknown) => {
      this.#pipes = undefined;
      throw error;
    });
    const pipes = await this.#pipes;
    const pipe = pipes.take();
    try {
      return await Connection.open({
        pipe,
        open: (settings) => this.#session(settings),
        kill: (text) => this.#kill(text),
      });
    } catch (error) {
      pipes.giveBack(pipe);
      throw error;
    }
  }

  #session(settings: string): Promise<ClickHouseClient> {
    const { seconds, memoryBytes } = this.#limits;
    return this.#engine.readOnlyConnection([
      'USE tallyd',
      `SET max_execution_time=${seconds}, max_memory_usage=${memoryBytes}, ` +
        'implicit_select=0, allow_introspection_functions=0',
      ...(settings === '' ? [] : [`SET ${settings}`]),
    ]);
  }

  /** `readonly=1` lets KILL pass. The path of a pipe is in no other statement than the one it serves. */
  async #kill(text: string): Promise<void> {
    this.#killer ??= this.#engine.readOnlyConnection().catch((error: unknown) => {
      this.#killer = undefined;
      throw error;
    });
    const killer = await this.#killer;
    const query = `KILL QUERY WHERE position(query, ${sqlString(text)}) > 0 ASYNC`;
    this.#kills = this.#kills.then(() => killer.command({ query })).catch(() => undefined);
    await this.#kills;
  }
}

/** ClickHouse's code for more statements at once than there may be. */
export const TOO_MANY = 202;

export function tooMany(what: string): ReadError {
  return new ReadError(TOO_MANY, 'TOO_MANY_SIMULTANEOUS_QUERIES', `${what}: ask again in a moment`, 503);
}
