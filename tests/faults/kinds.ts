/** What can be wrong with a ClickHouse server, one request at a time. */

/** An error as the server itself gives it. */
interface ServerError {
  status: number;
  code: number;
  type: string;
  message: string;
}

export const SERVER_ERRORS = {
  'disk full': {
    ...{ status: 500, code: 243, type: 'NOT_ENOUGH_SPACE' },
    message: 'Cannot reserve 1.00 MiB, not enough space',
  },
  'read-only': {
    ...{ status: 500, code: 164, type: 'READONLY' },
    message: 'Cannot execute query in readonly mode',
  },
  'too many parts': {
    ...{ status: 500, code: 252, type: 'TOO_MANY_PARTS' },
    message: 'Too many parts (3000). Merges are processing significantly slower than inserts',
  },
  'memory limit': {
    ...{ status: 500, code: 241, type: 'MEMORY_LIMIT_EXCEEDED' },
    message: 'Memory limit (total) exceeded: would use 2.00 GiB',
  },
  'wrong password': {
    ...{ status: 403, code: 516, type: 'AUTHENTICATION_FAILED' },
    message: 'collector: Authentication failed: password is incorrect, or there is no user with such name.',
  },
} satisfies Record<string, ServerError>;

export type FaultKind =
  | keyof typeof SERVER_ERRORS
  /** The connection is closed before anything is read. */
  | 'hang up'
  /** Nothing is ever said. */
  | 'hang'
  /** A page of a proxy in between. */
  | '500'
  | '503'
  /** The answer comes in small pieces. */
  | 'slow'
  /** The answer ends in its middle. */
  | 'cut'
  /** The statement is carried out, and nobody is told. */
  | 'acknowledgement lost';

export const FAULT_KINDS: readonly FaultKind[] = [
  ...(Object.keys(SERVER_ERRORS) as (keyof typeof SERVER_ERRORS)[]),
  ...(['hang up', 'hang', '500', '503', 'slow', 'cut', 'acknowledgement lost'] as const),
];
