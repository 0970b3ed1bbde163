/** The engine and nothing else: the client that tallyd uses, one connection, statements in order. */
import { createClient } from '@clickhouse/client';
import { createChdbConnection } from 'chdb/connection';

export interface Session {
  run(sql: string): Promise<void>;
  rows<T>(sql: string): Promise<T[]>;
  close(): Promise<void>;
}

/** Opens the engine in a folder with as many threads as the machine has, which is what tallyd gives it. */
export async function openSession(path: string, threads: number): Promise<Session> {
  const client = createClient({ connection: createChdbConnection({ path }) as never });
  await client.command({
    query: `SET max_threads=${threads}, max_insert_threads=${threads}, session_timezone='UTC'`,
  });
  return {
    run: async (sql) => void (await client.command({ query: sql })),
    rows: async <T>(sql: string) =>
      await (await client.query({ query: sql, format: 'JSONEachRow' })).json<T>(),
    close: () => client.close(),
  };
}
