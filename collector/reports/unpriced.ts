/**
 * The hourly sums tell what has no calculated cost. A source's own cost may stand in for it, or be
 * missing where only that counts: the events tell, and only the models in question are asked for.
 */
import { sqlString } from '../store/sql.ts';
import type { Reader } from '../store/types.ts';
import { eventUnpriced, lacksCost } from './costs.ts';
import { USAGE, whereClause } from './filters.ts';
import type { CheckedOptions } from './options.ts';
import { type Period, type PeriodRow, periodSql } from './periods.ts';
import type { CostMode } from './types.ts';

/** Corrects the unpriced tokens of rows that come from the hourly sums. */
export async function withExactUnpriced(
  rows: PeriodRow[],
  period: Period,
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<PeriodRow[]> {
  if (mode === 'calculate') return rows;
  const doubtful = await doubtfulModels(rows, options, mode, reader);
  if (mode === 'auto' && doubtful.length === 0) return rows;
  const exact = await exactUnpriced(doubtful, period, options, mode, reader);
  return rows.map((row) => {
    if (mode === 'auto' && !doubtful.includes(row.model)) return row;
    const known = exact.get(`${row.period}\0${row.model}`);
    return {
      ...row,
      unpricedTokens: Number(known?.unpricedTokens ?? 0),
      unpricedRequests: Number(known?.unpricedRequests ?? 0),
    };
  });
}

/**
 * Models without a calculated cost for which some source reported one. Where none did, the hourly
 * sums are exact, and that is cheap to know: no price is looked up for it.
 */
async function doubtfulModels(
  rows: readonly PeriodRow[],
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<string[]> {
  if (mode === 'display') return [];
  const models = [...new Set(rows.filter(lacksCost).map((row) => row.model))];
  if (models.length === 0) return [];
  const where = whereClause(options, USAGE, [among(models), 'reported_cost_usd IS NOT NULL']);
  const found = await reader.rows<{ model: string }>(`SELECT DISTINCT model FROM ${USAGE.name} ${where}`);
  return found.map((row) => row.model);
}

/** From the events, by period and model; of all models where `models` is empty. */
async function exactUnpriced(
  models: readonly string[],
  period: Period,
  options: CheckedOptions,
  mode: CostMode,
  reader: Reader,
): Promise<Map<string, { unpricedTokens: number; unpricedRequests: number }>> {
  const unpriced = eventUnpriced(mode);
  const columns = `sumIf(total_tokens, ${unpriced}) AS unpricedTokens, sumIf(requests, ${unpriced}) AS unpricedRequests`;
  const more = models.length > 0 ? [among(models)] : [];
  const rows = await reader.rows<{
    period: string;
    model: string;
    unpricedTokens: number;
    unpricedRequests: number;
  }>(periodSql(USAGE, period, options, columns, more));
  return new Map(rows.map((row) => [`${row.period}\0${row.model}`, row]));
}

function among(models: readonly string[]): string {
  return `model IN (${models.map(sqlString).join(', ')})`;
}
