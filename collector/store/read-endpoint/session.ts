/** A connection to the engine on which nothing can be changed. It serves one statement at a time. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { Database } from './judge.ts';
import { type Params, settingOf } from './parameters.ts';

export interface RawAnswer {
  bytes: Buffer;
  /** Rows and bytes read, as ClickHouse's summary header has them. */
  summary: object;
}

export class Session {
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

  async bind(params: Params): Promise<void> {
    const setting = settingOf(params);
    if (setting) await this.#client.command({ query: setting });
  }

  async run(sql: string, format: string): Promise<RawAnswer> {
    try {
      const { stream, summary } = await this.#client.exec({
        query: sql,
        // becomes the format of the call, not a SET
        clickhouse_settings: { default_format: format } as Record<string, string>,
      });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return { bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), summary: summary ?? {} };
    } catch (error) {
      // What a failed statement had written so far would be the beginning of the next one's answer,
      // and the engine takes it for running until the next one comes.
      await this.#client.command({ query: 'SELECT 1' }).catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}
