/** What the panels of Ingestion say about a store whose content is known to the row. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { join } from 'node:path';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { usagePrices } from '../../tests/support/usage.ts';
import type { Store } from '../../collector/store/store.ts';
import type { Choices } from '../testing/expand.ts';
import { rowsOf } from '../testing/rows.ts';
import { COLUMNS } from './ingestion/quality.ts';
import { ingestion } from './ingestion.ts';

const folder = temporaryFolder('ingestion');
const march: Choices = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-31T00:00:00Z') };
let store: Store;

const show = (title: string, choices: Partial<Choices> = {}): Promise<Record<string, unknown>[]> =>
  rowsOf(store, ingestion(), title, { ...march, ...choices });

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), { prices: usagePrices });
  const events = [
    ['2026-03-10 10:00:00', 'claude-code', 'laptop', 'claude-opus-4-5', 'ada', 100, 'NULL', 'NULL'],
    ['2026-03-10 11:00:00', 'claude-code', 'laptop', 'claude-opus-4-5', '', 300, '1500', 'NULL'],
    ['2026-03-11 10:00:00', 'claude-code', 'laptop', 'claude-haiku-4-5', 'ada', 0, 'NULL', 'NULL'],
    ['2026-03-11 12:30:00', 'cursor-csv', 'team', 'mystery-1', 'grace', 40, 'NULL', 'NULL'],
    ['2026-03-12 09:00:00', 'cursor-csv', 'team', 'mystery-1', 'grace', 60, 'NULL', '0.5'],
    // outside of the range
    ['2026-01-12 09:00:00', 'cursor-csv', 'team', 'mystery-1', '', 7, 'NULL', 'NULL'],
  ] as const;
  const values = events.map(
    ([ts, source, dataset, model, user, input, duration, reported], index) =>
      `('${ts}', ${index + 1}, 0, '${source}', '${dataset}', 'request', 1, '', '${model}', '${user}', '', '', '', 'ok', ${input}, 0, 0, 0, 10, 0, 0, ${duration}, ${reported}, true, 'standard', map('git_branch', 'main'), 1, 0)`,
  );
  await store.command(
    `INSERT INTO tallyd.usage_events (ts, event_id, generation, source, dataset, grain, requests, provider, model, user, project,
    session_id, request_id, status, input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens,
    reasoning_tokens, unclassified_tokens, duration_ms, reported_cost_usd, billable, speed, tags, version, is_deleted) VALUES ${values.join(', ')}`,
  );
  await store.command(
    "INSERT INTO tallyd.priced_names (provider, model, priced, book) SELECT DISTINCT provider, model, 0, '' FROM tallyd.usage_events",
  );
  await store.usePrices({ ...usagePrices, fingerprint: 'ingestion' });
  await store.command(`INSERT INTO tallyd.upload_reports (id, name, dataset, format, mode, status, bytes, rows_read, rows_accepted,
    rows_duplicate, rows_revised, rows_rejected, unpriced, error, started_at, finished_at) VALUES
    ('u1', 'march.csv', 'team', 'cursor-csv', 'append', 'done', 1000, 10, 6, 3, 1, 1, ['mystery-1', 'other'], '', '2026-03-12 10:00:00', '2026-03-12 10:00:02.500'),
    ('u2', 'again.csv', 'team', 'cursor-csv', 'append', 'done', 1000, 10, 0, 10, 0, 0, [], '', '2026-03-13 10:00:00', '2026-03-13 10:00:01'),
    ('u3', 'photo.jpg', 'photo', '', 'append', 'failed', 9, 0, 0, 0, 0, 0, [], 'no format is like this', '2026-03-13 11:00:00', '2026-03-13 11:00:01'),
    ('u4', 'january.csv', 'team', 'cursor-csv', 'replace', 'done', 1000, 5, 5, 0, 0, 0, [], '', '2026-01-13 10:00:00', '2026-01-13 10:00:01')`);
  await store.command(`INSERT INTO tallyd.rejected_records (source, dataset, upload_id, path, record, line, column, value, reason, excerpt, rejected_at) VALUES
    ('cursor-csv', 'team', 'u1', '', 4, 5, 'Date', 'soon', 'the date cannot be read', 'soon,ada', '2026-03-12 10:00:02'),
    ('claude-code', 'laptop', '', '/logs/a.jsonl', 9, 9, '', '', 'not JSON', '{"type', '2026-03-14 10:00:00'),
    ('claude-code', 'laptop', '', '/logs/a.jsonl', 9, 9, '', '', 'not JSON', '{"type', '2026-03-14 10:00:05')`);
  await store.command(`INSERT INTO tallyd.tailed_file_states (path, source, dataset, size, offset, state, modified_at) VALUES
    ('/logs/a.jsonl', 'claude-code', 'laptop', 1000, 700, 'following', '2026-03-14 10:00:00'),
    ('/logs/b.jsonl', 'claude-code', 'laptop', 500, 500, 'following', '2026-03-14 09:00:00'),
    ('/logs/cut.jsonl', 'claude-code', 'laptop', 10, 500, 'following', '2026-03-14 09:00:00'),
    ('/logs/gone.jsonl', 'claude-code', 'laptop', 500, 100, 'gone', '2026-03-14 09:00:00')`);
});

afterAll(async () => {
  await store.close();
  folder.remove();
});

it('counts uploads, failures, rejected records, duplicates and unread bytes of the range', async () => {
  const one = async (title: string): Promise<unknown> => Object.values((await show(title))[0]!)[0];
  expect(await one('Uploads')).toBe(3);
  expect(await one('Failed uploads')).toBe(1);
  // the same record rejected again is one record
  expect(await one('Rejected records')).toBe(2);
  expect(await one('Duplicates')).toBe(13 / 20);
  expect(await one('Not yet read')).toBe(300);
});

it('lists uploads, the newest first, with what became of them', async () => {
  const list = await show('Upload list');
  expect(list.map((row) => row['name'])).toEqual(['photo.jpg', 'again.csv', 'march.csv']);
  expect(list[2]).toMatchObject({
    ...{ source: 'cursor-csv', status: 'done', read: 10, accepted: 6, duplicate: 3, revised: 1, rejected: 1 },
    ...{ duration: 2.5, unpriced: 'mystery-1, other', error: '', id: 'u1' },
  });
  expect(list[0]).toMatchObject({ status: 'failed', error: 'no format is like this' });
  expect(await show('Upload list', { variables: { source: ['(none)'] } })).toHaveLength(1);
  expect(await show('Share of duplicates')).toMatchObject([{ share: 0.3 }, { share: 1 }]);
});

it('shows rejected records with their place and excerpt, of one upload when one is chosen', async () => {
  expect(await show('Reasons')).toMatchObject([
    { source: 'claude-code', reason: 'not JSON', column: '', records: 1, example: '{"type' },
    { source: 'cursor-csv', reason: 'the date cannot be read', column: 'Date', records: 1, example: 'soon' },
  ]);
  expect(await show('Rejected records with excerpts', { variables: { upload: ['u1'] } })).toMatchObject([
    { file: 'u1', record: 4, line: 5, column: 'Date', value: 'soon', excerpt: 'soon,ada' },
  ]);
  expect(await show('Rejections by reason')).toMatchObject([
    { label: 'the date cannot be read', records: 1 },
    { label: 'not JSON', records: 1 },
  ]);
});

it('tells how fresh each source is and how far its reading is behind', async () => {
  const [first, second, third] = await show('Freshness by source');
  expect(first).toMatchObject({
    ...{
      source: 'cursor-csv',
      dataset: 'team',
      newest_event: '2026-03-12 09:00:00.000',
      events: 3,
      files: 0,
    },
    ...{ newest_upload: '2026-03-13 10:00:01.000', behind_since: null },
  });
  expect(second).toMatchObject({
    ...{ source: 'claude-code', dataset: 'laptop', newest_event: '2026-03-11 10:00:00.000', events: 3 },
    ...{ files: 3, files_behind: 1, unread_bytes: 300, newest_upload: null },
  });
  expect(third).toBeUndefined();
  const waited = Number(second!['behind_since']);
  expect(Math.abs(waited - (Date.now() - Date.parse('2026-03-14T10:00:00Z')) / 1000)).toBeLessThan(60);
  expect(await show('Files with unread bytes')).toMatchObject([{ path: '/logs/a.jsonl', unread: 300 }]);
});

it('profiles every column of usage, by source, over the range', async () => {
  const numbers = await show('Numbers');
  const of = (source: string, column: string, rows = numbers): unknown =>
    rows.find((row) => row['source'] === source && row['column'] === column);
  expect(of('claude-code', 'input_tokens')).toMatchObject({
    ...{ events: 3, empty: 1 / 3, distinct: 2, smallest: 100, largest: 300, average: 200 },
  });
  expect(of('claude-code', 'duration_ms')).toMatchObject({ empty: 2 / 3, distinct: 1, smallest: 1500 });
  expect(of('cursor-csv', 'reported_cost_usd')).toMatchObject({ events: 2, empty: 0.5, largest: 0.5 });
  expect(of('cursor-csv', 'calculated_cost_usd')).toMatchObject({ empty: 1, distinct: 0, smallest: null });
  const texts = await show('Names and other values');
  expect(of('claude-code', 'user', texts)).toMatchObject({
    empty: 1 / 3,
    distinct: 2,
    first: '',
    last: 'ada',
  });
  expect(of('cursor-csv', 'model', texts)).toMatchObject({ empty: 0, distinct: 1, first: 'mystery-1' });
  expect(of('cursor-csv', 'tags', texts)).toMatchObject({ empty: 0, last: 'git_branch' });
  const known = await store.rows<{ name: string }>(
    "SELECT name FROM system.columns WHERE database = 'tallyd' AND table = 'usage' ORDER BY name",
  );
  expect(Object.values(COLUMNS).flat().sort()).toEqual(known.map(({ name }) => name));
});

it('shows when names began to be empty, and what has no price', async () => {
  expect(await show('Empty names over time', { variables: { source: ['claude-code'] } })).toMatchObject([
    { provider: 1, model: 0, user: 0.5, project: 1 },
    { provider: 1, model: 0, user: 0, project: 1 },
  ]);
  expect(await show('Unpriced models')).toMatchObject([
    { model: 'mystery-1', source: 'cursor-csv', requests: 1, tokens: 50, newest: '2026-03-11 12:30:00.000' },
  ]);
});
