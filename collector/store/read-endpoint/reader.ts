/** One request from its first byte to the last of its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { EmbeddedEngine } from '../embedded.ts';
import { describe, sendBytes, sendError, sendText } from './answer.ts';
import type { Connection } from './connection.ts';
import { Connections, TOO_MANY, tooMany } from './connections.ts';
import { admit, type Authenticate, credentialsOf } from './credentials.ts';
import { Delivery } from './delivery.ts';
import { AllowedFunctions } from './functions.ts';
import { guard } from './guard.ts';
import { HELLO, helloBlock } from './hello.ts';
import { type Judged, judge } from './judge.ts';
import type { Limits } from './limits.ts';
import { gone, ReadError } from './refused.ts';
import { readRequest, type ReadRequest } from './request.ts';
import type { Run } from './run.ts';
import type { Session } from './session.ts';
import { watchStall } from './stall.ts';
import type { Ask } from './statement.ts';

/** Counts a request: what its answer says of the limits, and whether it is one too many. */
export type CountRequest = (
  password: string | undefined,
  address: string | undefined,
) => Promise<{
  headers: Readonly<Record<string, string>>;
  refusal?: { status: number; detail: string; seconds: number };
}>;

/** `requests`: of its token or address; `statements`: in hand of all; `slow`: it took nothing of its answer. */
export type OnLimited = (reason: 'requests' | 'statements' | 'slow') => void;

export interface ReaderOptions {
  engine: EmbeddedEngine;
  log: Logger;
  connections?: number;
  limits: Limits;
  authenticate?: Authenticate;
  limit?: CountRequest;
  onLimited?: OnLimited;
}

/** One answer on its way: to whom, what was asked, and whether anybody still waits for it. */
interface Asking {
  request: IncomingMessage;
  response: ServerResponse;
  question: ReadRequest;
  hungUp: AbortSignal;
}

/** Sends what there is to send when the engine has done its part. */
type Send = () => Promise<void>;

export class Reader {
  readonly #engine: EmbeddedEngine;
  readonly #log: Logger;
  readonly #connections: Connections;
  readonly #limits: Limits;
  readonly #authenticate: Authenticate | undefined;
  readonly #rate: CountRequest | undefined;
  readonly #onLimited: OnLimited;
  #functions: Promise<AllowedFunctions> | undefined;
  #inHand = 0;

  constructor({ engine, log, connections, limits, authenticate, limit, onLimited }: ReaderOptions) {
    this.#engine = engine;
    this.#log = log;
    this.#limits = limits;
    this.#authenticate = authenticate;
    this.#rate = limit;
    this.#onLimited = onLimited ?? (() => undefined);
    this.#connections = new Connections(engine, connections ?? engine.endpointConnections, limits);
  }

