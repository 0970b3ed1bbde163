/** Keeps the sums per hour equal to the events: hours that changed are computed again. */
import type { Engine } from './engine.ts';
import { recomputeSql, SUMS_TABLES } from './rollup-sums.ts';

/** More hours than this in a month and the month is read by its range, not hour by hour. */
const HOURS_BY_LIST = 72;

export class Rollup {
  readonly #engine: Engine;

  readonly #keptDays: number | undefined;

  /**
   * @param keptDays how long events are kept; undefined: for ever. Older hours are history: their
   *   events are gone or going, and computing them again would lose what their sums still tell.
   */
  constructor(engine: Engine, keptDays?: number) {
    this.#engine = engine;
    this.#keptDays = keptDays;
  }

  /** Marks hours before their events change. `select` gives one column, the hour. */
  async mark(select: string): Promise<void> {
    await this.#engine.command(
      `INSERT INTO tallyd.stale_hours (hour, done) SELECT DISTINCT hour, 0 FROM (${select})`,
    );
  }

  /** Every hour that has events: for a change of prices. */
  async markAll(): Promise<void> {
    await this.mark(
      'SELECT toStartOfHour(ts) AS hour FROM tallyd.usage_events UNION DISTINCT SELECT hour FROM tallyd.usage_hourly_rows',
    );
  }

  /** Computes every marked hour. Safe to repeat; a crash leaves the marks. */
  async refresh(): Promise<void> {
    const rows = await this.#engine.rows<{ hour: number }>(
      'SELECT toUnixTimestamp(hour) AS hour FROM tallyd.stale_hours FINAL WHERE done = 0 ORDER BY hour',
    );
    const oldest = this.#keptDays === undefined ? 0 : Date.now() / 1000 - this.#keptDays * 86_400;
    const hours = rows.map((row) => row.hour);
    for (const month of byMonth(hours.filter((hour) => hour >= oldest))) await this.#recompute(month);
    await this.#markDone(hours.filter((hour) => hour < oldest));
  }

  async #recompute(hours: number[]): Promise<void> {
    const first = hours[0]!;
    const last = hours.at(-1)!;
    const list = `(${hours.map((hour) => `toDateTime(${hour}, 'UTC')`).join(', ')})`;
    const exact = hours.length <= HOURS_BY_LIST ? ` AND toStartOfHour(ts) IN ${list}` : '';
    // Of a strict comparison with whole seconds the engine (26.7) prunes wrongly: a part whose only event
    // lies in the last second before the limit is skipped.
    const events = `ts >= toDateTime(${first}, 'UTC') AND ts < toDateTime64(${last + 3600}, 3, 'UTC')${exact}`;
    const sums = `hour >= toDateTime(${first}, 'UTC') AND hour <= toDateTime(${last}, 'UTC')${exact.replace('toStartOfHour(ts)', 'hour')}`;
    for (const sumsTable of SUMS_TABLES) {
      // in a first reading no hour has sums, and the events need not be read again to compare keys
      const known = await this.#engine.rows(`SELECT 1 FROM ${sumsTable.table} WHERE ${sums} LIMIT 1`);
      await this.#engine.command(recomputeSql(sumsTable, events, known.length > 0 ? sums : undefined));
    }
    await this.#markDone(hours);
  }

  async #markDone(hours: readonly number[]): Promise<void> {
    if (hours.length === 0) return;
    const values = hours.map((hour) => `(${hour}, 1)`).join(', ');
    await this.#engine.command(`INSERT INTO tallyd.stale_hours (hour, done) VALUES ${values}`);
  }
}

function byMonth(hours: number[]): number[][] {
  const months = new Map<string, number[]>();
  for (const hour of hours) {
    const month = new Date(hour * 1000).toISOString().slice(0, 7);
    const list = months.get(month);
    if (list) list.push(hour);
    else months.set(month, [hour]);
  }
  return [...months.values()];
}
