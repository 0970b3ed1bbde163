/** Whom a command asks: the running collector when there is one, else the store itself. */
import type { Settings } from '../config.ts';
import { readRuntime, type Runtime } from '../runtime.ts';
import type { Store } from '../store/store.ts';
import type { Reader } from '../store/types.ts';
import { CommandError } from './command-error.ts';
import { answerTo, connect, type Reach } from './connect.ts';
import { tokenWanted } from './token-wanted.ts';

export interface OpenReader {
  reader: Reader;
  /** The collector that answers; undefined when the store was opened here. */
  collector: Runtime | undefined;
  /** The embedded store, where it was opened here. */
  own?: Store;
  close(): Promise<void>;
}

export async function openReader(config: Settings): Promise<OpenReader> {
  const collector = readRuntime(config.dataDir);
  if (config.clickhouseUrl !== undefined) return await serverReader(config.clickhouseUrl, collector);
  if (collector) return collectorReader(collector, config);
  const { openStoreOf } = await import('../main.ts');
  const { withLists } = await import('../config-lists.ts');
  const { pino } = await import('pino');
  const store = await openStoreOf(withLists(config), pino({ level: 'silent' }));
  return { reader: store, own: store, collector: undefined, close: () => store.close() };
}

async function serverReader(url: string, collector: Runtime | undefined): Promise<OpenReader> {
  const { openServer } = await import('../store/server.ts');
  const engine = openServer(url);
  return { reader: engine, collector, close: () => engine.close() };
}

function collectorReader(collector: Runtime, reach: Reach): OpenReader {
  const address = collector.addresses.store;
  if (!address) {
    throw new CommandError(
      `a collector (process ${collector.pid}) owns the store, and its read endpoint is off: ` +
        'set TALLYD_STORE_LISTEN=127.0.0.1:8123 for it, or stop it first.',
    );
  }
  const ask = async (sql: string): Promise<string> => {
    const headers = { 'content-length': Buffer.byteLength(sql) };
    const asked = { method: 'POST', path: '/?default_format=JSONEachRow', headers };
    const request = await connect(address, reach, asked);
    request.end(sql);
    const { status, text } = await answerTo(request, address);
    if (status === 200) return text;
    if (isAboutToken(status, text)) throw new CommandError(tokenWanted('read', reach.token, text));
    throw new CommandError(`the collector did not answer: ${text.trim()}`);
  };
  const reader: Reader = {
    async rows<T>(sql: string): Promise<T[]> {
      const text = await ask(sql);
      // one parse of all rows: JSONEachRow is a row a line
      return JSON.parse(`[${text.trim().replaceAll('\n', ',')}]`) as T[];
    },
  };
  return { reader, collector, close: () => Promise.resolve() };
}

/** ClickHouse's own codes: 194 asks for a password, 516 refuses the one that came. */
function isAboutToken(status: number, text: string): boolean {
  return status === 401 || /^Code: (?:194|516)\b/.test(text);
}
