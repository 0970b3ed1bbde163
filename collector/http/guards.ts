/**
 * What keeps web pages out. Without tokens, which only loopback may be, a page in the user's browser
 * must not be able to send tallyd anything, nor reach it under a name of its own (DNS rebinding).
 */
import type { RequestHandler } from 'express';
import { isLoopbackAddress, isLoopbackName } from '../loopback.ts';
import { badRequest, HttpProblem } from './problem.ts';

/** RFC 9112, 3.2: a request of HTTP/1.1 names the host it is meant for. */
export const hostRequired: RequestHandler = (request, _response, next) => {
  if (request.headers.host !== undefined || request.httpVersion === '1.0') return next();
  throw badRequest('the request has no Host header, which HTTP/1.1 asks for.');
};

/**
 * Over a loopback address, only loopback's own names are answered to.
 * @param allowed further names, such as that of a proxy in front, without ports
 */
export function hostGuard(allowed: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const name = hostName(request.headers.host);
    const loopback = isLoopbackAddress((request.socket.localAddress ?? '').replace(/^::ffff:/, ''));
    if (!loopback || isLoopbackName(name) || allowed.includes(name)) return next();
    throw new HttpProblem(
      421,
      'wrong-host',
      'The host name is not served here',
      `the Host header is ${JSON.stringify(name.slice(0, 100))}; on a loopback address tallyd answers to ` +
        'localhost, 127.0.0.1 and [::1] only, so that web pages cannot reach it under a name of their own.',
    );
  };
}

/** A browser names the page that sends; only pages of this very address may. */
export const originGuard: RequestHandler = (request, _response, next) => {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const reading = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
  const foreign = (origin !== undefined && originHost(origin) !== host) || site === 'cross-site';
  if (reading || !foreign) return next();
  throw new HttpProblem(
    403,
    'cross-origin',
    'Other sites may not send',
    `a web page of ${JSON.stringify((origin ?? 'another site').slice(0, 100))} sent this; tallyd takes uploads ` +
      'from programs such as curl and from pages of its own address only.',
  );
};

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined; // "null", which sandboxed pages send
  }
}

/** The name without its port. */
function hostName(host = ''): string {
  return host.replace(/:\d*$/, '');
}
