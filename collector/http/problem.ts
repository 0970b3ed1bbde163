/** Errors as RFC 9457 problem details: what went wrong, and what to do about it. */
import type { Request, Response } from 'express';
import { UploadProblem } from '../sources/upload/problem.ts';
import type { LimitReason } from '../telemetry.ts';
import { sendBody } from './send.ts';
import { presentReport } from './present.ts';

/** When to try again what could not be done now. */
const UNAVAILABLE_SECONDS = 10;

export interface ProblemExtras {
  /** Seconds after which it may be tried again. */
  retryAfter?: number;
  /** That stand beside the standard members. */
  members?: object;
  /** The limit that was met. */
  limit?: LimitReason;
}

/** An error of the request itself; those of uploads are {@link UploadProblem}s. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly kind: string;
  readonly title: string;
  readonly extras: ProblemExtras;

  /** @param detail a sentence that says what to do */
  constructor(status: number, kind: string, title: string, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.name = 'HttpProblem';
    this.status = status;
    this.kind = kind;
    this.title = title;
    this.extras = extras;
  }
}

export function badParameter(detail: string): HttpProblem {
  return new HttpProblem(400, 'bad-parameter', 'A parameter is wrong', detail);
}

/** What is no proper HTTP. */
export function badRequest(detail: string): HttpProblem {
  return new HttpProblem(400, 'bad-request', 'This is no request', detail);
}

/** @param detail what did not come */
export function timedOut(detail: string): HttpProblem {
  return new HttpProblem(408, 'timeout', 'The client was silent for too long', detail, { limit: 'slow' });
}

export function notFound(detail: string): HttpProblem {
  return new HttpProblem(404, 'not-found', 'There is nothing here', detail);
}

/** The text of problem details where there is no request that it could name. */
export function problemBody({ kind, title, status, message }: HttpProblem): string {
  const body = { type: `urn:tallyd:problem:${kind}`, title, status, detail: message };
  return `${JSON.stringify(body, undefined, 2)}\n`;
}

/** The limit that a request met, if that is why it is refused. */
export function limitOf(problem: HttpProblem | UploadProblem): LimitReason | undefined {
  return problem instanceof HttpProblem ? problem.extras.limit : LIMITS[problem.kind];
}

const LIMITS: Partial<Record<UploadProblem['kind'], LimitReason>> = {
  'too-large': 'size',
  'spool-full': 'spool',
};

/**
 * Answers with problem details. An upload that got far enough to have a report brings it along.
 *
 * @param members that stand beside the standard ones
 */
export function sendProblem(
  request: Request,
  response: Response,
  problem: HttpProblem | UploadProblem,
  members: object = {},
): void {
  const report = problem instanceof UploadProblem ? problem.report : undefined;
  const instance = report ? `/api/v1/uploads/${report.id}` : request.originalUrl.split('?', 1)[0];
  if (report) response.setHeader('Location', `/api/v1/uploads/${report.id}`);
  // RFC 7694: which encodings would have been accepted
  if (problem.kind === 'unsupported-encoding') response.setHeader('Accept-Encoding', 'gzip, br, zstd');
  const extras = problem instanceof HttpProblem ? problem.extras : {};
  const retryAfter =
    extras.retryAfter ?? (problem.status === 503 || problem.status === 507 ? UNAVAILABLE_SECONDS : undefined);
  if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
  sendBody(request, response, problem.status, 'application/problem+json', {
    type: `urn:tallyd:problem:${problem.kind}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance,
    ...(report && { report: presentReport(report) }),
    ...extras.members,
    ...members,
  });
}
