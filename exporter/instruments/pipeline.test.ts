import { afterEach, expect, it } from 'vitest';
import type { Exporter } from '../exporter.ts';
import { batch, scrape, startExporter, valueOf } from '../testing.ts';

let exporter: Exporter;
afterEach(() => exporter.stop());

it('counts records by what became of them', async () => {
  exporter = await startExporter();
  const rows = { read: 10, accepted: 6, duplicate: 3, rejected: 1, revised: 2 };
  const bytes = 500;
  exporter.telemetry.batchStored(batch({ rows, bytes, rejectedByReason: { 'no timestamp': 1 } }));
  exporter.telemetry.batchStored(batch({ rows, bytes, rejectedByReason: { 'no timestamp': 1 } }));
  const text = await scrape(exporter);
  const from = { source: 'claude-code', via: 'tail' };
  expect(valueOf(text, 'tallyd_records_total', { ...from, outcome: 'accepted' })).toBe(12);
  expect(valueOf(text, 'tallyd_records_total', { ...from, outcome: 'duplicate' })).toBe(6);
  expect(valueOf(text, 'tallyd_records_total', { ...from, outcome: 'rejected' })).toBe(2);
  expect(valueOf(text, 'tallyd_records_revised_total', { source: 'claude-code' })).toBe(4);
  expect(valueOf(text, 'tallyd_records_rejected_total', { reason: 'no timestamp' })).toBe(2);
  expect(valueOf(text, 'tallyd_bytes_total', from)).toBe(1000);
  expect(valueOf(text, 'tallyd_batch_records_sum', from)).toBe(20);
  expect(valueOf(text, 'tallyd_batch_duration_seconds_bucket', { ...from, le: '0.01' })).toBe(2);
});

it('shows failures from 0 on and counts each attempt', async () => {
  exporter = await startExporter();
  exporter.telemetry.batchStored(batch({ source: 'codex' }));
  expect(valueOf(await scrape(exporter), 'tallyd_batches_failed_total', { source: 'codex' })).toBe(0);
  exporter.telemetry.batchFailed({ source: 'codex', via: 'tail', error: new Error('no') });
  exporter.telemetry.batchFailed({ source: 'codex', via: 'tail', error: new Error('no') });
  expect(valueOf(await scrape(exporter), 'tallyd_batches_failed_total', { source: 'codex' })).toBe(2);
});

it('gathers reasons beyond the first 50 under other', async () => {
  exporter = await startExporter();
  const reasons = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`reason ${i}`, 1]));
  exporter.telemetry.batchStored(batch({ rejectedByReason: reasons }));
  const text = await scrape(exporter);
  expect(text.match(/^tallyd_records_rejected_total\{/gm)).toHaveLength(51);
  expect(valueOf(text, 'tallyd_records_rejected_total', { reason: 'other' })).toBe(30);
});

it('times uploads by how they ended', async () => {
  exporter = await startExporter();
  exporter.telemetry.uploadFinished({ source: 'cursor-csv', status: 'done', bytes: 1, seconds: 0.2 });
  exporter.telemetry.uploadFinished({ source: '', status: 'failed', bytes: 1, seconds: 40 });
  const text = await scrape(exporter);
  expect(
    valueOf(text, 'tallyd_upload_duration_seconds_count', { source: 'cursor-csv', status: 'done' }),
  ).toBe(1);
  expect(valueOf(text, 'tallyd_upload_duration_seconds_sum', { source: 'unknown', status: 'failed' })).toBe(
    40,
  );
});

it('says how far each source is behind, as last reported', async () => {
  exporter = await startExporter();
  const source = 'claude-code';
  exporter.telemetry.tailLag({ source, files: 9, bytesBehind: 9, secondsBehind: 9 });
  exporter.telemetry.tailLag({ source, files: 2, bytesBehind: 0, secondsBehind: 0 });
  exporter.telemetry.tailLag({ source: 'codex', files: 1, bytesBehind: 77, secondsBehind: 1.5 });
  const text = await scrape(exporter);
  expect(valueOf(text, 'tallyd_tail_files', { source })).toBe(2);
  expect(valueOf(text, 'tallyd_tail_lag_bytes', { source })).toBe(0);
  expect(valueOf(text, 'tallyd_tail_lag_bytes', { source: 'codex' })).toBe(77);
  expect(valueOf(text, 'tallyd_tail_lag_seconds', { source: 'codex' })).toBe(1.5);
});

it('lets the newest event age between scrapes, whatever is stored of older ones', async () => {
  let now = 1_000_000;
  exporter = await startExporter({ now: () => now });
  const age = async () => valueOf(await scrape(exporter), 'tallyd_newest_event_age_seconds');
  exporter.telemetry.batchStored(batch({ newestEventAt: 995_000 }));
  exporter.telemetry.batchStored(batch({ newestEventAt: 5 }));
  exporter.telemetry.batchStored(batch());
  expect(await age()).toBe(5);
  now += 60_000;
  expect(await age()).toBe(65);
  exporter.telemetry.batchStored(batch({ newestEventAt: now + 5000 }));
  expect(await age()).toBe(0);
});
