/** The body of a request as a stream that may be left before its end. */
import type { Request, Response } from 'express';

/**
 * The bytes of a body. A client that waits for "100 Continue" (curl does before large bodies) gets it
 * when the first byte is asked for, so a request that is refused before costs it nothing.
 *
 * Leaving the loop early keeps the connection, so that the client can be told why.
 *
 * @param idleMs a client that sends nothing for so long is cut off; time in which nobody asks for
 *   bytes, because the last ones are still being unpacked or written, is not the client's
 */
export async function* bodyOf(request: Request, response: Response, idleMs: number): AsyncGenerator<Buffer> {
  if (/^100-continue$/i.test(request.headers.expect ?? '')) response.writeContinue();
  const chunks = request.iterator({ destroyOnReturn: false });
  let asking = true;
  const timer = setTimeout(() => {
    if (asking) request.destroy(silence(idleMs));
  }, idleMs);
  try {
    for (;;) {
      asking = true;
      timer.refresh();
      const next = await chunks.next();
      asking = false;
      if (next.done) return;
      yield next.value as Buffer;
    }
  } finally {
    clearTimeout(timer);
    await chunks.return?.();
  }
}

function silence(idleMs: number): Error {
  const error = new Error(`no byte came for ${idleMs / 1000} seconds`);
  return Object.assign(error, { code: 'ECONNRESET' });
}
