/** Quiet hours as a mute timing of Grafana. */
import { CommandError } from '../commands/command-error.ts';
import type { OfOrg } from './generated.ts';
import { type Environment, valueOf } from './notification-variables.ts';

/**
 * The mute timing of `TALLYD_ALERT_QUIET_HOURS`; undefined when it is not set. Hours over midnight become
 * two ranges, because one must not end before it begins.
 * @throws CommandError when the hours or the zone are none.
 */
export function quietHours(env: Environment, name: string): OfOrg | undefined {
  const location = timezone(env);
  const hours = valueOf(env, 'TALLYD_ALERT_QUIET_HOURS');
  if (hours === undefined) return undefined;
  const [, from, to] = /^(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})$/.exec(hours) ?? [];
  const start = minutes(from);
  const end = minutes(to);
  if (start === undefined || end === undefined || start === 1440 || (start === 0 && end === 0))
    throw refused(hours, 'write two times of the day, such as 22:00-07:00');
  if (start === end) throw refused(hours, 'it begins when it ends: for a whole day write 00:00-24:00');
  const ranges = start < end ? [[start, end]] : [[start, 1440], ...(end > 0 ? [[0, end]] : [])];
  return {
    orgId: 1,
    name,
    time_intervals: [
      { times: ranges.map(([a, b]) => ({ start_time: clock(a!), end_time: clock(b!) })), location },
    ],
  };
}

function refused(hours: string, what: string): CommandError {
  return new CommandError(`TALLYD_ALERT_QUIET_HOURS is "${hours}": ${what}.`);
}

/** Minutes since midnight, up to 24:00; undefined when it is no time. */
function minutes(text: string | undefined): number | undefined {
  const [hour, minute] = (text ?? '').split(':').map(Number);
  if (hour === undefined || minute === undefined || minute > 59) return undefined;
  const sum = hour * 60 + minute;
  return sum <= 1440 ? sum : undefined;
}

function clock(sum: number): string {
  return `${String(Math.floor(sum / 60)).padStart(2, '0')}:${String(sum % 60).padStart(2, '0')}`;
}

/** By its place: what Grafana is written in knows no offsets such as +02:00. */
function timezone(env: Environment): string {
  const own = valueOf(env, 'TALLYD_ALERT_TIMEZONE');
  const zone = own ?? (env['TALLYD_TIMEZONE']?.trim() || 'UTC');
  try {
    if (/^[+-]/.test(zone)) throw new RangeError(zone);
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone;
  } catch {
    // the collector itself complains of TALLYD_TIMEZONE, but it is this that uses it here
    const name = own === undefined ? 'TALLYD_TIMEZONE' : 'TALLYD_ALERT_TIMEZONE';
    throw new CommandError(`${name} is "${zone}", which is no time zone: name one such as Europe/Berlin.`);
  }
}
