/** Judges what a report is asked for, and says in a sentence what is wrong with it. */
import type { ReportKind, ReportOptions } from './types.ts';

/** An option that cannot be honoured. The message is a sentence for the person who typed it. */
export class ReportOptionError extends Error {
  readonly option: string;

  constructor(option: string, message: string) {
    super(message);
    this.name = 'ReportOptionError';
    this.option = option;
  }
}

export interface CheckedOptions extends ReportOptions {
  /** `YYYY-MM-DD`. */
  since?: string;
  until?: string;
  order: 'asc' | 'desc';
  startOfWeek: 'monday' | 'sunday';
  /** The time zone as ClickHouse spells it; `timezone` stays as it was typed. */
  zone: string;
  now: number;
}

/** Throws {@link ReportOptionError}. */
export function checkOptions(kind: ReportKind, options: ReportOptions): CheckedOptions {
  const since = day('since', options.since);
  const until = day('until', options.until);
  if (since && until && since > until) {
    throw new ReportOptionError('since', `since (${since}) is after until (${until}): swap them.`);
  }
  const { tokenLimit } = options;
  if (typeof tokenLimit === 'number' && !(tokenLimit > 0)) {
    throw new ReportOptionError('tokenLimit', 'The token limit must be a number above 0, or max.');
  }
  if (kind !== 'blocks' && (options.active || options.recent || tokenLimit !== undefined)) {
    throw new ReportOptionError(
      'blocks',
      'active, recent and token limit are options of the report blocks only.',
    );
  }
  return {
    ...options,
    since,
    until,
    zone: options.timezoneIsCanonical ? options.timezone : zoneOf(options.timezone),
    order: options.order ?? 'asc',
    startOfWeek: options.startOfWeek ?? 'monday',
    now: options.now ?? Date.now(),
  };
}

function day(option: 'since' | 'until', text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text.trim());
  const date = match ? `${match[1]}-${match[2]}-${match[3]}` : '';
  if (!match || !isCalendarDay(date)) {
    throw new ReportOptionError(
      option,
      `${option} is not a day: ${JSON.stringify(text)}. Write it as 20260131 or 2026-01-31.`,
    );
  }
  return date;
}

/** The 31st of February reads as a date elsewhere; ClickHouse counts days from 1970 to 2149. */
function isCalendarDay(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  const year = Number(date.slice(0, 4));
  return (
    !Number.isNaN(ms) &&
    new Date(ms).toISOString().startsWith(date) &&
    (year > 1970 || date >= '1970-01-02') &&
    year < 2149
  );
}

/** The zone's canonical name: ClickHouse minds the case, people do not. */
function zoneOf(name: string): string {
  try {
    // an offset such as +02:00 is a zone for some versions of Node, never for ClickHouse
    if (!/^[A-Za-z]/.test(name)) throw new RangeError(name);
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    throw new ReportOptionError(
      'timezone',
      `There is no time zone ${JSON.stringify(name)}. Use a name such as Europe/Berlin, America/New_York or UTC.`,
    );
  }
}
