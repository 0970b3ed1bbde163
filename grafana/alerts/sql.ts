/** Pieces of SQL that rules share. A rule has no variables: its limits stand in the store. */
import type { AlertName } from '../../collector/budgets/alerts.ts';
import { STORED_TIMEZONE } from '../sdk/sql.ts';

/** A limit of `alerts:` in tallyd.yaml, or its default. */
export function limit(name: AlertName): string {
  return `(SELECT any(value) FROM tallyd.alert_settings WHERE name = '${name}')`;
}

/** Dollars and tokens as a divisor: a limit of nothing is reached by the first cent. */
export function above0(amount: string): string {
  return `greatest(${amount}, 0.01)`;
}

/** A moment so many weeks earlier by the clock on the wall: summer time does not move it. */
export function weeksBefore(moment: string, weeks: number): string {
  return `toTimeZone(addWeeks(toTimeZone(${moment}, ${STORED_TIMEZONE}), -${weeks}), 'UTC')`;
}

/** The hour that a range of so many hours begins with, the one under way included. */
export function lastHours(hours: number): string {
  return `toStartOfHour(now('UTC')) - INTERVAL ${hours - 1} HOUR`;
}
