/** Providers' usage exports, held against the generators that know what is true of their rows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY } from '../../collector/demo/clock.ts';
import { Prng } from '../../collector/demo/prng.ts';
import {
  type ExportOptions,
  type ExportTruth,
  type ExportWriting,
  type UsageExport,
  writeUsageExport,
} from '../../collector/demo/usage-export.ts';
import { builtInFormats } from '../../collector/formats/index.ts';
import type { Store } from '../../collector/store/store.ts';
import type { BatchReport } from '../../collector/store/types.ts';
import { readFile } from './read-fixture.ts';
import { openTestStore, temporaryFolder } from './store.ts';

/** Ways to write an export; none of them changes what it says. */
const writing: fc.Arbitrary<ExportWriting> = fc.record({
  bom: fc.boolean(),
  crlf: fc.boolean(),
  quote: fc.constantFrom('all', 'minimal'),
  finalNewline: fc.boolean(),
  blankLines: fc.nat(3),
  shuffleRows: fc.boolean(),
  shuffleColumns: fc.boolean(),
  extraColumns: fc.boolean(),
});

const QUIRKS: Record<string, Partial<ExportWriting>> = {
  'plainly, as it comes': {},
  'with a byte order mark and CRLF': { bom: true, crlf: true },
  'with every cell quoted': { quote: 'all' },
  'without the last newline': { finalNewline: false },
  'with blank lines at the end': { blankLines: 4, crlf: true },
  'with its rows in another order': { shuffleRows: true },
  'with its columns in another order': { shuffleColumns: true },
  'with columns that nobody knows': { extraColumns: true },
};

/** A store, and files that are written and read into it. */
export interface ExportBench {
  /** Reads content as an upload is read. */
  upload(content: string, dataset: string, arrivedAt?: number): Promise<BatchReport>;
  /** Sorted texts, one per event, to be compared with {@link expectedRows}. */
  stored(dataset: string): Promise<string[]>;
  store(): Store;
}

/** Opens a store for the test file: one per file, for one process has one engine. */
export function useExportBench(format: string): ExportBench {
  const folder = temporaryFolder(format);
  let store: Store;
  let files = 0;
  beforeAll(async () => {
    store = await openTestStore(join(folder.path, 'store'));
  });
  afterAll(async () => {
    await store.close();
    folder.remove();
  });
  return {
    store: () => store,
    async upload(content, dataset, arrivedAt = 1000) {
      const path = join(folder.path, `export-${++files}.csv`);
      writeFileSync(path, content);
      const read = await readFile(store, path, { formats: builtInFormats, dataset, arrivedAt });
      expect(read.format.name).toBe(format);
      return read.report;
    },
    stored: (dataset) => storedRows(store, dataset),
  };
}

const COUNTS = [
  ['requests', 'requests'],
  ['input', 'input_tokens'],
  ['cacheWrite5m', 'cache_write_5m_tokens'],
  ['cacheWrite1h', 'cache_write_1h_tokens'],
  ['cacheRead', 'cache_read_tokens'],
  ['output', 'output_tokens'],
  ['reasoning', 'reasoning_tokens'],
] as const satisfies readonly (readonly [keyof ExportTruth, string])[];

async function storedRows(store: Store, dataset: string): Promise<string[]> {
  const rows = await store.rows<Record<string, unknown> & { tags: Record<string, string> }>(
    `SELECT toUnixTimestamp64Milli(ts) AS at, grain, provider, model, user, project, request_id, status, billable, tags, ` +
      `${COUNTS.map(([, column]) => column).join(', ')}, total_tokens, duration_ms, toString(reported_cost_usd) AS usd, speed ` +
      `FROM tallyd.usage AS event INNER JOIN (SELECT event_id, speed FROM tallyd.usage_events FINAL) AS kept USING (event_id) ` +
      `WHERE dataset = '${dataset}'`,
  );
  return rows
    .map((row) => ({
      ts: Number(row.at),
      said: [row.grain, row.provider, row.model, row.user, row.project, row.request_id, row.status],
      billable: row.billable,
      speed: row.speed,
      counts: COUNTS.map(([, column]) => Number(row[column])),
      total: Number(row.total_tokens),
      ms: row.duration_ms === null ? undefined : Number(row.duration_ms),
      usd: row.usd === null ? undefined : Number(row.usd),
      tags: sorted(row.tags),
    }))
    .map((row) => JSON.stringify(row))
    .sort();
}

