/** A connection of the embedded engine that runs one statement after another. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import { outlineOf } from './sql.ts';

export class SerialConnection {
  readonly #connect: () => Promise<ClickHouseClient>;
  readonly #log: Logger | undefined;
  #client: Promise<ClickHouseClient> | undefined;
  #statements: Promise<unknown> = Promise.resolve();

  /**
   * @param connect opens it, when the first statement comes
   * @param opened the connection, where it is open already
   */
  constructor(connect: () => Promise<ClickHouseClient>, log: Logger | undefined, opened?: ClickHouseClient) {
    this.#connect = connect;
    this.#log = log;
    if (opened) this.#client = Promise.resolve(opened);
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
