/** What a store of one file holds: its first rows, its sums, what was rejected. */
import type { Format } from '../formats/format.ts';
import type { Reader } from '../store/types.ts';

export type StoredRow = Record<string, unknown>;

/** Sums of usage, or of a bill per currency. Amounts of money are decimals as text. */
export type Totals =
  | {
      events: number;
      requests: number;
      tokens: Record<(typeof TOKENS)[number] | 'total_tokens' | 'reasoning_tokens', number>;
      /** Null where no event tells a cost. */
      reportedCostUsd: string | null;
      calculatedCostUsd: string | null;
      /** Events with neither a reported cost nor a price. */
      unpricedEvents: number;
    }
  | { lines: number; amounts: Record<string, string> };

const ROWS = 5;
const TOKENS = [
  'input_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'cache_read_tokens',
  'output_tokens',
  'unclassified_tokens',
] as const;
const TEXTS = ['provider', 'model', 'user', 'project', 'session_id', 'request_id', 'status'];

const EVENT = [
  "formatDateTime(ts, '%Y-%m-%dT%H:%i:%S.', 'UTC') || leftPad(toString(toUnixTimestamp64Milli(ts) % 1000), 3, '0') || 'Z' AS at",
  ...['source', 'grain', 'requests', ...TEXTS, ...TOKENS, 'reasoning_tokens', 'total_tokens', 'duration_ms'],
  'toString(reported_cost_usd) AS reported_cost',
  'toString(calculated_cost_usd) AS calculated_cost',
  ...['billable', 'tags'],
].join(', ');

const BILL =
  'day, source, provider, model, line_item, project, user, toString(amount) AS billed, currency, ' +
  'toString(quantity) AS billed_quantity, unit, tags';

/** The earliest rows, with what says nothing left out. */
export async function firstRows(store: Reader, format: Format): Promise<StoredRow[]> {
  const rows =
    format.gives === 'bills'
      ? await store.rows<StoredRow>(
          `SELECT ${BILL} FROM tallyd.billed_costs ORDER BY day, model, line_item LIMIT ${ROWS}`,
        )
      : await store.rows<StoredRow>(`SELECT ${EVENT} FROM tallyd.usage ORDER BY ts, event_id LIMIT ${ROWS}`);
  return rows.map(told);
}

const NAMES: Record<string, string> = {
  at: 'ts',
  reported_cost: 'reported_cost_usd',
  calculated_cost: 'calculated_cost_usd',
  billed: 'amount',
  billed_quantity: 'quantity',
};
/** What an event is that says nothing of it. */
const UNTOLD: Record<string, unknown> = { grain: 'request', requests: 1, status: 'ok', billable: true };

function told(row: StoredRow): StoredRow {
  const parts = Object.entries(row).filter(([column, value]) => {
    if (column in UNTOLD) return value !== UNTOLD[column];
    if (value === '' || value === null || value === 0) return false;
    return !(column === 'tags' && Object.keys(value as object).length === 0);
  });
  return Object.fromEntries(parts.map(([column, value]) => [NAMES[column] ?? column, value]));
}

/** Sums over all that would be stored. */
export async function totalsOf(store: Reader, format: Format): Promise<Totals> {
  return format.gives === 'bills' ? await billTotals(store) : await usageTotals(store);
}

async function billTotals(store: Reader): Promise<Totals> {
  const rows = await store.rows<{ currency: string; lines: number; sum: string }>(
    'SELECT currency, count() AS lines, toString(sum(amount)) AS sum FROM tallyd.billed_costs GROUP BY currency ORDER BY currency',
  );
  return {
    lines: rows.reduce((sum, row) => sum + Number(row.lines), 0),
    amounts: Object.fromEntries(rows.map((row) => [row.currency, row.sum])),
  };
}

async function usageTotals(store: Reader): Promise<Totals> {
  const counted = [...TOKENS, 'reasoning_tokens', 'total_tokens'] as const;
  const [row] = await store.rows<Record<string, number | string | null>>(
    `SELECT count() AS events, sum(requests) AS all_requests, ` +
      `${counted.map((column) => `sum(${column}) AS all_${column}`).join(', ')}, ` +
      `if(countIf(reported_cost_usd IS NOT NULL) = 0, NULL, toString(sum(reported_cost_usd))) AS reported, ` +
      `if(countIf(calculated_cost_usd IS NOT NULL) = 0, NULL, toString(sum(calculated_cost_usd))) AS calculated, ` +
      `countIf(reported_cost_usd IS NULL AND calculated_cost_usd IS NULL AND total_tokens > 0) AS unpriced FROM tallyd.usage`,
  );
  const number = (name: string): number => Number(row?.[name] ?? 0);
  const text = (name: string): string | null => (row?.[name] as string | null | undefined) ?? null;
  return {
    events: number('events'),
    requests: number('all_requests'),
    tokens: Object.fromEntries(counted.map((column) => [column, number(`all_${column}`)])) as never,
    reportedCostUsd: text('reported'),
    calculatedCostUsd: text('calculated'),
    unpricedEvents: number('unpriced'),
  };
}

/** How many records were rejected for which reason, the commonest first. */
export async function rejectedByReason(store: Reader): Promise<Record<string, number>> {
  const rows = await store.rows<{ reason: string; records: number }>(
    'SELECT reason, count() AS records FROM tallyd.rejected_records FINAL GROUP BY reason ORDER BY records DESC, reason',
  );
  return Object.fromEntries(rows.map((row) => [row.reason, Number(row.records)]));
}
