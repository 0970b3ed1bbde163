/** Times as logs write them, and the days that reports count by. */
import type { Prng } from './prng.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** `utc`: with milliseconds and Z; `seconds`: without a fraction; `offset`: with one, at +02:00. */
export type TimestampStyle = 'utc' | 'seconds' | 'offset';

/** An RFC 3339 timestamp. `seconds` loses the milliseconds: align the time first. */
export function timestamp(ts: number, style: TimestampStyle = 'utc'): string {
  if (style === 'offset') return new Date(ts + 2 * HOUR).toISOString().replace('Z', '+02:00');
  const text = new Date(ts).toISOString();
  return style === 'seconds' ? `${text.slice(0, 19)}Z` : text;
}

/** The first moment of the next hour, day or month in UTC after `ts`. */
export function nextBoundary(ts: number, unit: 'hour' | 'day' | 'month'): number {
  if (unit === 'hour') return (Math.floor(ts / HOUR) + 1) * HOUR;
  if (unit === 'day') return (Math.floor(ts / DAY) + 1) * DAY;
  const date = new Date(ts);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** Reads a time as clocks in a place show it: `2026-01-31T23-59-59`. */
export function localClock(timezone: string): (ts: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (ts) => {
    const part = new Map(format.formatToParts(ts).map(({ type, value }) => [type, value]));
    const date = `${part.get('year')}-${part.get('month')}-${part.get('day')}`;
    return `${date}T${part.get('hour')}-${part.get('minute')}-${part.get('second')}`;
  };
}

/**
 * Finds the day of a time in a place. Offsets change on quarters of an hour only, so one look-up
 * serves all times of a quarter.
 */
export function dayIn(timezone: string): (ts: number) => string {
  const clock = localClock(timezone);
  const known = new Map<number, string>();
  return (ts) => {
    const quarter = Math.floor(ts / (15 * MINUTE));
    const day = known.get(quarter) ?? clock(quarter * 15 * MINUTE).slice(0, 10);
    known.set(quarter, day);
    return day;
  };
}

/** Draws moments at which people work: weekdays more than weekends, two humps a day, seldom at night. */
export function workingTimes(from: number, until: number, peakDay?: string): (prng: Prng) => number {
  const days: [number, number][] = [];
  for (let day = Math.floor(from / DAY) * DAY; day < until; day += DAY) {
    const weekday = new Date(day).getUTCDay();
    const usual = weekday === 0 || weekday === 6 ? 0.18 : 1;
    days.push([day, timestamp(day).startsWith(peakDay ?? 'none') ? 4 : usual]);
  }
  return (prng) => {
    for (let attempt = 0; attempt < 50; attempt++) {
      const hump = prng.chance(0.45) ? 10 : 15;
      const hour = hump + (prng.fraction() + prng.fraction() + prng.fraction() - 1.5) * 3.2;
      const moment = Math.round(prng.weighted(days) + hour * HOUR);
      if (moment >= from && moment < until) return moment;
    }
    return prng.int(from, until - 1);
  };
}
