/** Answers for methods that an address does not have. */
import type { RequestHandler } from 'express';
import { HttpProblem } from './problem.ts';

/** The last handler of a route: tells which methods it has. */
export function onlyMethods(...methods: string[]): RequestHandler {
  const allow = [...methods, 'OPTIONS'].join(', ');
  return (request, response) => {
    response.setHeader('Allow', allow);
    if (request.method === 'OPTIONS') {
      response.status(204).end();
      return;
    }
    throw new HttpProblem(
      405,
      'method-not-allowed',
      'This address has no such method',
      `${request.method} is not possible here; use ${methods.join(', ')}.`,
    );
  };
}
