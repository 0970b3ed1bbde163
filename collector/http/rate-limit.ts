/** Rate limits on this port: requests when they come, bytes of bodies as they come. */
import type { Request, RequestHandler, Response } from 'express';
import type { RateLimits, Verdict, Who } from '../limits/rate-limits.ts';
import { HttpProblem } from './problem.ts';

/** Bytes without a Content-Length are counted in steps of so many. */
const STEP_BYTES = 1024 ** 2;

/** What is kept of a request for its body. */
interface Counting {
  rates: RateLimits;
  who: Who;
}
const counting = new WeakMap<Request, Counting>();

/** Counts every request that passed {@link authorise}. Health, which stands before, is never limited. */
export function limitRequests(
  rates: RateLimits | undefined,
  whoOf: (request: Request, response: Response) => Who,
): RequestHandler {
  return async (request, response, next) => {
    if (rates) {
      const who = whoOf(request, response);
      counting.set(request, { rates, who });
      apply(response, await rates.request(who));
    }
    next();
  };
}

/**
 * The bytes of a body, counted: all at once where the client says how many there are, before the first
 * is read; else as they come.
 * @throws HttpProblem 429, or 413 for what the tier never lets through
 */
export async function countBody(
  request: Request,
  response: Response,
  body: AsyncIterable<Buffer>,
): Promise<AsyncIterable<Buffer>> {
  const counts = counting.get(request);
  if (!counts) return body;
  const length = request.headers['content-length'];
  if (length === undefined) return inSteps(body, counts);
  if (Number(length) > 0) apply(response, await counts.rates.bytes(counts.who, Number(length)));
  return body;
}

async function* inSteps(body: AsyncIterable<Buffer>, { rates, who }: Counting): AsyncGenerator<Buffer> {
  let uncounted = 0;
  let whole = 0;
  for await (const chunk of body) {
    uncounted += chunk.length;
    whole += chunk.length;
    if (uncounted >= STEP_BYTES) {
      check(await rates.bytes(who, uncounted, whole));
      uncounted = 0;
    }
    yield chunk;
  }
  if (uncounted > 0) check(await rates.bytes(who, uncounted, whole));
}

function apply(response: Response, verdict: Verdict): void {
  for (const [name, value] of Object.entries(verdict.headers)) {
    // the policies are the same whatever was counted; uses are added
    const before = name === 'RateLimit' ? response.getHeader(name) : undefined;
    response.setHeader(name, before === undefined ? value : `${String(before)}, ${value}`);
  }
  check(verdict);
}

function check({ refusal }: Verdict): void {
  if (!refusal) return;
  const { status, reason, detail, seconds } = refusal;
  // as the IETF's draft on rate limits names them
  const members = { 'violated-policies': [reason] };
  if (status === 413)
    throw new HttpProblem(413, 'over-quota', 'More than may be sent at once', detail, {
      members,
      limit: reason,
    });
  throw new HttpProblem(429, 'rate-limited', 'Too much in too short a time', detail, {
    ...{ members, limit: reason, retryAfter: seconds },
  });
}
