/** Sending answers, also to a client that is still sending its body. */
import type { Request, Response } from 'express';

/** How long the rest of a body that nobody wants is read before the connection is closed. */
const LINGER_MS = 2000;

/** Indented JSON with a newline at its end: people read it in a terminal. */
export function sendBody(
  request: Request,
  response: Response,
  status: number,
  type: string,
  body: object,
): void {
  sendText(request, response, status, type, `${JSON.stringify(body, undefined, 2)}\n`);
}

export function sendText(
  request: Request,
  response: Response,
  status: number,
  type: string,
  text: string,
): void {
  if (response.headersSent || request.socket.destroyed) return;
  const bytes = Buffer.from(text);
  response.status(status);
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', bytes.length);
  if (request.complete || hasNoBody(request)) response.end(request.method === 'HEAD' ? undefined : bytes);
  else answerEarly(request, response, bytes);
}

/**
 * Answers before the body has come to its end. Closing at once would reset the connection, and the
 * client, still sending, might never see the answer; so the answer is written, what comes is thrown
 * away for a moment, and then the connection is closed.
 */
function answerEarly(request: Request, response: Response, bytes: Buffer): void {
  response.setHeader('Connection', 'close');
  response.write(bytes);
  const timer = setTimeout(end, LINGER_MS);
  function end(): void {
    clearTimeout(timer);
    request.off('end', end).off('close', end).off('error', end);
    request.on('error', () => undefined);
    response.end();
  }
  request.on('end', end).on('close', end).on('error', end);
  request.resume();
}

function hasNoBody(request: Request): boolean {
  return (
    request.headers['transfer-encoding'] === undefined && Number(request.headers['content-length'] ?? 0) === 0
  );
}
