/** Times of the report's zone, for people. */
export class LocalTime {
  readonly #day: Intl.DateTimeFormat;
  readonly #clock: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    // Swedish writes dates as ISO 8601 does
    this.#day = new Intl.DateTimeFormat('sv-SE', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    this.#clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  }

  /** `2026-01-31`. */
  day(ms: number): string {
    return this.#day.format(ms);
  }

  /** `09:30`. */
  clock(ms: number): string {
    return this.#clock.format(ms);
  }

  /** `2026-01-31 09:30`. */
  minute(ms: number): string {
    return `${this.day(ms)} ${this.clock(ms)}`;
  }
}

/** `2h05m`, `12m`, `3 days`. */
export function duration(minutes: number): string {
  const whole = Math.max(0, Math.round(minutes));
  if (whole < 60) return `${whole}m`;
  if (whole >= 48 * 60) return `${Math.round(whole / 1440)} days`;
  return `${Math.floor(whole / 60)}h${String(whole % 60).padStart(2, '0')}m`;
}
