/** Errors as RFC 9457 problem details: what went wrong, and what to do about it. */
import type { Request, Response } from 'express';
import { UploadProblem } from '../sources/upload/problem.ts';
import { sendBody } from './send.ts';
import { presentReport } from './present.ts';

/** An error of the request itself; those of uploads are {@link UploadProblem}s. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly kind: string;
  readonly title: string;

  /** @param detail a sentence that says what to do */
  constructor(status: number, kind: string, title: string, detail: string) {
    super(detail);
    this.name = 'HttpProblem';
    this.status = status;
    this.kind = kind;
    this.title = title;
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
  return new HttpProblem(408, 'timeout', 'The client was silent for too long', detail);
}

export function notFound(detail: string): HttpProblem {
  return new HttpProblem(404, 'not-found', 'There is nothing here', detail);
}

/** The text of problem details where there is no request that it could name. */
export function problemBody({ kind, title, status, message }: HttpProblem): string {
  const body = { type: `urn:tallyd:problem:${kind}`, title, status, detail: message };
  return `${JSON.stringify(body, undefined, 2)}\n`;
}

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
  if (problem.status === 503) response.setHeader('Retry-After', '10');
  sendBody(request, response, problem.status, 'application/problem+json', {
    type: `urn:tallyd:problem:${problem.kind}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance,
    ...(report && { report: presentReport(report) }),
    ...members,
  });
}
