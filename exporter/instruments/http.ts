/** The HTTP server's metrics, after OpenTelemetry's semantic conventions. */
import type { Attributes, Histogram, Meter, UpDownCounter } from '@opentelemetry/api';
import type { Request, RequestHandler, Response } from 'express';
import { BoundedLabel } from '../labels.ts';

/** The boundaries that the semantic conventions ask for. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);
const ROUTES = 100;

export class HttpInstruments {
  readonly #duration: Histogram;
  readonly #active: UpDownCounter;
  readonly #routes = new BoundedLabel(ROUTES);

  constructor(meter: Meter) {
    this.#duration = meter.createHistogram('http.server.request.duration', {
      unit: 's',
      description: 'Duration of HTTP server requests',
      advice: { explicitBucketBoundaries: SECONDS },
    });
    this.#active = meter.createUpDownCounter('http.server.active_requests', {
      unit: '{request}',
      description: 'HTTP server requests that are being answered',
    });
  }

  /** Put it before the routes. It records when the response has ended, or the client has gone. */
  readonly middleware: RequestHandler = (request, response, next) => {
    const began = performance.now();
    const labels = {
      'http.request.method': METHODS.has(request.method) ? request.method : '_OTHER',
      'url.scheme': request.protocol,
    };
    const route = watchRoute(request);
    this.#active.add(1, labels);
    response.once('close', () => {
      this.#active.add(-1, labels);
      const seconds = (performance.now() - began) / 1000;
      this.#duration.record(seconds, { ...labels, ...this.#route(route()), ...outcome(response) });
    });
    next();
  };

  /** No label where no route matched. */
  #route(template: string | undefined): Attributes {
    return template === undefined ? {} : { 'http.route': this.#routes.of(template) };
  }
}

/**
 * Gives the template of the last route that matched (`/api/uploads/:id`), never the path. It is taken
 * when Express sets `request.route`: once an error has left a router, Express has forgotten where the
 * router was mounted, and the failures of a route would count under another name than its successes.
 */
function watchRoute(request: Request): () => string | undefined {
  let route: { path?: string | RegExp | (string | RegExp)[] } | undefined;
  let template: string | undefined;
  Object.defineProperty(request, 'route', {
    configurable: true,
    enumerable: true,
    get: () => route,
    set(matched: typeof route) {
      route = matched;
      template = matched?.path === undefined ? undefined : `${request.baseUrl}${String(matched.path)}`;
    },
  });
  return () => template;
}

function outcome(response: Response): Attributes {
  // Node's statusCode is 200 before anything was sent; a client that has gone got no status.
  if (!response.headersSent) return { 'error.type': 'client_closed' };
  const status = { 'http.response.status_code': response.statusCode };
  return response.statusCode >= 500 ? { ...status, 'error.type': String(response.statusCode) } : status;
}
