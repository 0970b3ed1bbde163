/** Keeps web pages away from a port that asks nobody for a token. */
import type { IncomingMessage } from 'node:http';
import { isLoopbackAddress, isLoopbackName } from '../loopback.ts';

/**
 * Why a request to loopback may be a web page's; undefined where it is none. A browser names the page of
 * another address in Origin; a page that reaches this machine under a name of its own (DNS rebinding)
 * has that name in Host. Names in `.internal` cannot be had in the public DNS: containers reach the
 * machine by them (`host.docker.internal`).
 */
export function pageRefusal({ headers, socket }: IncomingMessage): string | undefined {
  const foreign = headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
  if (headers.origin !== undefined || foreign) return 'a web page of another address asked for this.';
  const name = (headers.host ?? '').replace(/:\d*$/, '');
  const loopback = isLoopbackAddress((socket.localAddress ?? '').replace(/^::ffff:/, ''));
  if (!loopback || name === '' || isLoopbackName(name) || /^[\w.-]+\.internal$/i.test(name)) return undefined;
  return 'the Host header names another machine; on a loopback address ask localhost, 127.0.0.1 or [::1].';
}
