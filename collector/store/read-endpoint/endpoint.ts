/**
 * The ClickHouse HTTP interface of the embedded engine, for reading: Grafana, curl and clients of
 * ClickHouse ask here what they would ask a server. See docs/read-endpoint.md.
 */
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { EmbeddedEngine } from '../embedded.ts';
import { isLoopbackAddress } from '../../loopback.ts';
import { plainServing, type Serving } from '../../serving/serving.ts';
import type { Authenticate } from './credentials.ts';
import { LIMITS, type Limits } from './limits.ts';
import { type CountRequest, type OnLimited, Reader } from './reader.ts';

export interface ReadEndpointOptions {
  engine: EmbeddedEngine;
  log: Logger;
  /** @default engine.endpointConnections */
  connections?: number;
  limits?: Partial<Limits>;
  /** Who may read. @default everybody who reaches the port; user and password are not looked at */
  authenticate?: Authenticate | undefined;
  /** How often. @default as often as they like */
  limit?: CountRequest;
  /** Told of every statement that is refused because it is too much. */
  onLimited?: OnLimited;
  /** @default plain */
  serving?: Serving | undefined;
}

export interface ReadEndpoint {
  /** Answers a request, for a server of one's own. It is taken to listen on loopback. */
  handler: RequestListener;
  listen(at: { host: string; port: number }): Promise<{ address: AddressInfo; close: () => Promise<void> }>;
  /** For those who use `handler`: removes what lies in the temporary folder. Closing a listener does it. */
  close(): Promise<void>;
}

/** Clients keep connections; closing one under their hands looks like an error to them. */
const KEEP_ALIVE_MS = 75_000;

export function createReadEndpoint(options: ReadEndpointOptions): ReadEndpoint {
  const reader = new Reader({ ...options, limits: { ...LIMITS, ...options.limits } });
  return {
    handler: (request, response) => void reader.handle(request, response, true),
    listen: ({ host, port }) => listen(reader, options.serving ?? plainServing, host, port),
    close: () => reader.close(),
  };
}

async function listen(
  reader: Reader,
  serving: Serving,
  host: string,
  port: number,
): Promise<{ address: AddressInfo; close: () => Promise<void> }> {
  const loopback = isLoopbackAddress(host);
  const server = serving.createServer(
    {},
    (request, response) => void reader.handle(request, response, loopback),
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  // a statement is a megabyte at most
  server.requestTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    address: server.address() as AddressInfo,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      await reader.close();
    },
  };
}
