/** Whom a command asks: the running collector when there is one, else the store itself. */
import type { Settings } from '../config.ts';
import { localAddress, readRuntime, type Runtime } from '../runtime.ts';
import type { Reader } from '../store/types.ts';
import { CommandError } from './command-error.ts';
import { tokenWanted } from './token-wanted.ts';

export interface OpenReader {
  reader: Reader;
  /** The collector that answers; undefined when the store was opened here. */
  collector: Runtime | undefined;
  close(): Promise<void>;
}

export async function openReader(config: Settings): Promise<OpenReader> {
  const collector = readRuntime(config.dataDir);
  if (config.clickhouseUrl !== undefined) return await serverReader(config.clickhouseUrl, collector);
  if (collector) return await collectorReader(collector, config.token);
  const { openStoreOf } = await import('../main.ts');
  const { withLists } = await import('../config-lists.ts');
  const { pino } = await import('pino');
  const store = await openStoreOf(withLists(config), pino({ level: 'silent' }));
  return { reader: store, collector: undefined, close: () => store.close() };
}

async function serverReader(url: string, collector: Runtime | undefined): Promise<OpenReader> {
  const { openServer } = await import('../store/server.ts');
  const engine = openServer(url);
  return { reader: engine, collector, close: () => engine.close() };
}

/**
 * Plain HTTP instead of the client: a report is a whole process, and loading the client took a sixth of
 * its time.
 */
async function collectorReader(collector: Runtime, token: string | undefined): Promise<OpenReader> {
  const address = collector.addresses.store;
  if (!address) {
    throw new CommandError(
      `a collector (process ${collector.pid}) owns the store, and its read endpoint is off: ` +
        'set TALLYD_STORE_LISTEN=127.0.0.1:8123 for it, or stop it first.',
    );
  }
  const { request } = await import('node:http');
  const ask = (sql: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const query = 'default_format=JSONEachRow';
      const to = {
        ...localAddress(address),
        method: 'POST',
        path: `/?${query}`,
        headers: {
          'content-length': Buffer.byteLength(sql),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      };
      const asked = request(to, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          if (answer.statusCode === 200) resolve(text);
          else if (isAboutToken(answer.statusCode, text))
            reject(new CommandError(tokenWanted('read', token, text)));
          else reject(new CommandError(`the collector did not answer: ${text.trim()}`));
        });
      });
      asked.on('error', (error) =>
        reject(
          new CommandError(
            `the collector (process ${collector.pid}) does not answer on ${address.host}:${address.port}: ${error.message}`,
            { cause: error },
          ),
        ),
      );
      asked.end(sql);
    });
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
function isAboutToken(status: number | undefined, text: string): boolean {
  return status === 401 || /^Code: (?:194|516)\b/.test(text);
}
