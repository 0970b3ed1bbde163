/**
 * Usage made by the engine itself, as much as one likes, for what reads the store: dashboards, rules,
 * reports. The same numbers give the same events.
 */
import type { Store } from '../../collector/store/store.ts';
import { bookOf } from './store.ts';

export interface UsageOptions {
  events: number;
  /** They lie in so many days before `until`. */
  days: number;
  until: Date;
  /** Another number gives other events. @default 0 */
  seed?: number;
}

/** Dollars per million tokens. `mystery-1` is used and has no price. */
export const usagePrices = bookOf({
  'claude-opus-4-5': { input: '5', output: '25', cacheRead: '0.5', cacheWrite5m: '6.25', cacheWrite1h: '10' },
  'claude-sonnet-4-5': {
    input: '3',
    output: '15',
    cacheRead: '0.3',
    cacheWrite5m: '3.75',
    cacheWrite1h: '6',
  },
  'claude-haiku-4-5': { input: '1', output: '5', cacheRead: '0.1', cacheWrite5m: '1.25', cacheWrite1h: '2' },
  'gpt-5.1-codex': { input: '1.25', output: '10', cacheRead: '0.125' },
  'gpt-5-mini': { input: '0.25', output: '2', cacheRead: '0.025' },
  'gemini-3-pro': { input: '2', output: '12', cacheRead: '0.2' },
});

/** A source: its share of the events in percent, what it knows, and its models. */
const SOURCES = [
  {
    source: 'claude-code',
    provider: 'anthropic',
    upTo: 55,
    models: ['claude-opus-4-5', 'claude-sonnet-4-5', 'claude-haiku-4-5'],
  },
  { source: 'codex', provider: 'openai', upTo: 75, models: ['gpt-5.1-codex', 'gpt-5-mini', 'gpt-5.1-codex'] },
  {
    source: 'cursor-csv',
    provider: '',
    upTo: 88,
    models: ['claude-sonnet-4-5', 'gpt-5.1-codex', 'mystery-1'],
  },
  {
    source: 'openrouter-csv',
    provider: 'google',
    upTo: 97,
    models: ['gemini-3-pro', 'gemini-3-pro', 'mystery-1'],
  },
  {
    source: 'openai-usage-csv',
    provider: 'openai',
    upTo: 100,
    models: ['gpt-5-mini', 'gpt-5.1-codex', 'gpt-5-mini'],
  },
];

/** Fills an empty store: events with prices, sums per hour, and what uploads and the tail leave behind. */
export async function fillUsage(store: Store, options: UsageOptions): Promise<void> {
  const { events, days, until, seed = 0 } = options;
  // a statement of many parts would keep them all in memory
  for (let at = 0; at < events; at += 2_000_000) {
    await store.command(eventsSql(at + seed * 1e9, Math.min(2_000_000, events - at), days, until));
  }
  await store.command(
    "INSERT INTO tallyd.priced_names (provider, model, priced, book) SELECT DISTINCT provider, model, 0, '' FROM tallyd.usage_events",
  );
  await store.usePrices(usagePrices);
  await fillPipeline(store, until);
}

