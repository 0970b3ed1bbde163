/** Which of the store's errors pass by themselves, so that what met them is tried again, and which are the file's. */

/** Conditions of the store that pass; what else it says of a statement, it would say again. */
const PASSING =
  /^(MEMORY_LIMIT|TOO_MANY|TIMEOUT|SOCKET|NETWORK|NOT_ENOUGH_SPACE|NO_FREE|CANNOT_WRITE|CANNOT_SCHEDULE|ABORTED|KEEPER|TABLE_IS_READ_ONLY|READONLY|ALL_CONNECTION|UNKNOWN_STATUS|SERVER_OVERLOADED|QUERY_WAS_CANCELLED)/;

/** Whether trying again may help. What is not from ClickHouse itself never reached it. */
export function mayPass(error: unknown): boolean {
  const { name, type } = error as { name?: unknown; type?: unknown };
  return name !== 'ClickHouseError' && type === undefined ? true : PASSING.test(String(type));
}

/** Whether the engine gave up on the file's shape, so that trying again would end the same. */
export function isUnreadable(error: unknown): boolean {
  const type = (error as { type?: unknown }).type;
  return typeof type === 'string' && /^(CANNOT_PARSE|CANNOT_READ_ALL|INCORRECT_DATA)/.test(type);
}

/** What a store says whatever it is asked to write. */
const TAKES_NOTHING = /^(NOT_ENOUGH_SPACE|NO_FREE|CANNOT_WRITE|TOO_MANY_PARTS|TABLE_IS_READ_ONLY|READONLY)/;

/** Whether the store would refuse any other batch as well. */
export function takesNothing(error: unknown): boolean {
  return TAKES_NOTHING.test(String((error as { type?: unknown }).type));
}

/** What a message says first: the engine's are long, and tell what it was doing and in which of our files. */
export function reasonOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const line = first.replace(/:? \(in file\/uri [^)]*\)|: While executing .*/g, '').replace(/[.: ]+$/, '');
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
