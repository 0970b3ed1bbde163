/** The HTTP server around an application: its port, its patience, its end. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { plainServing, type Serving } from '../serving/serving.ts';
import type { LimitReason } from '../telemetry.ts';
import { answerClientErrors, HEADER_BYTES } from './client-error.ts';

export interface ListenOptions {
  host: string;
  /** 0 for any free one. */
  port: number;
  /** How long requests that run may go on when the server closes. @default 10 s */
  graceMs?: number;
  /** How long the headers of a request may take. @default 60 s */
  headersMs?: number;
  /** @default plain */
  serving?: Serving;
  /** How many connections there may be; more are closed at once. @default as many as the system lets */
  connections?: number;
  /** Told of connections and headers that met a limit. */
  onLimited?: (reason: LimitReason) => void;
}

export interface Listening {
  address: { host: string; port: number; scheme: Serving['scheme'] };
  /** Takes no new connection and lets requests that run come to their end. */
  close(): Promise<void>;
}

/** A port that cannot be had; the message says what to do. */
export class ListenError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'ListenError';
  }
}

const HEADERS_MS = 60_000;

export async function listen(app: Express, options: ListenOptions): Promise<Listening> {
  // large exports over slow lines take their time: body.ts watches that bytes keep coming
  const headersTimeout = options.headersMs ?? HEADERS_MS;
  const connectionsCheckingInterval = Math.min(headersTimeout, 30_000);
  const limits = {
    headersTimeout,
    requestTimeout: 0,
    connectionsCheckingInterval,
    maxHeaderSize: HEADER_BYTES,
  };
  // app.ts says what is wrong with a request that names no host
  const { connections, onLimited = () => undefined, serving = plainServing } = options;
  const server = serving.createServer({ ...limits, requireHostHeader: false }, app);
  if (connections !== undefined) server.maxConnections = connections;
  server.on('drop', () => onLimited('connections'));
  answerClientErrors(server, onLimited);
  // "100 Continue" is sent when the body is wanted, see body.ts
  server.on('checkContinue', app);
  await bind(server, options);
  const { address, port } = server.address() as AddressInfo;
  return {
    address: { host: address, port, scheme: serving.scheme },
    close: () => close(server, options.graceMs ?? 10_000),
  };
}

async function bind(server: Server, { host, port }: ListenOptions): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, resolve);
    });
    server.removeAllListeners('error');
  } catch (error) {
    throw new ListenError(sentence((error as NodeJS.ErrnoException).code, host, port, error), error);
  }
}

function sentence(code: string | undefined, host: string, port: number, error: unknown): string {
  switch (code ?? '') {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use by another program (perhaps a running tallyd or an OpenTelemetry collector); stop it or set TALLYD_LISTEN to another port, such as ${host}:${port + 1}.`;
    case 'EACCES':
      return `port ${port} on ${host} may not be listened on by this user; set TALLYD_LISTEN to a port above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine; set TALLYD_LISTEN to 127.0.0.1:${port}.`;
    default:
      return `port ${port} on ${host} cannot be listened on (${(error as Error).message}); set TALLYD_LISTEN to another.`;
  }
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
