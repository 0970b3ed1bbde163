/** For tests of the reports: events put into a real store, past the formats that would read them. */
import { sqlString } from '../../store/sql.ts';
import type { Store } from '../../store/store.ts';

export interface TestEvent {
  /** ms since the epoch. */
  ts: number;
  source: string;
  model: string;
  project: string;
  session: string;
  grain: 'request' | 'bucket';
  requests: number;
  input: number;
  output: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  cacheRead: number;
  reasoning: number;
  unclassified: number;
  /** A decimal of at most nine digits after the point. */
  reported: string | null;
}

export function eventOf(more: Partial<TestEvent> & Pick<TestEvent, 'ts'>): TestEvent {
  return {
    source: 'claude-code',
    model: 'claude-sonnet-4-5',
    project: '/home/ada/api',
    session: 's1',
    grain: 'request',
    requests: 1,
    input: 0,
    output: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    cacheRead: 0,
    reasoning: 0,
    unclassified: 0,
    reported: null,
    ...more,
  };
}

const GENERATION = 1;
let inserted = 0;

/** Stores events and computes the hourly sums; prices are those of the store's book. */
export async function insertEvents(store: Store, events: readonly TestEvent[]): Promise<void> {
  await store.command(
    `INSERT INTO tallyd.generations (generation, dataset, state) VALUES (${GENERATION}, 'home', 'live')`,
  );
  const models = [...new Set(events.map((event) => event.model))];
  await store.command(
    `INSERT INTO tallyd.priced_names (provider, model, priced, book) VALUES ` +
      models.map((model) => `('anthropic', ${sqlString(model)}, true, 'not looked up')`).join(', '),
  );
  await store.command(
    `INSERT INTO tallyd.usage_events (ts, event_id, generation, source, dataset, grain, requests, provider, model, ` +
      `project, session_id, status, input_tokens, output_tokens, cache_write_5m_tokens, cache_write_1h_tokens, ` +
      `cache_read_tokens, reasoning_tokens, unclassified_tokens, reported_cost_usd, billable, version) ` +
      `SETTINGS max_partitions_per_insert_block = 0 VALUES ` +
      events.map(values).join(',\n'),
  );
  await store.command(
    `INSERT INTO tallyd.stale_hours (hour, done) SELECT DISTINCT toStartOfHour(toDateTime(ts, 'UTC')), 0 FROM tallyd.usage_events`,
  );
  await store.recover('auto');
}

function values(event: TestEvent): string {
  const texts = [event.project, event.session].map(sqlString).join(', ');
  const tokens = [
    event.input,
    event.output,
    event.cacheWrite5m,
    event.cacheWrite1h,
    event.cacheRead,
    event.reasoning,
    event.unclassified,
  ].join(', ');
  const reported = event.reported === null ? 'NULL' : `'${event.reported}'`;
  inserted++;
  return (
    `(fromUnixTimestamp64Milli(toInt64(${event.ts}), 'UTC'), ${inserted}, ${GENERATION}, ${sqlString(event.source)}, 'home', ` +
    `'${event.grain}', ${event.requests}, 'anthropic', ${sqlString(event.model)}, ${texts}, 'ok', ${tokens}, ${reported}, true, 1)`
  );
}
