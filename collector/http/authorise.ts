/** Who may ask what here. What is not named below needs a token, so a new address is closed by itself. */
import type { Request, RequestHandler, Response } from 'express';
import type { Access } from '../access/access.ts';
import type { Scope } from '../access/scopes.ts';
import { HttpProblem } from './problem.ts';

/** Whoever sends may also see what became of it. */
const READING: readonly Scope[] = ['read', 'ingest'];
const SENDING: readonly Scope[] = ['ingest'];

/** Lets pass who has a token for the method; without `access` everybody. */
export function authorise(access: Access | undefined): RequestHandler {
  return (request, response, next) => {
    const decision = access?.decide(request.headers.authorization, isReading(request) ? READING : SENDING);
    if (!decision || decision.allowed) return next();
    response.setHeader('WWW-Authenticate', decision.challenge);
    throw decision.status === 401 ? unauthorised(decision.detail) : forbidden(decision.detail);
  };
}

/** Whether somebody may see more than that the process runs: any valid token will do. */
export function maySeeDetails(access: Access | undefined, request: Request, response: Response): boolean {
  if (!access) return true;
  response.setHeader('Vary', 'Authorization');
  return access.decide(request.headers.authorization, READING).allowed;
}

function isReading({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function unauthorised(detail: string): HttpProblem {
  return new HttpProblem(401, 'unauthorised', 'A token is needed', detail);
}

function forbidden(detail: string): HttpProblem {
  return new HttpProblem(403, 'scope-missing', 'The token may not do this', detail);
}