/** What {@link ExportBench.stored} must give for rows. */
export function expectedRows(truths: readonly ExportTruth[]): string[] {
  return truths
    .map((row) => ({
      ts: row.ts,
      said: [row.grain, row.provider, row.model, row.user, row.project, row.requestId, row.status],
      billable: row.billable,
      speed: row.speed,
      counts: COUNTS.map(([name]) => row[name]),
      total: row.input + row.cacheWrite5m + row.cacheWrite1h + row.cacheRead + row.output,
      ms: row.durationMs,
      usd: row.reportedCostUsd === undefined ? undefined : Number(row.reportedCostUsd),
      tags: sorted(row.tags),
    }))
    .map((row) => JSON.stringify(row))
    .sort();
}

const sorted = (tags: Record<string, string>) => Object.fromEntries(Object.entries(tags).sort());

export function truthsOf({ rows }: UsageExport): ExportTruth[] {
  return rows.flatMap(({ truth }) => truth ?? []);
}

/**
 * Tests that hold for every export, whatever it tells.
 *
 * @param bare variants that are known by having no other columns
 */
export function describeUsageExport<Variant extends string>(
  bench: ExportBench,
  variants: readonly Variant[],
  make: (options: ExportOptions & { variant: Variant }) => UsageExport,
  bare: readonly Variant[] = [],
): void {
  let accounts = 0;
  /** An account of its own days: equal events of two accounts would be one. */
  const account = (variant: Variant, rows = 40): UsageExport => {
    const from = Date.UTC(2015, 0, 1) + ++accounts * 20 * DAY;
    return make({ seed: accounts, rows, from, until: from + 10 * DAY, variant });
  };
  const write = (made: UsageExport, how: Partial<ExportWriting>) =>
    writeUsageExport(new Prng(accounts).fork('writing'), 'export.csv', made, how).content;

  const expectAll = async (made: UsageExport, content: string): Promise<void> => {
    const [dataset, truths] = [`account ${accounts}`, truthsOf(made)];
    const report = await bench.upload(content, dataset);
    expect(report.rejections).toEqual([]);
    expect(report.rows).toMatchObject({ accepted: truths.length, duplicate: 0, rejected: 0 });
    expect(await bench.stored(dataset)).toEqual(expectedRows(truths));
  };

  // How a table is written does not hang on its header: each way by itself is tried with one header,
  // and every header with ways that are drawn.
  const usual = variants.find((variant) => !bare.includes(variant))!;
  it.each(Object.entries(QUIRKS))('says what it says when written %s', async (_, how) => {
    const made = account(usual);
    await expectAll(made, write(made, how));
  });

  describe.each(variants)('of header %s', (variant) => {
    const widened = !bare.includes(variant);
    const written = writing.map((how) => ({ ...how, extraColumns: how.extraColumns && widened }));

    it('says what it says however it is written, and the same when it comes again', async () => {
      await fc.assert(
        fc.asyncProperty(written, fc.integer({ min: 1, max: 60 }), async (how, rows) => {
          const made = account(variant, rows);
          const content = write(made, how);
          await expectAll(made, content);
          const again = await bench.upload(content, `account ${accounts} again`, 2000);
          expect(again.rows).toMatchObject({
            accepted: 0,
            revised: 0,
            rejected: 0,
            duplicate: truthsOf(made).length,
          });
        }),
        { numRuns: 3 },
      );
    });

    it('gives its union in two files that overlap or do not, in either order', async () => {
      await fc.assert(
        fc.asyncProperty(written, written, fc.nat(), fc.nat(), async (how, other, one, two) => {
          const made = account(variant);
          const moments = made.rows.map(({ ts }) => ts).sort((a, b) => a - b);
          const [from, until] = [one, two]
            .map((pick) => moments[pick % moments.length]!)
            .sort((a, b) => a - b) as [number, number];
          const parts = [
            write({ ...made, rows: made.rows.filter(({ ts }) => ts <= until) }, how),
            write({ ...made, rows: made.rows.filter(({ ts }) => ts >= from || ts > until) }, other),
          ];
          const dataset = `union ${accounts}`;
          for (const part of one % 2 ? parts : parts.reverse())
            expect((await bench.upload(part, dataset)).rows.rejected).toBe(0);
          expect(await bench.stored(dataset)).toEqual(expectedRows(truthsOf(made)));
        }),
        { numRuns: 2 },
      );
    });
  });
}
