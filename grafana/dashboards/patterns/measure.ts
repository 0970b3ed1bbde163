/** What the patterns are of: the variable `measure`, its values, and what it sums. */
import { COST } from '../../sdk/sql.ts';
import { choice } from '../../sdk/variables.ts';

export const measure = choice('measure', 'Pattern of', [
  ['cost in dollars', 'cost'],
  ['requests', 'requests'],
  ['tokens', 'tokens'],
]);

/** For titles: one panel shows any of the three, so it has no unit of its own. */
export const MEASURE = '${measure:text}';

/** The chosen sum over hourly rows, aliased `u`. */
export const measured = `toFloat64(multiIf('$measure' = 'cost', toFloat64(sum(u.${COST})), '$measure' = 'tokens', toFloat64(sum(u.total_tokens)), toFloat64(sum(u.requests))))`;

export const per = choice('per', 'Show', [
  ['Average', 'average'],
  ['Sum', 'sum'],
]);

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** A weekday's name from its number; Monday is 1. */
export function weekday(day: string): string {
  return `[${WEEKDAYS.map((name) => `'${name}'`).join(', ')}][${day}]`;
}

/** `07:00` from an hour of the day. */
export function clock(hour: string): string {
  return `concat(leftPad(toString(${hour}), 2, '0'), ':00')`;
}
