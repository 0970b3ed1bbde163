/** A dashboard's time range as moments. */

const MILLISECONDS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Reads `now`, `now-30d`, `now-30d/d` (the start of that UTC day). @throws Error for another form. */
export function rangeOf(time: { from: string; to: string }, now: Date): { from: Date; to: Date } {
  const moment = (text: string): Date => {
    const match = /^now(?:-(\d+)([mhdw]))?(\/d)?$/.exec(text);
    if (!match) throw new Error(`the time ${text} is of no form that is read here`);
    const at = new Date(now.getTime() - Number(match[1] ?? 0) * (MILLISECONDS[match[2] ?? 'd'] ?? 0));
    if (match[3] !== undefined) at.setUTCHours(0, 0, 0, 0);
    return at;
  };
  return { from: moment(time.from), to: moment(time.to) };
}
