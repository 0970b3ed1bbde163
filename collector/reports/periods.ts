/**
 * Usage per local day, week or month. The hourly sums answer it in milliseconds wherever the zone's
 * days begin at a full hour of UTC; elsewhere (India, Nepal, parts of Australia) the events do. The
 * hours themselves say which it is, so that both give the same numbers in any zone and any year.
 */
import { sqlString } from '../store/sql.ts';
import type { Reader } from '../store/types.ts';
import { type RawSums, sumsOf, type SumsRow, tidy } from './costs.ts';
import { HOURLY, localDay, type Relation, USAGE, whereClause } from './filters.ts';
import type { CheckedOptions } from './options.ts';
import type { CostMode } from './types.ts';
import { withExactUnpriced } from './unpriced.ts';

export type Period = 'daily' | 'weekly' | 'monthly';

/** A period's sums for one model. */
export type PeriodRow = SumsRow & { period: string };

/** The sums per period and model, the oldest first. */
export async function readPeriods(
  period: Period,
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<PeriodRow[]> {
  // the hourly sums know no session
  if (options.sessionId === undefined) {
    const hours = await hourlyRows(period, options, mode, reader);
    if (hours) return withExactUnpriced(hours, period, options, mode, reader);
  }
  const sql = periodSql(USAGE, period, options, sumsOf(USAGE, mode));
  return (await reader.rows<RawSums & { period: string }>(sql)).map(tidy);
}

/** Undefined where midnight falls within an hour of the range. */
async function hourlyRows(
  period: Period,
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<PeriodRow[] | undefined> {
  const zone = sqlString(options.zone);
  const crosses = `max(toDate(hour, ${zone}) != toDate(hour + 3599, ${zone})) AS crosses`;
  const sql = periodSql(HOURLY, period, options, `${sumsOf(HOURLY, mode)}, ${crosses}`);
  const rows = await reader.rows<RawSums & { period: string; crosses: number }>(sql);
  if (rows.some((row) => Number(row.crosses) !== 0)) return undefined;
  return rows.map(({ crosses: _, ...row }) => tidy(row));
}

/** `columns` per period and model. */
export function periodSql(
  relation: Relation,
  period: Period,
  options: CheckedOptions,
  columns: string,
  more: readonly string[] = [],
): string {
  return (
    `SELECT ${periodOf(period, localDay(relation, options.zone), options)} AS period, model, ${columns} ` +
    `FROM ${relation.name} ${whereClause(options, relation, more)} GROUP BY period, model ORDER BY period, model`
  );
}

function periodOf(period: Period, day: string, options: CheckedOptions): string {
  switch (period) {
    case 'daily':
      return `toString(${day})`;
    case 'weekly':
      return `toString(toStartOfWeek(${day}, ${options.startOfWeek === 'sunday' ? 0 : 1}))`;
    case 'monthly':
      return `substring(toString(${day}), 1, 7)`;
  }
}
