/** What goes wrong on the way to a ClickHouse server, in words. */

/** Said when the server cannot be asked: nobody answers, or not this user. */
export class ServerUnavailableError extends Error {
  constructor(origin: string, reason: string, advice: string, cause: unknown) {
    super(`the ClickHouse server at ${origin} ${reason}. ${advice}`, { cause });
    this.name = 'ServerUnavailableError';
  }
}

/** AUTHENTICATION_FAILED, and what older servers say. */
const NOT_THIS_USER = new Set(['516', '192', '193', '194']);
const NO_ANSWER = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'EPIPE',
  ],
]);

/**
 * Errors of the way to the server say what to look at; errors of statements, and of files of this
 * machine, stay as they are.
 */
export function explainUnavailable(error: unknown, server: { origin: string; username: string }): unknown {
  const { origin, username } = server;
  const { code, message, name } = error as NodeJS.ErrnoException;
  if (NOT_THIS_USER.has(String(code))) {
    const advice =
      'Check the user and the password in TALLYD_CLICKHOUSE_URL (special characters percent-encoded).';
    return new ServerUnavailableError(origin, `refuses the user "${username}"`, advice, error);
  }
  const advice = 'Check that it runs, and the address in TALLYD_CLICKHOUSE_URL.';
  if (NO_ANSWER.has(String(code)))
    return new ServerUnavailableError(origin, `does not answer (${String(code)})`, advice, error);
  if (/^Timeout error/.test(message))
    return new ServerUnavailableError(origin, 'does not answer in time', advice, error);
  // a proxy, a load balancer, an answer that was cut off: not what ClickHouse says
  if (name !== 'ClickHouseError' && code === undefined) {
    const said = message.split('\n', 1)[0]!.slice(0, 200);
    return new ServerUnavailableError(origin, `gave no answer that can be read (${said})`, advice, error);
  }
  return error;
}
