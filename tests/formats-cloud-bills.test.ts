/** Bills of AWS, Google Cloud, Azure and DeepSeek held against generators that know what they must add up to. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AZURE_VARIANTS, generateAzure } from '../collector/demo/azure-cost.ts';
import { BEDROCK_VARIANTS, generateBedrock } from '../collector/demo/bedrock-cur.ts';
import { DAY } from '../collector/demo/clock.ts';
import { DEEPSEEK_VARIANTS, generateDeepseekCost } from '../collector/demo/deepseek.ts';
import { GCP_VARIANTS, generateGcp } from '../collector/demo/gcp-billing.ts';
import { bedrockCurUsage } from '../collector/formats/bedrock-cur/recognise.ts';
import { builtInFormats } from '../collector/formats/index.ts';
import { readSample, recogniseSample } from '../collector/formats/recognise.ts';
import { type MakeBill, sorted, storedBills, useBillBench, writing } from './support/bills.ts';
import { readFile } from './support/read-fixture.ts';

const bench = useBillBench('cloud-bills');
const { period, upload } = bench;

const MAKERS: [string, string, MakeBill][] = [
  ...BEDROCK_VARIANTS.map((variant): [string, string, MakeBill] => [
    `AWS, ${variant}`,
    'bedrock-cur',
    (when, how) => generateBedrock({ ...when, ...how, variant }),
  ]),
  ...GCP_VARIANTS.map((variant): [string, string, MakeBill] => [
    `Google Cloud, ${variant}`,
    'gcp-billing',
    (when, how) => generateGcp({ ...when, ...how, variant }),
  ]),
  ...AZURE_VARIANTS.map((variant): [string, string, MakeBill] => [
    `Azure, ${variant}`,
    'azure-cost',
    (when, how) => generateAzure({ ...when, ...how, variant }),
  ]),
  ...DEEPSEEK_VARIANTS.map((variant): [string, string, MakeBill] => [
    `DeepSeek, ${variant}`,
    'deepseek-cost',
    (when, how) => generateDeepseekCost({ ...when, ...how, variant }),
  ]),
];

describe.each(MAKERS)('a bill of %s', (_, source, make) => {
  it('says what it says however it is written, and nothing more when it comes again', async () => {
    await fc.assert(
      fc.asyncProperty(writing, writing, async (how, other) => {
        const when = period();
        const made = make(when, how);
        const dataset = `bill ${when.seed}`;
        const report = await upload(made.file.content, dataset);
        expect(report.rejections).toEqual([]);
        const rows = { read: made.truth.length, accepted: made.truth.length };
        expect(report.rows).toEqual({ ...rows, duplicate: 0, rejected: 0, revised: 0 });
        expect(await storedBills(bench.store(), dataset)).toEqual(sorted(made.truth));
        const again = await upload(make(when, other).file.content, `${dataset} again`, {
          arrivedAt: 1_700_000_000_001,
        });
        expect(again.rows).toMatchObject({ accepted: 0, revised: 0, duplicate: made.truth.length });
        expect(await storedBills(bench.store(), dataset)).toEqual(sorted(made.truth));
        expect(
          await bench
            .store()
            .rows(`SELECT DISTINCT source FROM tallyd.billed_costs WHERE dataset = '${dataset}'`),
        ).toEqual([{ source }]);
      }),
      { numRuns: 2 },
    );
  });

  it('in two exports of days that overlap is their union, in either order, and never usage', async () => {
    await fc.assert(
      fc.asyncProperty(writing, writing, fc.boolean(), async (how, other, backwards) => {
        const when = period();
        const dataset = `union ${when.seed}`;
        const parts = [
          make(when, { ...how, shownUntil: when.from + 6 * DAY }),
          make(when, { ...other, shownFrom: when.from + 3 * DAY }),
        ];
        if (backwards) parts.reverse();
        for (const [i, part] of parts.entries())
          expect((await upload(part.file.content, dataset, { arrivedAt: 1000 + i })).rows.rejected).toBe(0);
        expect(await storedBills(bench.store(), dataset)).toEqual(sorted(make(when, {}).truth));
        expect(
          await bench.store().rows(`SELECT count() AS n FROM tallyd.usage WHERE dataset = '${dataset}'`),
        ).toEqual([{ n: 0 }]);
      }),
      { numRuns: 2 },
    );
  });
});

/** The table as AWS writes it to Parquet: dates and numbers of their own types, tags as a map. */
async function parquetOf(content: string): Promise<string> {
  const [table, parquet] = [bench.write(content), bench.path('parquet')];
  const header = content.split('\n', 1)[0]!.split(',');
  const columns = header.map((name) => {
    if (name.endsWith('_date')) return `parseDateTime64BestEffort(${name}, 3, 'UTC')`;
    return /_cost$|_amount$/.test(name) ? `toFloat64OrNull(${name})` : name;
  });
  const typed = columns.map((column, i) => `${column} AS t${i}`);
  await bench
    .store()
    .command(
      `INSERT INTO FUNCTION file('${parquet}', 'Parquet') SELECT ${header.map((name, i) => `t${i} AS ${name}`).join(', ')}, ` +
        `map('team', 'shop') AS resource_tags, ['a'] AS list FROM (SELECT ${typed.join(', ')} FROM ` +
        `file('${table}', 'CSVWithNames', '${header.map((name) => `${name} String`).join(', ')}'))`,
    );
  return parquet;
}

