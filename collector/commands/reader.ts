/** Whom a command asks: the running collector when there is one, else the store itself. */
import type { Settings } from '../config.ts';
import { readRuntime, type Runtime } from '../runtime.ts';
import type { Reader } from '../store/types.ts';
import { CommandError } from './command-error.ts';

export interface OpenReader {
  reader: Reader;
  /** The collector that answers; undefined when the store was opened here. */
  collector: Runtime | undefined;
  close(): Promise<void>;
}

export async function openReader(config: Settings): Promise<OpenReader> {
  const collector = readRuntime(config.dataDir);
  if (config.clickhouseUrl !== undefined) return await serverReader(config.clickhouseUrl, collector);
  if (collector) return await collectorReader(collector);
  const { openStoreOf } = await import('../main.ts');
  const { withLists } = await import('../config-lists.ts');
  const { pino } = await import('pino');
  const { store } = await openStoreOf(withLists(config), pino({ level: 'silent' }));
  return { reader: store, collector: undefined, close: () => store.close() };
}

async function serverReader(url: string, collector: Runtime | undefined): Promise<OpenReader> {
  const { openServer } = await import('../store/server.ts');
  const engine = openServer(url);
  return { reader: engine, collector, close: () => engine.close() };
}

async function collectorReader(collector: Runtime): Promise<OpenReader> {
  const address = collector.addresses.store;
  if (!address) {
    throw new CommandError(
      `a collector (process ${collector.pid}) owns the store, and its read endpoint is off: ` +
        'set TALLYD_STORE_LISTEN=127.0.0.1:8123 for it, or stop it first.',
    );
  }
  const { createClient } = await import('@clickhouse/client');
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const client = createClient({ url: `http://${host}:${address.port}` });
  const reader: Reader = {
    async rows<T>(sql: string): Promise<T[]> {
      const result = await client.query({ query: sql, format: 'JSONEachRow' });
      return await result.json<T>();
    },
  };
  return { reader, collector, close: () => client.close() };
}
