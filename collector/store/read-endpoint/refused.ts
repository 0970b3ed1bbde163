/** An answer that is an error, in the form in which ClickHouse gives errors. */
export class ReadError extends Error {
  /** ClickHouse's number for it. */
  readonly code: number;
  /** ClickHouse's name for it. */
  readonly type: string;
  /** The HTTP status, where it does not follow from the code. */
  readonly status: number | undefined;

  constructor(code: number, type: string, message: string, status?: number) {
    super(message);
    this.name = 'ReadError';
    this.code = code;
    this.type = type;
    this.status = status;
  }
}

/** A statement that this endpoint does not run. */
export function refused(what: string): ReadError {
  return new ReadError(497, 'ACCESS_DENIED', `${what}: this endpoint only reads tallyd's tables`);
}

/** Why a statement stops whose client hung up. Nobody is there to be told. */
export function gone(): ReadError {
  return new ReadError(394, 'QUERY_WAS_CANCELLED', 'the client hung up');
}
