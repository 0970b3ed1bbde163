/** A connection of the embedded engine that runs one statement after another. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import { outlineOf } from './sql.ts';

export class SerialConnection {
  readonly #connect: () => Promise<ClickHouseClient>;
  readonly #log: Logger | undefined;
  #client: Promise<ClickHouseClient> | undefined;
  #statements: Promise<unknown> = Promise.resolve();

  /** @param connect opens it, when the first statement comes; or it is open already */
  constructor(connect: ClickHouseClient | (() => Promise<ClickHouseClient>), log: Logger | undefined) {
    if (typeof connect === 'function') {
      this.#connect = connect;
    } else {
      const opened = Promise.resolve(connect);
      this.#client = opened;
      this.#connect = () => opened;
    }
    this.#log = log;
  }

  /** Runs a statement after those before it; one that failed does not stop the next. */
  command(sql: string): Promise<void> {
    const run = this.#statements.then(async () => {
      this.#client ??= this.#connect();
      const client = await this.#client;
      if (this.#log?.isLevelEnabled('debug')) this.#log.debug({ statement: outlineOf(sql) }, 'statement');
      await client.command({ query: sql });
    });
    this.#statements = run.catch(() => undefined);
    return run;
  }

  /** After the statements that were given. */
  async close(): Promise<void> {
    await this.#statements;
    await (await this.#client)?.close();
  }
}
