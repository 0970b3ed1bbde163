/** Data that an older schema holds, after the store was opened with the newer one. */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bookOf, openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { openEmbedded } from './embedded.ts';
import { migrate, readMigrations } from './migrate.ts';

const folder = temporaryFolder('upgrade');
const path = join(folder.path, 'store');
afterAll(() => folder.remove());

it('hours from before a column get theirs when the store opens', async () => {
  const engine = await openEmbedded({ path, poolThreads: 12, maxThreads: 2 });
  await migrate(
    engine,
    readMigrations().filter(({ version }) => version < 10),
  );
  await engine.command(
    'INSERT INTO tallyd.usage_events (ts, event_id, source, dataset, grain, requests, provider, model, input_tokens, cache_write_5m_tokens, cache_read_tokens, speed, status, version) ' +
      "VALUES ('2026-02-01 10:30:00.000', 1, 'claude-code', 'x', 'request', 1, 'anthropic', 'm', 10, 100, 1000000, 'standard', 'ok', 1)",
  );
  await engine.command(
    'INSERT INTO tallyd.usage_hourly_rows (hour, source, dataset, provider, model, status, events, requests, total_tokens, version) ' +
      "VALUES ('2026-02-01 10:00:00', 'claude-code', 'x', 'anthropic', 'm', 'ok', 1, 1, 1000110, 1)",
  );
  await engine.command(
    'INSERT INTO tallyd.usage_events (ts, event_id, source, dataset, grain, requests, provider, model, input_tokens, speed, status, billable, version) VALUES ' +
      "('2026-02-01 11:30:00.000', 2, 'litellm-spend', 'x', 'request', 1, 'anthropic', 'm', 1000000, 'standard', 'ok', false, 1), " +
      "('2026-02-01 12:30:00.000', 3, 'copilot-csv', 'x', 'request', 1, 'anthropic', 'm', 0, 'standard', 'ok', true, 1)",
  );
  await engine.command(
    "INSERT INTO tallyd.priced_names (provider, model, priced, book) VALUES ('anthropic', 'm', 0, '')",
  );
  await engine.close();

  const prices = bookOf({ m: { input: '3', cacheRead: '0.3', cacheWrite5m: '3.75' } });
  const store = await openTestStore(path, { prices });
  const rows = await store.rows(
    'SELECT events, toString(cache_read_saved_usd) AS saved, toString(cache_write_cost_usd) AS written, ' +
      'toString(cache_write_extra_usd) AS extra, toString(newest_ts) AS newest FROM tallyd.usage_hourly ' +
      "WHERE source = 'claude-code'",
  );
  expect(rows).toEqual([
    // a million reads at 3.00 - 0.30 dollars a million; a hundred writes at 3.75, 0.75 above input
    { events: 1, saved: '2.7', written: '0.000375', extra: '0.000075', newest: '2026-02-01 10:30:00.000' },
  ]);
  // what nobody charges has a cost of its own, and what tells neither tokens nor a cost has none
  const others = await store.rows(
    'SELECT toString(source) AS source, toFloat64(not_billable_calculated_cost_usd) AS not_charged, ' +
      "unpriced_requests AS unpriced FROM tallyd.usage_hourly WHERE source != 'claude-code' ORDER BY source",
  );
  expect(others).toEqual([
    { source: 'copilot-csv', not_charged: 0, unpriced: 1 },
    { source: 'litellm-spend', not_charged: 3, unpriced: 0 },
  ]);
  // and the sums per session, and histograms
  const sums = await store.rows(
    'SELECT toString(source) AS source, late, events, toFloat64(calculated_cost_usd) AS cost, unreported_requests AS unreported FROM tallyd.usage_by_session ORDER BY source',
  );
  expect(sums).toEqual([
    { source: 'claude-code', late: true, events: 1, cost: 0.300405, unreported: 1 },
    { source: 'copilot-csv', late: true, events: 1, cost: 0, unreported: 1 },
    { source: 'litellm-spend', late: true, events: 1, cost: 3, unreported: 1 },
  ]);
  const [bars] = await store.rows<{ requests: number }>(
    'SELECT arraySum(sumForEach(tokens_histogram)) AS requests FROM tallyd.usage_hourly',
  );
  expect(bars).toEqual({ requests: 3 });
  await store.close();
});
