/** Keeps web pages away from an endpoint that asks for no password. */
import type { IncomingMessage } from 'node:http';
import { isLoopbackName } from '../../loopback.ts';
import { refused } from './refused.ts';

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
  if (boundToLoopback && host !== '' && !isLoopbackName(host)) throw refused(`a request to the host ${host}`);
}
