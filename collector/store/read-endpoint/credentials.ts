/** Who asks: user and password in each of the ways in which clients of ClickHouse send them. */
import type { IncomingMessage } from 'node:http';
import { ReadError } from './refused.ts';

export interface Credentials {
  user: string;
  /** '' when only a user was named. */
  password: string;
}

/**
 * Decides who may read: true lets pass, a sentence says why not. `undefined` means that the request
 * names nobody. Should take the same time for a wrong password as for a right one.
 */
export type Authenticate = (
  credentials: Credentials | undefined,
  request: IncomingMessage,
) => true | string | Promise<true | string>;

/**
 * `X-ClickHouse-User` and `-Key`, then `Authorization` (Basic, or Bearer with a token in the place of
 * the password), then `user` and `password` in the URL. A header that cannot be read names nobody
 * known, but is not the same as none.
 */
export function credentialsOf(
  request: IncomingMessage,
  parameters: URLSearchParams,
): Credentials | undefined {
  const user = header(request, 'x-clickhouse-user');
  const key = header(request, 'x-clickhouse-key');
  if (user !== undefined || key !== undefined) return { user: user ?? 'default', password: key ?? '' };
  const authorization = header(request, 'authorization');
  if (authorization !== undefined) return ofAuthorization(authorization);
  const named = parameters.get('user');
  const password = parameters.get('password');
  if (named === null && password === null) return undefined;
  return { user: named ?? 'default', password: password ?? '' };
}

function ofAuthorization(value: string): Credentials {
  const [, scheme, rest] = /^\s*(\S+)\s+(\S+)\s*$/.exec(value) ?? [];
  if (scheme?.toLowerCase() === 'bearer') return { user: 'default', password: rest! };
  if (scheme?.toLowerCase() !== 'basic') return { user: '', password: '' };
  const pair = Buffer.from(rest!, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon === -1) return { user: pair, password: '' };
  return { user: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * @throws ReadError with 194 (401) where a password is wanted and none was sent, 516 (403) where it
 *   is wrong: the codes and statuses of ClickHouse.
 */
export async function admit(
  authenticate: Authenticate | undefined,
  request: IncomingMessage,
  parameters: URLSearchParams,
): Promise<void> {
  if (authenticate === undefined) return;
  const credentials = credentialsOf(request, parameters);
  const verdict = await authenticate(credentials, request);
  if (verdict === true) return;
  if (credentials === undefined) {
    const message = 'a password is needed: send a token with the scope read as password, or as bearer token';
    throw new ReadError(194, 'REQUIRED_PASSWORD', message, 401);
  }
  const user = credentials.user.replaceAll(/[^\w.@-]/g, '?').slice(0, 100);
  const message = `${user}: Authentication failed: password is incorrect, or there is no user with such name: ${verdict}`;
  throw new ReadError(516, 'AUTHENTICATION_FAILED', message, 403);
}