function eventsSql(from: number, count: number, days: number, until: Date): string {
  const pick = (field: 'source' | 'provider'): string =>
    `multiIf(${SOURCES.map((one) => `share < ${one.upTo}, '${one[field]}'`).join(', ')}, '')`;
  const model = `multiIf(${SOURCES.map((one) => `share < ${one.upTo}, ['${one.models.join("', '")}'][1 + h2 % 3]`).join(', ')}, '')`;
  const end = Math.floor(until.getTime() / 1000);
  return `INSERT INTO tallyd.usage_events (ts, event_id, generation, source, dataset, grain, requests, provider, model, user, project,
    session_id, request_id, status, input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens,
    reasoning_tokens, unclassified_tokens, duration_ms, reported_cost_usd, billable, speed, tags, version, is_deleted)
WITH cityHash64(number, 1) AS h1, cityHash64(number, 2) AS h2, cityHash64(number, 3) AS h3, h1 % 100 AS share,
    -- more in the day than at night, less at the weekend
    toDateTime(${end} - h3 % ${days * 86_400}, 'UTC') AS any_time,
    if(toHour(any_time) < 7 AND h2 % 4 != 0, any_time + 36000, any_time) AS by_day,
    if(toDayOfWeek(by_day) > 5 AND h2 % 3 != 0, by_day - 172800, by_day) AS at,
    ${pick('source')} AS source, source = 'openai-usage-csv' AS is_bucket, source IN ('claude-code', 'codex') AS is_agent,
    intDiv(h3 % ${days * 86_400}, 7200) * 7 + h2 % 7 AS session, 1 + (h2 % 1000) / 100. AS size
SELECT toDateTime64(least(at, toDateTime(${end}, 'UTC')), 3, 'UTC') + toIntervalMillisecond(h2 % 1000), toUInt128(number) * 1000003 + 17, 0,
    source, multiIf(source = 'claude-code', 'laptop', source = 'codex', 'workstation', source), if(is_bucket, 'bucket', 'request'),
    if(is_bucket, 1 + h2 % 40, 1), ${pick('provider')}, ${model},
    if(h2 % 11 = 0, '', ['ada', 'grace', 'edsger', 'barbara', 'alan'][1 + session % 5]),
    if(is_agent, ['tallyd', 'website', 'billing', 'research', 'infra', ''][1 + session % 6], ''),
    if(is_agent, concat('session-', leftPad(toString(session), 8, '0')), ''), if(is_bucket, '', concat('req-', toString(number))),
    multiIf(h3 % 50 = 0, 'error', h3 % 197 = 0, 'aborted', 'ok'),
    toUInt64(size * (50 + h1 % 2000)), if(source = 'claude-code', toUInt64(size * (h2 % 3000)), 0), if(source = 'claude-code' AND h2 % 5 = 0, 4000, 0),
    if(h1 % 7 = 0, 0, toUInt64(size * (h3 % 20000))), toUInt64(size * (20 + h2 % 900)), toUInt64(size * (h2 % 20)),
    if(source = 'cursor-csv' AND h3 % 40 = 0, 500, 0),
    if(source IN ('codex', 'openrouter-csv'), toUInt32(300 + size * (h1 % 4000)), NULL),
    if(source IN ('cursor-csv', 'openrouter-csv') AND h3 % 13 != 0, toDecimal64(size * 0.013, 9), NULL), NOT (source = 'cursor-csv' AND h1 % 3 = 0),
    'standard', if(is_agent, map('git_branch', if(h2 % 2 = 0, 'main', 'feature')), map()), 1, 0
FROM numbers(${from}, ${count})
SETTINGS max_partitions_per_insert_block = 0`;
}

/** Uploads done and failed, bills, rejected records of several kinds, files that are followed. */
async function fillPipeline(store: Store, until: Date): Promise<void> {
  const end = `toDateTime64(${until.getTime() / 1000}, 3, 'UTC')`;
  await store.command(`INSERT INTO tallyd.upload_reports (id, name, dataset, format, mode, status, bytes, rows_read, rows_accepted,
    rows_duplicate, rows_revised, rows_rejected, unpriced, error, started_at, finished_at)
SELECT concat('upload-', toString(number)), concat('usage-', toString(number), '.csv'), 'cursor-csv', 'cursor-csv', if(number % 5 = 0, 'replace', 'append'),
    if(number % 9 = 8, 'failed', 'done'), 100000 + number * 1000, 1000, 900 - number * 10, 80 + number * 10, number, 20, ['mystery-1'],
    if(number % 9 = 8, 'the file is no CSV', ''), ${end} - toIntervalHour(number * 7), ${end} - toIntervalHour(number * 7) + toIntervalSecond(1 + number)
FROM numbers(30)`);
  await store.command(`INSERT INTO tallyd.billed_cost_rows (day, bill_id, source, dataset, provider, model, line_item, amount, currency, content, version)
SELECT toDate(${end}) - intDiv(number, 2), number, if(number % 2 = 0, 'anthropic-cost-csv', 'openai-cost-csv'), 'bills', if(number % 2 = 0, 'anthropic', 'openai'),
    if(number % 2 = 0, 'claude-sonnet-4-5', 'gpt-5-mini'), 'output', 1 + number % 7, 'USD', 0, 1
FROM numbers(60)`);
  await store.command(`INSERT INTO tallyd.rejected_records (source, dataset, upload_id, path, record, line, column, value, reason, excerpt, rejected_at)
SELECT 'cursor-csv', 'cursor-csv', concat('upload-', toString(number % 7)), '', number + 1, number + 2, 'Input (w/o Cache Write)', '-5',
    ['a number is negative', 'the date cannot be read', 'cells are missing'][1 + number % 3], concat('2026-01-01,ada,', toString(number)),
    ${end} - toIntervalHour(number)
FROM numbers(60)`);
  await store.command(`INSERT INTO tallyd.tailed_file_states (path, source, dataset, size, offset, state, modified_at)
SELECT concat('/home/ada/.claude/projects/p', toString(number), '.jsonl'), if(number % 3 = 0, 'codex', 'claude-code'), if(number % 3 = 0, 'workstation', 'laptop'),
    100000 + number, 100000 + if(number % 10 = 0, -500, number), if(number % 17 = 0, 'gone', 'following'), ${end} - toIntervalMinute(number * 13)
FROM numbers(200)`);
}
