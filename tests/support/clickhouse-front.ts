/**
 * A ClickHouse server for tests: the HTTP interface in front of the embedded engine, as far as
 * `@clickhouse/client` and the store use it. The engine is the real one; what travels is ours:
 * users, settings of one statement, and `input()` over a body, which the engine itself cannot do.
 */
import { createWriteStream, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createClient } from '@clickhouse/client';
import { createChdbConnection } from 'chdb/connection';

export interface FrontOptions {
  /** Folder of the engine's data and of bodies being read. */
  path: string;
  user?: string;
  password?: string;
  /** 0: any free one. */
  port?: number;
}

/** An error as the server itself gives it. */
class Refusal extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Parameters of a URL that are not settings. */
const NOT_SETTINGS = new Set(['query', 'query_id', 'session_id', 'database', 'default_format', 'role']);

export class ClickHouseFront {
  readonly #options: Required<FrontOptions>;
  readonly #server: Server;
  /** The engine lives as long as a connection to it; Memory tables live as long as the engine. */
  readonly #keeper: ReturnType<typeof createClient>;
  #bodies = 0;
  /** Statements that arrived, for looking at what travelled. */
  readonly statements: string[] = [];
  /** When set, statements that match it fail, once. */
  failNext: RegExp | undefined;

  private constructor(options: FrontOptions) {
    this.#options = { user: 'default', password: '', port: 0, ...options };
    this.#keeper = this.#connect();
    // statements over a body stand in the address, of which a server takes as much (http_max_uri_size)
    this.#server = createServer(
      { maxHeaderSize: 1_048_576 },
      (request, response) => void this.#handle(request, response),
    );
  }

  static async start(options: FrontOptions): Promise<ClickHouseFront> {
    const front = new ClickHouseFront(options);
    await new Promise<void>((resolve, reject) => {
      front.#server.once('error', reject);
      front.#server.listen(front.#options.port, '127.0.0.1', resolve);
    });
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What TALLYD_CLICKHOUSE_URL would be. */
  url(database = 'tallyd'): string {
    const { user, password } = this.#options;
    return `http://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`;
  }

  /** Hangs up on everyone, as a server that is killed. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    await this.#keeper.close();
  }

  #connect(): ReturnType<typeof createClient> {
    const connection = createChdbConnection({ path: join(this.#options.path, 'data') });
    // the engine brings its own copy of the client's types, alike but not the same
    return createClient({ connection: connection as never });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://front');
      if (url.pathname === '/ping') return void response.end('Ok.\n');
      this.#authenticate(request, url);
      const answer = await this.#answer(request, url);
      response.setHeader('x-clickhouse-summary', JSON.stringify(answer.summary));
      response.setHeader('x-clickhouse-format', answer.format);
      response.end(answer.bytes);
    } catch (error) {
      request.resume();
      const { code, status } = error as { code?: unknown; status?: number };
      response.statusCode = status ?? 500;
      response.setHeader('x-clickhouse-exception-code', String(code));
      const type = (error as { type?: string }).type ?? 'AUTHENTICATION_FAILED';
      response.end(`Code: ${String(code)}. DB::Exception: ${(error as Error).message} (${type})`);
    }
  }

  #authenticate(request: IncomingMessage, url: URL): void {
    const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const [basicUser, basicPassword] = basic
      ? Buffer.from(basic, 'base64').toString().split(/:(.*)/s)
      : [undefined, undefined];
    const header = (name: string) => request.headers[name] as string | undefined;
    const user = basicUser ?? header('x-clickhouse-user') ?? url.searchParams.get('user') ?? 'default';
    const password = basicPassword ?? header('x-clickhouse-key') ?? url.searchParams.get('password') ?? '';
    if (user === this.#options.user && password === this.#options.password) return;
    const message = `${user}: Authentication failed: password is incorrect, or there is no user with such name.`;
    throw new Refusal(403, 516, message);
  }

  async #answer(
    request: IncomingMessage,
    url: URL,
  ): Promise<{ bytes: Buffer; format: string; summary: object }> {
    const query = url.searchParams.get('query') ?? '';
    const spool = join(this.#options.path, `body-${++this.#bodies}`);
    try {
      const reading = /\binput\('/.test(query);
      let sql: string;
      if (reading) {
        await pipeline(request, createWriteStream(spool));
        sql = overFile(query, spool);
      } else {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        sql = [query, Buffer.concat(chunks).toString()].filter((part) => part !== '').join('\n');
      }
      this.statements.push(sql);
      if (this.failNext?.test(sql)) {
        this.failNext = undefined;
        throw Object.assign(new Refusal(500, 210, 'the test wants this to fail'), { type: 'NETWORK_ERROR' });
      }
      return await this.#run(this.#withoutCredentials(sql), url.searchParams);
    } finally {
      rmSync(spool, { force: true });
    }
  }

  /** Every statement has a connection of its own, so that its settings end with it. */
  async #run(
    sql: string,
    search: URLSearchParams,
  ): Promise<{ bytes: Buffer; format: string; summary: object }> {
    const client = this.#connect();
    const format = search.get('default_format') ?? 'TabSeparated';
    const settings: Record<string, string> = { default_format: format, implicit_select: '0' };
    for (const [name, value] of search)
      if (!NOT_SETTINGS.has(name) && !name.startsWith('param_')) settings[name] = value;
    try {
      await client.command({ query: "SET session_timezone='UTC'" });
      if (search.get('database')) await client.command({ query: `USE ${search.get('database')}` });
      await refuseSeveral(client, sql);
      const { stream, summary } = await client.exec({ query: sql, clickhouse_settings: settings });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return { bytes: Buffer.concat(chunks), format, summary: summary ?? {} };
    } finally {
      await client.close();
    }
  }

  /** A server checks the credentials of a dictionary's source; the engine behind has no users. */
  #withoutCredentials(sql: string): string {
    return sql.replace(
      /USER ('(?:[^'\\]|\\.)*') PASSWORD ('(?:[^'\\]|\\.)*') /,
      (_all, ...quoted: string[]) => {
        const [user, password] = quoted
          .slice(0, 2)
          .map((text) => text.slice(1, -1).replaceAll(/\\(.)/gs, '$1'));
        if (user === this.#options.user && password === this.#options.password) return '';
        throw new Refusal(403, 516, `${user}: Authentication failed (a dictionary's source)`);
      },
    );
  }
}

/** `INSERT … SELECT … FROM input('structure') … FORMAT X` over a body, read from a file instead. */
function overFile(query: string, spool: string): string {
  const inputs = [...query.matchAll(/\binput\(('(?:[^'\\]|\\.)*')\)/g)];
  const format = /\sFORMAT (\w+)\s*$/.exec(query);
  if (inputs.length !== 1 || !format || !/^INSERT INTO/.test(query))
    throw Object.assign(new Refusal(400, 36, `input() stands once, in an INSERT with a FORMAT: ${query}`), {
      type: 'BAD_ARGUMENTS',
    });
  const [whole, structure] = inputs[0]!;
  return query.slice(0, format.index).replace(whole, () => `file('${spool}', '${format[1]}', ${structure})`);
}

/** A server runs one statement per request; the engine runs them all. */
async function refuseSeveral(client: ReturnType<typeof createClient>, sql: string): Promise<void> {
  const text = sql.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  await client.command({
    query: `SELECT formatQuery('${text}') FORMAT Null SETTINGS max_query_size = 100000000`,
  });
}
