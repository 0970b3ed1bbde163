/** What is looked for, in which order, and which session is open. */
import { choice, textBox } from '../../sdk/variables.ts';

export const search = textBox('search', 'Search sessions');

/** The values are columns of the list. */
export const order = choice('order', 'First', [
  ['Newest', 'last_activity'],
  ['Most expensive', 'cost'],
  ['Most tokens', 'tokens'],
  ['Most requests', 'requests'],
  ['Longest', 'seconds'],
  ['Most errors', 'errors'],
]);

export const session = textBox('session', 'Session');

/**
 * What was typed, as a string of SQL. Only percent-encoding survives both quotes and backslashes, and
 * the read endpoint lets no URL function through that would undo it.
 */
export function typed(variable: 'search' | 'session'): string {
  const parts = `splitByChar('%', '\${${variable}:percentencode}')`;
  return `arrayStringConcat(arrayMap((part, place) -> if(place = 1, part, concat(unhex(left(part, 2)), substring(part, 3))), ${parts}, arrayEnumerate(${parts})))`;
}
