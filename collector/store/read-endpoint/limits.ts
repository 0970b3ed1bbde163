/** How much the endpoint gives. */
export interface Limits {
  /** Questions that may wait for a connection; more are turned away. */
  waiting: number;
  /** Requests in hand, those included whose answer is still being sent; more are turned away. */
  requests: number;
  /** Seconds that one statement may take. A `replace` waits for the statements that run. */
  seconds: number;
  /** Seconds for which a client may take nothing of an answer. */
  stallSeconds: number;
  /** Bytes that one statement may keep in memory. */
  memoryBytes: number;
  /** Rows of one answer. */
  resultRows: number;
  /** Bytes of one answer. The engine's own max_result_bytes does nothing in chdb 3.4. */
  resultBytes: number;
  /** Answers up to here are sent whole, with their length; an error in them has its own status. */
  wholeBytes: number;
  /** Bytes of an answer that wait here for a client slower than the engine; then the engine waits. */
  bufferBytes: number;
}

export const LIMITS: Limits = {
  waiting: 64,
  requests: 128,
  seconds: 30,
  stallSeconds: 10,
  memoryBytes: 1024 ** 3,
  resultRows: 5_000_000,
  resultBytes: 2 * 1024 ** 3,
  wholeBytes: 1024 ** 2,
  bufferBytes: 4 * 1024 ** 2,
};