  async handle(request: IncomingMessage, response: ServerResponse, loopback: boolean): Promise<void> {
    const hungUp = new AbortController();
    response.once('close', () => {
      this.#inHand--;
      hungUp.abort();
    });
    // a client that resets its connection is one that hung up
    response.on('error', () => undefined);
    watchStall(response, this.#limits.stallSeconds, () => {
      // of the address the path alone: a password may stand behind it
      this.#log.debug(
        { path: request.url?.split('?', 1)[0] },
        'read endpoint: a client took nothing of its answer any more',
      );
      this.#onLimited('slow');
      response.destroy();
    });
    try {
      // whoever watches must hear that it lives, above all when it is busy
      if (++this.#inHand > this.#limits.requests && request.url !== '/ping')
        throw tooMany(`${this.#limits.requests} requests are in hand`);
      guard(request, loopback);
      await this.#answer(request, response, hungUp.signal);
    } catch (error) {
      this.#log.debug({ err: error }, 'read endpoint: a statement was not answered');
      if ((error as { code?: unknown }).code === TOO_MANY) this.#onLimited('statements');
      if (response.headersSent || response.destroyed) return;
      // the rest of a body that was too large is not waited for
      if (!request.complete) response.setHeader('connection', 'close');
      sendError(response, error);
    }
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse, hungUp: AbortSignal): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://tallyd');
    if (!['GET', 'HEAD', 'POST'].includes(request.method ?? ''))
      throw new ReadError(1, 'UNSUPPORTED_METHOD', `${request.method} is not answered here`, 405);
    if (url.pathname === '/ping') return sendText(response, 200, 'Ok.\n');
    if (url.pathname !== '/') return sendText(response, 404, `There is no handle ${url.pathname}\n`);
    await admit(this.#authenticate, request, url.searchParams);
    await this.#count(request, response, url);
    const question = await readRequest(request, url, this.#limits.resultRows);
    if (question.sql.trim() === '') {
      if (request.method !== 'POST') return sendText(response, 200, 'Ok.\n');
      throw new ReadError(62, 'SYNTAX_ERROR', 'Syntax error: Empty query');
    }
    const asking = { request, response, question, hungUp };
    const send = await this.#connections.with(question.settings.session, hungUp, (connection) =>
      this.#read(connection, asking),
    );
    await send();
  }

  /** @throws ReadError with 201 (429) for one request too many: ClickHouse's code for a quota. */
  async #count(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const password = credentialsOf(request, url.searchParams)?.password;
    const counted = await this.#rate?.(password, request.socket.remoteAddress);
    for (const [name, value] of Object.entries(counted?.headers ?? {})) response.setHeader(name, value);
    if (!counted?.refusal) return;
    const { status, detail, seconds } = counted.refusal;
    this.#onLimited('requests');
    response.setHeader('retry-after', seconds);
    throw new ReadError(201, 'QUOTA_EXCEEDED', detail, status);
  }

  async #read(connection: Connection, asking: Asking): Promise<Send> {
    const { question, hungUp } = asking;
    const judged = await this.#judge(connection.judging, question);
    if (hungUp.aborted) throw gone();
    const format = judged.format ?? question.defaultFormat;
    describe(asking.response, { format, queryId: question.queryId });
    if (judged.line === HELLO && format === 'Native' && question.protocol > 0)
      return await this.#hello(connection.judging, asking);
    const settings = [question.settings.session, judged.filters].filter((part) => part !== '').join(', ');
    const session = await connection.session(settings);
    await session.use(question.database);
    await session.bind(question.params);
    if (judged.streams)
      return await this.#stream(() => connection.start(session, judged.line, format), asking);
    const answer = await this.#engine.gate.read(() => session.run(judged.line, format));
    return () => sendBytes(asking.request, asking.response, answer);
  }

  async #judge(session: Session, question: ReadRequest): Promise<Judged> {
    const ask: Ask = async (sql) => (await session.run(sql, 'TabSeparatedRaw')).bytes.toString('utf8');
    return await judge(question.sql, question, {
      ask,
      bind: (params) => session.bind(params),
      functions: await this.#allowed(ask),
    });
  }

  async #hello(session: Session, { request, response, question }: Asking): Promise<Send> {
    const { bytes, summary } = await session.run('SELECT displayName(), version()', 'TabSeparatedRaw');
    const [displayName = '', version = ''] = bytes.toString('utf8').trimEnd().split('\t');
    const { timezone } = question.settings;
    const block = helloBlock({ displayName, version, timezone }, question.protocol);
    return () => sendBytes(request, response, { bytes: block, summary });
  }

  /** A `replace` is seen whole or not at all: the gate is passed until the engine has read everything. */
  async #stream(start: () => Run, asking: Asking): Promise<Send> {
    const delivery = new Delivery(asking.request, asking.response, this.#limits);
    let taken: Promise<void> = Promise.resolve();
    const ended = this.#engine.gate.read(async () => {
      const run = start();
      taken = delivery.take(run);
      const release = this.#limit(run, asking);
      return await run.ended.finally(release);
    });
    const outcome = await ended.then(
      (summary) => ({ summary }),
      (error: unknown) => ({ error }),
    );
    // the next statement must find the pipe empty
    await taken;
    return async () => {
      if ('summary' in outcome) return await delivery.finish(outcome.summary);
      delivery.fail(outcome.error);
      throw outcome.error;
    };
  }

  /** Stops a statement whose client is gone or whose time is over. */
  #limit(run: Run, { question, hungUp }: Asking): () => void {
    const seconds = Math.min(this.#limits.seconds, question.settings.seconds ?? Infinity);
    const late = `Timeout exceeded: a statement may take ${seconds} seconds, its answer being taken included`;
    const timer = setTimeout(() => run.stop(new ReadError(159, 'TIMEOUT_EXCEEDED', late)), seconds * 1000);
    const leave = () => run.stop(gone());
    if (hungUp.aborted) leave();
    hungUp.addEventListener('abort', leave);
    return () => {
      clearTimeout(timer);
      hungUp.removeEventListener('abort', leave);
    };
  }

  #allowed(ask: Ask): Promise<AllowedFunctions> {
    this.#functions ??= AllowedFunctions.load(ask).catch((error: unknown) => {
      this.#functions = undefined;
      throw error;
    });
    return this.#functions;
  }
}
