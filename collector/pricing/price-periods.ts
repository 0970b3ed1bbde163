/**
 * When a price holds. The list is an ordered set of prices, each from a day on or in certain hours;
 * here it becomes spans of time that do not overlap, each with hours of the day above it.
 */
import { FOREVER } from './types.ts';

export const DAY_SECONDS = 86_400;

export type Constraint =
  /** From this moment on, ms since the epoch. */
  | { kind: 'since'; since: number }
  /** Every day between these seconds of the UTC day; over midnight where `until` is the smaller. */
  | { kind: 'daily'; from: number; until: number };

/** Hours of a UTC day in seconds, `until` exclusive, never over midnight. */
export interface DailyWindow {
  from: number;
  until: number;
}

/** A span of time and what holds in it: `base` all day, `windows` in their hours (the last wins). */
export interface Span<T> {
  from: number;
  until: number;
  base: T;
  windows: { hours: DailyWindow; period: T }[];
}

/** Reads a constraint of the list's JSON; undefined when it is none that is known. */
export function parseConstraint(value: unknown): Constraint | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { start_date, start_time, end_time } = value as Record<string, unknown>;
  if (typeof start_date === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(start_date)) {
    const since = Date.parse(start_date);
    return Number.isNaN(since) ? undefined : { kind: 'since', since };
  }
  const from = secondOfDay(start_time);
  const until = secondOfDay(end_time);
  return from === undefined || until === undefined ? undefined : { kind: 'daily', from, until };
}

/**
 * The spans of a model's periods. The rule is that of genai-prices: the periods are looked at from
 * the last to the first, and the first one that holds counts; when none holds, the first of the list.
 */
export function spansOf<T extends { constraint?: Constraint }>(periods: readonly T[]): Span<T>[] {
  const starts = periods.flatMap(({ constraint: c }) => (c?.kind === 'since' ? [Math.max(c.since, 0)] : []));
  const edges = [...new Set([0, ...starts])].filter((edge) => edge < FOREVER).sort((a, b) => a - b);
  return edges.map((from, i) => {
    const isBase = ({ constraint: c }: T) => !c || (c.kind === 'since' && c.since <= from);
    const last = periods.findLastIndex(isBase);
    // Nothing holds all day: the list's first period does, below every window.
    const base = periods[Math.max(last, 0)]!;
    const windows = periods.slice(last + 1).flatMap((period) => {
      return windowsOf(period.constraint).map((hours) => ({ hours, period }));
    });
    return { from, until: edges[i + 1] ?? FOREVER, base, windows };
  });
}

/** A window over midnight becomes two; one of no length, none. */
function windowsOf(constraint: Constraint | undefined): DailyWindow[] {
  if (constraint?.kind !== 'daily') return [];
  const { from, until } = constraint;
  if (until >= from) return until > from ? [{ from, until }] : [];
  const evening = { from, until: DAY_SECONDS };
  return until > 0 ? [evening, { from: 0, until }] : [evening];
}

/** `16:30:00Z` or `08:00:00+08:00` as a second of the UTC day. */
function secondOfDay(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const parts = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|([+-])(\d{2}):(\d{2}))$/.exec(value);
  if (!parts) return undefined;
  const [hours, minutes, seconds, offsetHours, offsetMinutes] = [1, 2, 3, 5, 6].map((i) =>
    Number(parts[i] ?? 0),
  );
  if (hours! > 23 || minutes! > 59 || seconds! > 59 || offsetHours! > 23 || offsetMinutes! > 59)
    return undefined;
  const offset = (offsetHours! * 60 + offsetMinutes!) * (parts[4] === '-' ? -60 : 60);
  return ((hours! * 60 + minutes!) * 60 + seconds! - offset + DAY_SECONDS) % DAY_SECONDS;
}
