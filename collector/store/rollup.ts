/** Keeps the sums per hour equal to the events: hours that changed are computed again. */
import type { Engine, Statements } from './engine.ts';
import { recomputeSql, SUMS_TABLES, type SumsTable } from './rollup-sums.ts';

/** More hours than this in a month and the month is read by its range, not hour by hour. */
const HOURS_BY_LIST = 72;
/** Months that follow each other are computed together up to so many events: planning a statement takes 50 ms. */
const EVENTS_TOGETHER = 300_000;

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
    const months = byMonth(hours.filter((hour) => hour >= oldest));
    await this.#recompute(await this.#together(months));
    await this.#markDone(hours.filter((hour) => hour < oldest));
  }

  async #together(months: Month[]): Promise<number[][]> {
    if (months.length < 2) return months.map(({ hours }) => hours);
    const [first, last] = [months[0]!.hours[0]!, months.at(-1)!.hours.at(-1)!];
    const rows = await this.#engine.rows<{ month: number; events: number }>(
      `SELECT toYear(ts) * 12 + toMonth(ts) AS month, count() AS events FROM tallyd.usage_events ` +
        `WHERE ts >= toDateTime(${first}, 'UTC') AND ts <= toDateTime(${last + 3600}, 'UTC') GROUP BY month`,
    );
    const events = new Map(rows.map((row) => [row.month, Number(row.events)]));
    const spans: { until: number; hours: number[]; events: number }[] = [];
    for (const { month, hours } of months) {
      const size = events.get(month) ?? 0;
      const before = spans.at(-1);
      if (before?.until === month - 1 && before.events + size <= EVENTS_TOGETHER) {
        Object.assign(before, {
          until: month,
          hours: [...before.hours, ...hours],
          events: before.events + size,
        });
      } else {
        spans.push({ until: month, hours, events: size });
      }
    }
    return spans.map(({ hours }) => hours);
  }

  /** Two statements at a time: each alone leaves a third of the processor idle. */
  async #recompute(spans: readonly number[][]): Promise<void> {
    const left = spans.flatMap((hours) => {
      const span = { hours, tables: SUMS_TABLES.length };
      return SUMS_TABLES.map((table) => ({ span, table }));
    });
    const lane = async (connection: Statements): Promise<void> => {
      for (let next = left.shift(); next; next = left.shift()) {
        const { span, table } = next;
        await connection.command(await this.#statement(table, span.hours));
        if (--span.tables === 0) await this.#markDone(span.hours);
      }
    };
    // both have ended when this fails
    const ends = await Promise.allSettled([lane(this.#engine), lane(this.#engine.beside)]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #statement(table: SumsTable, hours: readonly number[]): Promise<string> {
    const first = hours[0]!;
    const last = hours.at(-1)!;
    const list = `(${hours.map((hour) => `toDateTime(${hour}, 'UTC')`).join(', ')})`;
    const exact = hours.length <= HOURS_BY_LIST ? ` AND toStartOfHour(ts) IN ${list}` : '';
    // Of a strict comparison with whole seconds the engine (26.7) prunes wrongly: a part whose only event
    // lies in the last second before the limit is skipped.
    const events = `ts >= toDateTime(${first}, 'UTC') AND ts < toDateTime64(${last + 3600}, 3, 'UTC')${exact}`;
    const sums = `hour >= toDateTime(${first}, 'UTC') AND hour <= toDateTime(${last}, 'UTC')${exact.replace('toStartOfHour(ts)', 'hour')}`;
    // in a first reading no hour has sums, and the events need not be read again to compare keys
    const known = await this.#engine.rows(`SELECT 1 FROM ${table.table} WHERE ${sums} LIMIT 1`);
    return recomputeSql(table, events, known.length > 0 ? sums : undefined);
  }

  async #markDone(hours: readonly number[]): Promise<void> {
    if (hours.length === 0) return;
    const values = hours.map((hour) => `(${hour}, 1)`).join(', ');
    await this.#engine.command(`INSERT INTO tallyd.stale_hours (hour, done) VALUES ${values}`);
  }
}

interface Month {
  /** Counted from the year 0. */
  month: number;
  hours: number[];
}

/** Hours in ascending order, by month. */
function byMonth(hours: readonly number[]): Month[] {
  const months: Month[] = [];
  for (const hour of hours) {
    const date = new Date(hour * 1000);
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth() + 1;
    const last = months.at(-1);
    if (last?.month === month) last.hours.push(hour);
    else months.push({ month, hours: [hour] });
  }
  return months;
}
