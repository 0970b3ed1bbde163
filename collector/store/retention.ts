/** How long rows are kept: a TTL per table, from the configuration. */
import type { Engine } from './engine.ts';

/** Tables that may have a retention, and the column their age is judged by. */
const AGE_COLUMN = {
  usage_events: 'toDateTime(ts)',
  usage_hourly: 'hour',
  rejected_records: 'toDateTime(rejected_at)',
  uploads: 'toDateTime(started_at)',
  billed_costs: 'day',
} as const;

export type RetainedTable = keyof typeof AGE_COLUMN;
export const RETAINED_TABLES = Object.keys(AGE_COLUMN) as RetainedTable[];

/** Days per table; a table that is not named is kept for ever. */
export type Retention = Partial<Record<RetainedTable, number>>;

/** Where the rows behind a name of the contract are, and what must age with them. */
const TABLES: Record<RetainedTable, [table: string, age: string][]> = {
  usage_events: [
    ['usage_events', AGE_COLUMN.usage_events],
    ['usage_event_places', AGE_COLUMN.usage_events],
    ['thread_turns', AGE_COLUMN.usage_events],
    ['usage_by_session_rows', AGE_COLUMN.usage_hourly],
  ],
  usage_hourly: [['usage_hourly_rows', AGE_COLUMN.usage_hourly]],
  rejected_records: [['rejected_records', AGE_COLUMN.rejected_records]],
  uploads: [['upload_reports', AGE_COLUMN.uploads]],
  billed_costs: [['billed_cost_rows', AGE_COLUMN.billed_costs]],
};

/** Sets or removes the TTL of every table so that it is what the configuration says. */
export async function applyRetention(engine: Engine, retention: Retention): Promise<void> {
  const rows = await engine.rows<{ name: string; ddl: string }>(
    "SELECT name, create_table_query AS ddl FROM system.tables WHERE database = 'tallyd'",
  );
  const ddl = new Map(rows.map((row) => [row.name, row.ddl]));
  for (const name of RETAINED_TABLES) {
    const days = retention[name];
    for (const [table, age] of TABLES[name]) {
      const current = / TTL (.+?)(?: SETTINGS |$)/.exec(ddl.get(table) ?? '')?.[1];
      const wanted = days === undefined ? undefined : `${age} + toIntervalDay(${days})`;
      if (current === wanted) continue;
      if (wanted) await engine.command(`ALTER TABLE tallyd.${table} MODIFY TTL ${wanted}`);
      else await engine.command(`ALTER TABLE tallyd.${table} REMOVE TTL`);
    }
  }
}
