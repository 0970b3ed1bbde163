/** Langfuse's observations held against a generator that knows what they must add up to. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeExportLines } from '../collector/demo/export-lines.ts';
import { generateLangfuse, LANGFUSE_LINES, LANGFUSE_VARIANTS } from '../collector/demo/langfuse.ts';
import { Prng } from '../collector/demo/prng.ts';
import { type UsageExport, writeUsageExport } from '../collector/demo/usage-export.ts';
import { expectLinesAlike, receivedWhole, uploadAs } from './support/export-lines.ts';
import { temporaryFolder } from './support/store.ts';
import { describeUsageExport, expectedRows, truthsOf, useExportBench } from './support/usage-export.ts';

const bench = useExportBench('langfuse');

describe('an export of Langfuse’s observations', () => {
  describeUsageExport(bench, LANGFUSE_VARIANTS, generateLangfuse);

  it.each(LANGFUSE_VARIANTS)('of %s as JSON is the same generations', async (variant) => {
    const from = Date.UTC(2030, variant === 'blob' ? 0 : 1, 1);
    const made = generateLangfuse({ seed: variant, rows: 60, from, until: from + 1e9, variant });
    const table = writeUsageExport(new Prng(variant), 'export.csv', made).content;
    const camel = {
      numbers: ['calculatedTotalCost', 'latency'],
      json: ['usageDetails', 'costDetails', 'input'],
    };
    const how = variant === 'blob' ? LANGFUSE_LINES : camel;
    const texts = (['null', 'left out'] as const).map((empty) =>
      writeExportLines(made.rows, { ...how, empty }),
    );
    await expectLinesAlike(bench, { name: 'langfuse-jsonl', table, texts, made });
  });

  it('as Parquet, with its maps and times as types of their own, is the same generations', async () => {
    const period = { from: Date.UTC(2031, 0, 1), until: Date.UTC(2031, 1, 1) };
    const made = generateLangfuse({ seed: 'parquet', rows: 60, ...period });
    const report = await uploadAs(bench, 'langfuse-parquet', await parquetOf(made), 'parquet');
    expect(report.rejections).toEqual([]);
    expect(report.rows).toMatchObject({ accepted: truthsOf(made).length, rejected: 0 });
    expect(await bench.stored('parquet')).toEqual(expectedRows(truthsOf(made)));
    const table = writeUsageExport(new Prng('parquet'), 'export.csv', made).content;
    const again = await bench.upload(table, 'parquet as a table', 4000);
    expect(again.rows).toMatchObject({ accepted: 0, revised: 0, duplicate: truthsOf(made).length });
  });

  it('sent as one array, as a page of the API, as Parquet, or packed is the same generations', async () => {
    const period = { from: Date.UTC(2033, 0, 1), until: Date.UTC(2033, 1, 1) };
    const made = generateLangfuse({ seed: 'sent', rows: 50, ...period });
    const array = writeExportLines(made.rows, { ...LANGFUSE_LINES, array: true });
    const bodies: [string, Buffer][] = [
      ['array.json', Buffer.from(array)],
      ['page.json', Buffer.from(`{"data": ${array}, "meta": {"page": 1}}`)],
      ['blob.parquet', await parquetOf(made)],
      ['blob.csv.gz', gzipSync(writeUsageExport(new Prng('sent'), 'a.csv', made).content)],
    ];
    const told = await receivedWhole(bench.store(), 'sent', bodies);
    const events = truthsOf(made).length;
    expect(told).toMatchObject([
      { format: 'langfuse-jsonl', status: 'done', rows: { accepted: events, duplicate: 0, rejected: 0 } },
      { format: 'langfuse-jsonl', status: 'done', rows: { accepted: 0, duplicate: events, revised: 0 } },
      { format: 'langfuse-parquet', status: 'done', rows: { accepted: 0, duplicate: events, revised: 0 } },
      { format: 'langfuse', status: 'done', rows: { accepted: 0, duplicate: events, revised: 0 } },
    ]);
    expect(await bench.stored('sent')).toEqual(expectedRows(truthsOf(made)));
  });

  it('of spans alone is read, and has nothing to tell', async () => {
    const period = { from: Date.UTC(2032, 0, 1), until: Date.UTC(2032, 1, 1) };
    const made = generateLangfuse({ seed: 'spans', rows: 60, ...period });
    const rows = made.rows.filter(({ truth }) => !truth);
    const report = await bench.upload(
      writeUsageExport(new Prng(1), 'a.csv', { ...made, rows }).content,
      'spans',
    );
    expect(rows.length).toBeGreaterThan(5);
    expect(report.rows).toMatchObject({ read: 0, rejected: 0 });
  });
});

/** The blob's columns as Langfuse writes them to Parquet: maps, decimals, timestamps. */
async function parquetOf(made: UsageExport): Promise<Buffer> {
  const folder = temporaryFolder('langfuse-parquet');
  const [table, parquet] = [join(folder.path, 'a.csv'), join(folder.path, 'a.parquet')];
  writeFileSync(table, writeUsageExport(new Prng('parquet'), 'a.csv', made).content);
  const typed: Record<string, string> = {
    start_time: `toDateTime64(start_time, 6, 'UTC')`,
    end_time: `toDateTime64OrNull(end_time, 6, 'UTC')`,
    usage_details: `JSONExtract(usage_details, 'Map(String, UInt64)')`,
    cost_details: `JSONExtract(cost_details, 'Map(String, Float64)')`,
    total_cost: `toDecimal128OrNull(total_cost, 12)`,
    latency: `toFloat64OrNull(latency)`,
  };
  const columns = made.header.map((name) => `${typed[name] ?? name} AS ${name}_`);
  const named = made.header.map((name) => `${name}_ AS ${name}`);
  const structure = made.header.map((name) => `${name} String`).join(', ');
  await bench
    .store()
    .command(
      `INSERT INTO FUNCTION file('${parquet}', 'Parquet') SELECT ${named.join(', ')} FROM ` +
        `(SELECT ${columns.join(', ')} FROM file('${table}', 'CSVWithNames', '${structure}'))`,
    );
  const bytes = readFileSync(parquet);
  folder.remove();
  return bytes;
}
