/** Who may ask what here. What is not named below needs a token, so a new address is closed by itself. */
import type { Request, RequestHandler, Response } from 'express';
import type { Access, Decision } from '../access/access.ts';
import type { Caller } from '../access/caller.ts';
import type { Scope } from '../access/scopes.ts';
import { HttpProblem } from './problem.ts';

/** Whoever sends may also see what became of it. */
const READING: readonly Scope[] = ['read', 'ingest'];
const SENDING: readonly Scope[] = ['ingest'];
const ADMINISTERING: readonly Scope[] = ['admin'];

/** Lets pass who has a token for the method; without `access` everybody. */
export function authorise(access: Access | undefined): RequestHandler {
  return requireScopes(access, scopesFor);
}

/** Lets pass who has one of the scopes that a request needs. */
export function requireScopes(
  access: Access | undefined,
  scopesOf: (request: Request) => readonly Scope[],
): RequestHandler {
  return async (request, response, next) => {
    const decision = await access?.decide(request.headers.authorization, scopesOf(request));
    if (decision) response.locals['caller'] = decision.caller ?? 'unknown';
    if (decision && !decision.allowed) throw refusal(decision, response);
    next();
  };
}

/** Who asks, after {@link authorise}; undefined where no tokens are asked for. */
export function callerOf(response: Response): Caller | undefined {
  const caller = askedBy(response);
  return typeof caller === 'string' ? undefined : caller;
}

/** Who asks, also one who is refused. */
export function askedBy(response: Response): Caller | 'anybody' | 'unknown' {
  return (response.locals['caller'] as Caller | 'unknown' | undefined) ?? 'anybody';
}

/** Whether somebody may see more than that the process runs: any valid token will do. */
export async function maySeeDetails(
  access: Access | undefined,
  request: Request,
  response: Response,
): Promise<boolean> {
  if (!access) return true;
  response.setHeader('Vary', 'Authorization');
  return (await access.decide(request.headers.authorization, READING)).allowed;
}

function scopesFor({ method, path }: Request): readonly Scope[] {
  if (method === 'DELETE' || path.startsWith('/api/v1/audit')) return ADMINISTERING;
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? READING : SENDING;
}

function refusal(decision: Decision & { allowed: false }, response: Response): HttpProblem {
  const { status, detail, challenge } = decision;
  if (status === 503)
    return new HttpProblem(503, 'issuer-away', 'The token cannot be checked at the moment', detail);
  response.setHeader('WWW-Authenticate', challenge);
  return status === 401
    ? new HttpProblem(401, 'unauthorised', 'A token is needed', detail)
    : new HttpProblem(403, 'scope-missing', 'The token may not do this', detail);
}
