/** The columns of an event, and a hash of what makes two copies of one different. */
import { EVENT_COLUMNS } from './batch-table.ts';

export type EventColumn = keyof typeof EVENT_COLUMNS;

export const EVENT = Object.keys(EVENT_COLUMNS) as EventColumn[];
/** All columns of an event but its dataset: what makes two copies different. */
const CONTENT = EVENT.filter((column) => column !== 'dataset');

/**
 * @param of what stands before a column's name: '' or a table's name with its dot
 * @param withdrawn whether the event must not count, as an expression
 */
export function contentHash(of: string, withdrawn: string): string {
  return `cityHash64(${CONTENT.map((column) => hashable(of, column)).join(', ')}, ${withdrawn})`;
}

/** A hash over a NULL is NULL, so absent values are hashed as text. */
function hashable(of: string, column: EventColumn): string {
  const name = of + column;
  return EVENT_COLUMNS[column].startsWith('Nullable') ? `ifNull(toString(${name}), '-')` : name;
}
