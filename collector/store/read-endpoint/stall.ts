/** Notices a client that takes nothing of what it asked for. */
import type { ServerResponse } from 'node:http';

/**
 * Calls `stalled` when bytes wait to be taken and none was for so many seconds. Ends with the
 * response.
 */
export function watchStall(response: ServerResponse, seconds: number, stalled: () => void): void {
  const { socket } = response;
  if (!socket) return;
  let taken = sent(socket);
  let since = Date.now();
  const timer = setInterval(
    () => {
      const now = sent(socket);
      if (now !== taken || socket.writableLength === 0) {
        taken = now;
        since = Date.now();
      } else if (Date.now() - since >= seconds * 1000) {
        clearInterval(timer);
        stalled();
      }
    },
    Math.min(500, seconds * 250),
  );
  timer.unref();
  response.once('close', () => clearInterval(timer));
}

/** Bytes that the system took; `bytesWritten` counts those that still wait as well. */
function sent(socket: { bytesWritten: number; writableLength: number }): number {
  return socket.bytesWritten - socket.writableLength;
}
