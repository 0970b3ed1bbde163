/** What a store of any release comes to, asked of what every one of them has. */
import type { Reader } from '../../collector/store/types.ts';

const SUMS =
  'toUInt32(sum(requests)) AS requests, toUInt32(sum(input_tokens)) AS input, toUInt32(sum(cache_write_5m_tokens) + sum(cache_write_1h_tokens)) AS written, ' +
  'toUInt32(sum(cache_read_tokens)) AS read, toUInt32(sum(output_tokens)) AS output, toUInt32(sum(reasoning_tokens)) AS reasoning, ' +
  'toUInt32(sum(unclassified_tokens)) AS unclassified, toString(sum(reported_cost_usd)) AS reported';

export interface Totals {
  events: unknown[];
  hourly: unknown[];
  rejected: unknown[];
  uploads: unknown[];
  bills: unknown[];
}

export async function totalsOf(store: Pick<Reader, 'rows'>): Promise<Totals> {
  return {
    events: await store.rows(
      `SELECT source, dataset, toUInt32(count()) AS events, ${SUMS} FROM tallyd.usage GROUP BY source, dataset ORDER BY source, dataset`,
    ),
    hourly: await store.rows(
      `SELECT source, dataset, toUInt32(sum(events)) AS events, ${SUMS} FROM tallyd.usage_hourly GROUP BY source, dataset ORDER BY source, dataset`,
    ),
    rejected: await store.rows(
      'SELECT source, reason, toUInt32(count()) AS records FROM tallyd.rejected_records FINAL GROUP BY source, reason ORDER BY source, reason',
    ),
    uploads: await store.rows(
      'SELECT status, format, toUInt32(count()) AS uploads, toUInt32(sum(rows_read)) AS rows FROM tallyd.uploads GROUP BY status, format ORDER BY status, format',
    ),
    bills: await store.rows(
      'SELECT source, toUInt32(count()) AS lines, toString(sum(amount)) AS amount FROM tallyd.billed_costs GROUP BY source ORDER BY source',
    ),
  };
}

/** Hours whose sums are not those of their events. */
export async function rollupDifferences(store: Pick<Reader, 'rows'>): Promise<unknown[]> {
  const keys = 'source, dataset, provider, model, user, project, status';
  const columns = ['requests', 'input_tokens', 'cache_read_tokens', 'output_tokens', 'total_tokens'];
  const sign = (minus: string) => columns.map((name) => `${minus}toInt64(${name}) AS d_${name}`).join(', ');
  return await store.rows(
    `SELECT at, ${keys}, sum(d_events) AS events, ${columns.map((name) => `sum(d_${name}) AS ${name}`).join(', ')}, sum(d_cost) AS cost FROM (` +
      `SELECT toDateTime(hour, 'UTC') AS at, ${keys}, toInt64(events) AS d_events, ${sign('')}, toDecimal64(cost_usd, 9) AS d_cost FROM tallyd.usage_hourly UNION ALL ` +
      `SELECT toDateTime(toStartOfHour(ts), 'UTC'), ${keys}, toInt64(-1), ${sign('-')}, -toDecimal64(cost_usd, 9) FROM tallyd.usage) ` +
      `GROUP BY at, ${keys} HAVING events != 0 OR ${columns.map((name) => `${name} != 0`).join(' OR ')} OR cost != 0`,
  );
}
