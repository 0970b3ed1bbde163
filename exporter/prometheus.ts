/** `GET /metrics` on a server of its own. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { CollectionResult, MetricCollectOptions } from '@opentelemetry/sdk-metrics';
import { withPrometheusNames } from './metric-names.ts';
import { SERIES_LIMIT } from './series-limit.ts';

const PATH = '/metrics';
/** The version tells a scraper which text format this is; Prometheus 3 refuses to guess. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface Listen {
  host: string;
  /** 0: any free port. */
  port: number;
}

/** Why a scrape is refused: its status, what to do, and what `WWW-Authenticate` says. */
export interface Refusal {
  status: number;
  detail: string;
  challenges: string[];
}

/** Judges the `Authorization` of a request; undefined lets it pass. */
export type Authorise = (
  authorization: string | undefined,
) => Refusal | undefined | Promise<Refusal | undefined>;

/** Counts a request: what its answer says of the limits, and whether it is one too many. */
export type CountRequest = (
  authorization: string | undefined,
  address: string | undefined,
) => Promise<{
  headers: Readonly<Record<string, string>>;
  refusal?: { status: number; detail: string; seconds: number };
}>;

export interface Guards {
  /** Why nobody who asks like this gets an answer; undefined lets a request pass. */
  forbid?: ((request: IncomingMessage) => string | undefined) | undefined;
  /** Without it everybody who reaches the port may read. */
  authorise?: Authorise | undefined;
  limit?: CountRequest | undefined;
  /** Told of every request that was one too many. */
  onLimited?: () => void;
}
/** Makes the server that answers, such as one with TLS. */
export type Serve = (listener: RequestListener) => Server;

/** The SDK's reader for Prometheus, with units in the names and without the server it would start. */
export class PrometheusReader extends PrometheusExporter {
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    super({ preventServerStart: true, withoutScopeInfo: true, withoutTargetInfo: true });
    this.#warn = warn;
  }

  override async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    const { resourceMetrics, errors } = await super.collect(options);
    // The SDK reports them to its global logger, which is silent.
    for (const error of errors) this.#warn(`A metric could not be read: ${String(error)}`);
    return { resourceMetrics: withPrometheusNames(resourceMetrics), errors };
  }

  /** The configuration of PrometheusExporter has no place for it. */
  override selectCardinalityLimit(): number {
    return SERIES_LIMIT;
  }
}

/** Serves what a {@link PrometheusReader} collects. */
export class MetricsServer {
  readonly #listen: Listen;
  readonly #reader: PrometheusReader;
  readonly #guards: Guards;
  readonly #server: Server;

  /** @param serve makes the server; without it a plain one */
  constructor(
    listen: Listen,
    reader: PrometheusReader,
    guards: Guards = {},
    serve: Serve = (listener) => createServer(listener),
  ) {
    this.#listen = listen;
    this.#guards = guards;
    this.#reader = reader;
    this.#server = serve((request, response) => {
      this.#admit(request, response).catch((error: Error) => refuse(response, 500, error.message));
    });
  }

  /** Where it listens; throws before {@link start}. */
  get address(): Listen {
    const address = this.#server.address() as AddressInfo | null;
    if (address === null) throw new Error('The metrics server does not listen yet.');
    return { host: address.address, port: address.port };
  }

  /** Resolves when it listens; rejects when it cannot (the port is taken). */
  start(): Promise<void> {
    const { host, port } = this.#listen;
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) =>
        reject(new Error(`Cannot serve metrics on ${host}:${port}: ${cause.message}`, { cause }));
      this.#server.once('error', fail);
      this.#server.listen(port, host, () => {
        this.#server.off('error', fail);
        resolve();
      });
    });
  }

  /** Ends open connections too: a scraper keeps its own for the next scrape. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #admit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { forbid, authorise, limit, onLimited } = this.#guards;
    const forbidden = forbid?.(request);
    if (forbidden !== undefined) return refuse(response, 403, forbidden);
    const { authorization } = request.headers;
    const refusal = await authorise?.(authorization);
    if (refusal) {
      response.setHeader('www-authenticate', refusal.challenges);
      return refuse(response, refusal.status, refusal.detail);
    }
    const verdict = await limit?.(authorization, request.socket.remoteAddress);
    for (const [name, value] of Object.entries(verdict?.headers ?? {})) response.setHeader(name, value);
    if (!verdict?.refusal) return this.#answer(request, response);
    onLimited?.();
    response.setHeader('retry-after', verdict.refusal.seconds);
    refuse(response, verdict.refusal.status, verdict.refusal.detail);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url?.split('?', 1)[0] !== PATH) {
      refuse(response, 404, `There is nothing here; the metrics are at ${PATH}.`);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      refuse(response, 405, `${PATH} can only be read, with GET.`);
    } else {
      this.#reader.getMetricsRequestHandler(request, response);
      // It has set a bare text/plain, and sends its headers only when it has collected.
      response.setHeader('content-type', CONTENT_TYPE);
    }
  }
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${sentence}\n`);
}
