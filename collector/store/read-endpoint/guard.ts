/** Keeps web pages away from an endpoint that asks for no password. */
import type { IncomingMessage } from 'node:http';
import { refused } from './refused.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}

/**
 * A browser names the page in Origin. A page whose name resolves to this machine (DNS rebinding)
 * has no foreign Origin, but its own name stands in Host.
 *
 * @throws ReadError with 497.
 */
export function guard(request: IncomingMessage, boundToLoopback: boolean): void {
  if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] === 'cross-site')
    throw refused('a request of a web page');
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (boundToLoopback && host !== '' && !isLoopback(host)) throw refused(`a request to the host ${host}`);
}
