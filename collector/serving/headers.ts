/** What every answer of every port tells a browser, should one ever show it. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isLoopbackName } from '../loopback.ts';

/** Nothing is loaded, framed, guessed at, kept or told on. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

const YEAR_SECONDS = 31_536_000;

/** Sets the headers before anybody answers; who answers may set others in their place. */
export function sendSecurityHeaders(server: Server, scheme: 'http' | 'https'): void {
  const set = (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    if (scheme === 'https' && !isLoopbackName(nameOf(request)))
      response.setHeader('Strict-Transport-Security', `max-age=${YEAR_SECONDS}`);
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.prependListener(event, set);
}

/** A browser would hold every port of `localhost` to it, such as the one of a Grafana without TLS. */
function nameOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d*$/, '');
}
