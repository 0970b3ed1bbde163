/**
 * The ClickHouse HTTP interface of the embedded engine, for reading: Grafana, curl and clients of
 * ClickHouse ask here what they would ask a server. See docs/read-endpoint.md.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { EmbeddedEngine } from '../embedded.ts';
import { sendBytes, sendError, sendText } from './answer.ts';
import { type Connection, Connections, type Limits } from './connections.ts';
import { AllowedFunctions } from './functions.ts';
import { isLoopbackAddress } from '../../loopback.ts';
import { guard } from './guard.ts';
import { judge } from './judge.ts';
import { ReadError } from './refused.ts';
import { bindAll } from './parameters.ts';
import { readRequest } from './request.ts';
import type { Ask } from './statement.ts';

export interface ReadEndpointOptions {
  engine: EmbeddedEngine;
  log: Logger;
  /** @default engine.endpointConnections */
  connections?: number;
  limits?: Partial<Limits>;
}

export interface ReadEndpoint {
  /** Answers a request, for a server of one's own. It is taken to listen on loopback. */
  handler: RequestListener;
  listen(at: { host: string; port: number }): Promise<{ address: AddressInfo; close: () => Promise<void> }>;
}

const LIMITS: Limits = {
  waiting: 64,
  seconds: 30,
  memoryBytes: 1024 ** 3,
  resultBytes: 256 * 1024 ** 2,
};

export function createReadEndpoint(options: ReadEndpointOptions): ReadEndpoint {
  const reader = new Reader(options);
  return {
    handler: (request, response) => void reader.handle(request, response, true),
    listen: ({ host, port }) => listen(reader, host, port),
  };
}

class Reader {
  readonly #engine: EmbeddedEngine;
  readonly #log: Logger;
  readonly #connections: Connections;
  readonly #limits: Limits;
  #functions: Promise<AllowedFunctions> | undefined;

  constructor({ engine, log, connections, limits }: ReadEndpointOptions) {
    this.#engine = engine;
    this.#log = log;
    this.#limits = { ...LIMITS, ...limits };
    this.#connections = new Connections(engine, connections ?? engine.endpointConnections, this.#limits);
  }

  async handle(request: IncomingMessage, response: ServerResponse, loopback: boolean): Promise<void> {
    try {
      guard(request, loopback);
      await this.#answer(request, response);
    } catch (error) {
      this.#log.debug({ err: error }, 'read endpoint: a statement was not answered');
      // the rest of a body that was too large is not waited for
      if (!request.complete) response.setHeader('connection', 'close');
      if (response.headersSent) response.destroy();
      else sendError(response, error);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://tallyd');
    if (!['GET', 'HEAD', 'POST'].includes(request.method ?? ''))
      throw new ReadError(1, 'UNSUPPORTED_METHOD', `${request.method} is not answered here`, 405);
    if (url.pathname === '/ping') return sendText(response, 200, 'Ok.\n');
    if (url.pathname !== '/') return sendText(response, 404, `There is no handle ${url.pathname}\n`);
    const question = await readRequest(request, url);
    if (question.sql.trim() === '') {
      if (request.method !== 'POST') return sendText(response, 200, 'Ok.\n');
      throw new ReadError(62, 'SYNTAX_ERROR', 'Syntax error: Empty query');
    }
    const answer = await this.#connections.with((connection) => this.#read(connection, question));
    await sendBytes(request, response, answer);
  }

  async #read(
    connection: Connection,
    question: Awaited<ReturnType<typeof readRequest>>,
  ): Promise<{ bytes: Buffer; format: string; summary: object }> {
    await connection.use(question.database);
    const ask: Ask = async (sql, params) =>
      (await connection.run(sql, 'TabSeparatedRaw', params)).bytes.toString('utf8');
    const statement = await judge(question.sql, question, ask, await this.#allowed(ask));
    const format = statement.format ?? question.defaultFormat;
    // A `replace` is seen whole or not at all: readers pass the same gate as the store's own.
    const answer = await this.#engine.gate.read(() =>
      connection.run(statement.text, question.defaultFormat, bindAll(question.params, statement.skeleton)),
    );
    const most = this.#limits.resultBytes;
    if (answer.bytes.length > most) {
      const message = `an answer is at most ${most} bytes long: ask for fewer rows or columns`;
      throw new ReadError(396, 'TOO_MANY_ROWS_OR_BYTES', message);
    }
    return { ...answer, format };
  }

  #allowed(ask: Ask): Promise<AllowedFunctions> {
    this.#functions ??= AllowedFunctions.load(ask).catch((error: unknown) => {
      this.#functions = undefined;
      throw error;
    });
    return this.#functions;
  }
}

async function listen(
  reader: Reader,
  host: string,
  port: number,
): Promise<{ address: AddressInfo; close: () => Promise<void> }> {
  const loopback = isLoopbackAddress(host);
  const server = createServer((request, response) => void reader.handle(request, response, loopback));
  // Clients keep connections; closing one under their hands looks like an error to them.
  server.keepAliveTimeout = 75_000;
  server.headersTimeout = 80_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    address: server.address() as AddressInfo,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
