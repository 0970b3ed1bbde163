/** The body of a request as a stream that may be left before its end. */
import type { Request, Response } from 'express';
import { timedOut } from './problem.ts';

/**
 * The bytes of a body. A client that waits for "100 Continue" (curl does before large bodies) gets it
 * when the first byte is asked for, so a request that is refused before costs it nothing.
 *
 * Leaving the loop early keeps the connection, so that the client can be told why.
 *
 * @param idleMs a client that sends nothing for so long is told so and cut off; time in which nobody asks for
 *   bytes, because the last ones are still being unpacked or written, is not the client's
 */
export async function* bodyOf(request: Request, response: Response, idleMs: number): AsyncGenerator<Buffer> {
  if (/^100-continue$/i.test(request.headers.expect ?? '')) response.writeContinue();
  const chunks = request.iterator({ destroyOnReturn: false });
  let giveUp: (() => void) | undefined;
  let silent = false;
  const timer = setTimeout(() => giveUp?.(), idleMs);
  const next = (): Promise<IteratorResult<unknown>> =>
    new Promise((resolve, reject) => {
      giveUp = () => {
        silent = true;
        reject(
          timedOut(
            `no byte of the body came for ${idleMs / 1000} seconds. Nothing of it was kept: send it again.`,
          ),
        );
      };
      timer.refresh();
      chunks.next().then(resolve, reject);
    });
  try {
    for (;;) {
      const chunk = await next();
      giveUp = undefined;
      if (chunk.done) return;
      yield chunk.value as Buffer;
    }
  } finally {
    clearTimeout(timer);
    // an iterator that waits for a byte would have us wait for it, too
    if (!silent) await chunks.return?.();
  }
}
