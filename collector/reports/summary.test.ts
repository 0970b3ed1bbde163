import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bookOf, openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import type { Store } from '../store/store.ts';
import { summary, type SummaryInput } from './summary.ts';
import { eventOf, insertEvents } from './testing/events.ts';

const folder = temporaryFolder('summary');
let store: Store;
const input: SummaryInput = {
  timezone: 'Europe/Berlin',
  now: Date.parse('2026-07-14T22:30:00Z'),
  addresses: {
    uploads: 'http://127.0.0.1:4318/api/v1/uploads',
    metrics: 'http://127.0.0.1:9464/metrics',
    clickhouse: 'http://127.0.0.1:8123',
    dataDir: '/home/ada/.local/share/tallyd',
    docs: 'https://example.org/docs',
  },
};
const style = { width: 80, color: false };

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), {
    prices: bookOf({ 'claude-sonnet-4-5': { input: '3', output: '15' } }),
  });
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

it('says what to do before anything is stored, and where everything is', async () => {
  expect(`\n${await summary(input, store, style)}\n`).toMatchInlineSnapshot(`
    "
    No usage was found yet. What agents write from now on is read as it comes;
    exports can be pushed with the line below; tallyd doctor says what was looked
    for.

    Uploads:    curl -T export.csv http://127.0.0.1:4318/api/v1/uploads/
    Metrics:    http://127.0.0.1:9464/metrics
    ClickHouse: http://127.0.0.1:8123 (HTTP, reading only)
    Data:       /home/ada/.local/share/tallyd
    Docs:       https://example.org/docs
    "
  `);
});

it('shows fourteen local days, and what all there is comes to', async () => {
  await insertEvents(store, [
    eventOf({ ts: Date.parse('2026-03-01T00:00:00Z'), input: 1_000_000 }),
    eventOf({ ts: Date.parse('2026-07-01T12:00:00Z'), input: 7 }),
    eventOf({ ts: Date.parse('2026-07-02T12:00:00Z'), input: 2_000_000 }),
    eventOf({ ts: Date.parse('2026-07-14T22:10:00Z'), output: 100_000 }),
  ]);
  expect(`\n${await summary(input, store, style)}\n`).toMatchInlineSnapshot(`
    "
    The last 14 days
    ┌────────────┬────────────┬───────────┬───────┐
    │ Date       │ Models     │     Total │  Cost │
    │            │            │    Tokens │ (USD) │
    ├────────────┼────────────┼───────────┼───────┤
    │ 2026-07-02 │ sonnet-4-5 │ 2,000,000 │ $6.00 │
    │ 2026-07-15 │ sonnet-4-5 │   100,000 │ $1.50 │
    ├────────────┼────────────┼───────────┼───────┤
    │ Total      │            │ 2,100,000 │ $7.50 │
    └────────────┴────────────┴───────────┴───────┘
    Cost mode auto, time zone Europe/Berlin.
    Costs that no source reported are an API-equivalent estimate, tokens times list
    price; not a bill.

    Since 2026-03: $10.50 for 3,100,007 tokens in 4 requests.

    Uploads:    curl -T export.csv http://127.0.0.1:4318/api/v1/uploads/
    Metrics:    http://127.0.0.1:9464/metrics
    ClickHouse: http://127.0.0.1:8123 (HTTP, reading only)
    Data:       /home/ada/.local/share/tallyd
    Docs:       https://example.org/docs
    "
  `);
});