describe('the Cost and Usage Report of AWS', () => {
  it('as Parquet is the same lines as its CSV', async () => {
    const when = period();
    const made = generateBedrock({ ...when });
    const path = await parquetOf(made.file.content);
    const { report, format } = await readFile(bench.store(), path, {
      formats: builtInFormats,
      dataset: 'parquet',
    });
    expect(format.name).toBe('bedrock-cur-parquet');
    expect(report.rejections).toEqual([]);
    // a float has 15 digits of a cost that has 10 after the point
    expect(await storedBills(bench.store(), 'parquet')).toEqual(sorted(made.truth));
    expect((await upload(made.file.content, 'as CSV')).rows).toMatchObject({ accepted: 0 });
  });

  it('compressed is told to be sent with its encoding', async () => {
    const path = bench.write(gzipSync(generateBedrock({ ...period() }).file.content));
    expect(recogniseSample(await readSample(path), builtInFormats)).toEqual({
      problem: expect.stringContaining('Content-Encoding: gzip') as unknown,
    });
  });

  it.each(BEDROCK_VARIANTS)(
    'of %s, asked for as usage, gives its tokens in thousands and millions',
    async (variant) => {
      const made = generateBedrock({ ...period(), variant });
      const dataset = `usage of ${variant}`;
      const options = { formats: builtInFormats, format: bedrockCurUsage, dataset };
      const { report } = await readFile(bench.store(), bench.write(made.file.content), options);
      expect(report.rejections).toEqual([]);
      const rows = await bench
        .store()
        .rows<{ ts: number; model: string; tokens: number[]; requests: number }>(
          `SELECT toUnixTimestamp64Milli(ts) AS ts, model, [input_tokens, output_tokens, cache_read_tokens, ` +
            `cache_write_5m_tokens, cache_write_1h_tokens] AS tokens, requests FROM tallyd.usage ` +
            `WHERE dataset = '${dataset}' AND total_tokens > 0`,
        );
      const kinds = ['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h'];
      const told = rows.map(({ ts, model, tokens, requests }) => [
        Number(ts),
        model,
        tokens.map(Number),
        requests,
      ]);
      const true_ = made.tokens.map(({ ts, model, kind, tokens }) => [
        ts,
        model,
        kinds.map((one) => (one === kind ? tokens : 0)),
        0,
      ]);
      const text = (lines: unknown[][]) => lines.map((line) => JSON.stringify(line)).sort();
      expect(text(told)).toEqual(text(true_));
      expect(
        await bench.store().rows(`SELECT count() AS n FROM tallyd.billed_costs WHERE dataset = '${dataset}'`),
      ).toEqual([{ n: 0 }]);
    },
  );
});

it('a fixture of one cloud is recognised by no other cloud’s format', async () => {
  const names = ['bedrock-cur', 'gcp-billing', 'azure-cost', 'deepseek-cost'];
  const made = MAKERS.filter(([title]) => !title.endsWith('lines')).map(([, source, make]) => ({
    source,
    path: bench.write(make(period(), {}).file.content),
  }));
  for (const { source, path } of made) {
    expect(readFileSync(path).length).toBeGreaterThan(100);
    const found = recogniseSample(await readSample(path), builtInFormats);
    expect('format' in found && found.format.name).toBe(source);
    expect(names).toContain(source);
  }
});
