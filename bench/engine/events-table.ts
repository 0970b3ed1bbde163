/** The table that the engine fills when it is alone: the columns that tallyd keeps, the last word winning. */
import type { DayModelSums } from '../data/day-model-sums.ts';
import { addTo } from '../data/day-model-sums.ts';
import type { Session } from './session.ts';

/** Codecs as in tallyd's own table, so that as much is compressed. */
const tokens = (column: string): string => `${column}_tokens UInt64 CODEC(T64, ZSTD(1))`;

/** Makes `bench.events` in an empty store. */
export async function createEvents(session: Session): Promise<void> {
  await session.run('CREATE DATABASE bench ENGINE = Atomic');
  await session.run(`CREATE TABLE bench.events (
    ts DateTime64(3, 'UTC'), event_id UInt128, version UInt128, source LowCardinality(String), dataset LowCardinality(String),
    provider LowCardinality(String), model LowCardinality(String), user LowCardinality(String), project LowCardinality(String),
    session_id String, request_id String, status LowCardinality(String),
    ${['input', 'cache_write_5m', 'cache_write_1h', 'cache_read', 'output'].map(tokens).join(', ')},
    reported_cost_usd Nullable(Decimal(18, 9)), billable Bool, speed LowCardinality(String), tags Map(LowCardinality(String), String))
ENGINE = ReplacingMergeTree(version) ORDER BY event_id`);
}

/** What a daily report needs. */
export async function dailySums(session: Session): Promise<DayModelSums> {
  const rows = await session.rows<Record<'day' | 'model' | 'i' | 'w' | 'r' | 'o', string>>(
    'SELECT toString(toDate(ts)) AS day, model, sum(input_tokens) AS i, sum(cache_write_5m_tokens + cache_write_1h_tokens) AS w, ' +
      'sum(cache_read_tokens) AS r, sum(output_tokens) AS o FROM bench.events FINAL GROUP BY day, model ORDER BY day, model',
  );
  const sums: DayModelSums = {};
  for (const { day, model, i, w, r, o } of rows)
    addTo(sums, day, model, {
      input: Number(i),
      cacheWrite: Number(w),
      cacheRead: Number(r),
      output: Number(o),
    });
  return sums;
}
