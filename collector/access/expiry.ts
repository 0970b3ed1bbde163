/** `--expires`: a duration or a day. */

const DAY_MS = 86_400_000;
const UNITS: Record<string, number> = { h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/**
 * When a token ends: `90d`, `12h`, `8w` from now; a day, `2027-01-31`, whose last second in UTC is the
 * token's; or a time with its zone, `2027-01-31T18:00:00Z`.
 * @param now ms since the epoch
 * @returns the time in ISO 8601, or a sentence about what is wrong.
 */
export function parseExpiry(text: string, now: number): { at: string } | { problem: string } {
  const time = instantOf(text, now);
  if (Number.isNaN(time))
    return {
      problem: `--expires is "${text}", but must be a duration such as 90d, 12h or 8w, or a day such as 2027-01-31.`,
    };
  if (time <= now)
    return { problem: `--expires is ${text}, which is past; a token that lasts ends in the future.` };
  return { at: new Date(time).toISOString() };
}

function instantOf(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (unit !== undefined) return now + Number(count) * UNITS[unit]!;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return endOfDay(text);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
}

function endOfDay(day: string): number {
  const start = new Date(`${day}T00:00:00Z`);
  // 2027-02-31 would roll over into March
  if (Number.isNaN(start.getTime()) || !start.toISOString().startsWith(day)) return NaN;
  return start.getTime() + DAY_MS - 1000;
}
