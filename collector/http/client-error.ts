/**
 * What is no request: bytes that are not HTTP, headers without end, a client that falls silent. Node
 * closes such a connection with a bare status line; here it is told why, as everywhere else.
 */
import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { SECURITY_HEADERS } from '../serving/headers.ts';
import type { LimitReason } from '../telemetry.ts';
import { badRequest, HttpProblem, problemBody, timedOut } from './problem.ts';

/** Of the request line and all headers together: Node's own limit, stated so that it can be told. */
export const HEADER_BYTES = 16 * 1024;

/** An error of Node's parser, with the bytes that it could not read. */
interface ParserError extends Error {
  code?: string;
  reason?: string;
  rawPacket?: Buffer;
}

/**
 * Answers on a connection whose bytes cannot be read any further, and closes it.
 * @param onLimited told of headers that are too large or take too long
 */
export function answerClientErrors(server: Server, onLimited: (reason: LimitReason) => void): void {
  const latest = new WeakMap<Duplex, ServerResponse>();
  const remember = (_request: unknown, response: ServerResponse): void => {
    if (response.socket) latest.set(response.socket, response);
  };
  for (const event of ['request', 'checkContinue'] as const) server.on(event, remember);
  server.on('clientError', (error: ParserError, socket) => {
    const response = latest.get(socket);
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
    // what follows a whole request is broken: its answer is still owed, and is the last
    else if (response?.req.complete && !response.writableEnded) endAfter(response, socket);
    else if (response?.headersSent && !response.writableFinished) socket.destroy();
    else {
      const problem = problemOf(error);
      if (problem.extras.limit) onLimited(problem.extras.limit);
      answer(socket, problem);
    }
  });
  server.on('checkExpectation', (_request, response: ServerResponse) => {
    const detail = 'the only Expect header that is understood is 100-continue.';
    if (response.socket) answer(response.socket, expectationFailed(detail));
  });
  server.on('connect', (_request, socket) => {
    answer(socket, badRequest('CONNECT is for proxies, and tallyd is none; see docs/http-api.md.'));
  });
}

function endAfter(response: ServerResponse, socket: Duplex): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
  if (response.listenerCount('close', destroySocket) === 0) response.once('close', destroySocket);
  function destroySocket(): void {
    socket.end(() => socket.destroy());
  }
}

function expectationFailed(detail: string): HttpProblem {
  return new HttpProblem(417, 'expectation-failed', 'The expectation cannot be met', detail);
}

function problemOf({ code, reason, message, rawPacket }: ParserError): HttpProblem {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new HttpProblem(
      431,
      'headers-too-large',
      'The address and the headers are too long',
      `the request line and the headers together are more than ${HEADER_BYTES / 1024} KiB. What is long belongs into the body.`,
      { limit: 'headers' },
    );
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return timedOut('the headers did not come to their end in time. Send the request again.');
  // the first bytes of a TLS handshake
  if (rawPacket?.[0] === 0x16 && rawPacket[1] === 0x03)
    return badRequest('this port speaks plain HTTP, and TLS was sent: use http:// instead of https://.');
  return badRequest(`the bytes cannot be read as HTTP/1.1 (${reason ?? message}). The connection is closed.`);
}

/** Without Express, whose requests these never became. */
function answer(socket: Duplex, problem: HttpProblem): void {
  const body = problemBody(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      'Content-Type: application/problem+json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      Object.entries(SECURITY_HEADERS)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('') +
      `Connection: close\r\n\r\n${body}`,
  );
}
