/** DeepSeek's exports of usage held against a generator that knows what they must add up to. */
import { describe, expect, it } from 'vitest';
import { DEEPSEEK_VARIANTS, generateDeepseek, generateDeepseekCost } from '../collector/demo/deepseek.ts';
import { Prng } from '../collector/demo/prng.ts';
import { writeUsageExport } from '../collector/demo/usage-export.ts';
import { uploadAs } from './support/export-lines.ts';
import { describeUsageExport, expectedRows, truthsOf, useExportBench } from './support/usage-export.ts';

const bench = useExportBench('deepseek');
const period = { from: Date.UTC(2030, 0, 1), until: Date.UTC(2030, 0, 8) };

describe('a DeepSeek export of usage', () => {
  describeUsageExport(bench, DEEPSEEK_VARIANTS, generateDeepseek);

  it('cut anywhere between two rows tells in each part what that part says', async () => {
    const made = generateDeepseek({ seed: 'cut', rows: 41, ...period });
    for (const rows of [made.rows.slice(0, 17), made.rows.slice(17)])
      await bench.upload(writeUsageExport(new Prng(1), 'a.csv', { ...made, rows }).content, 'cut');
    expect(await bench.stored('cut')).toEqual(expectedRows(truthsOf(made)));
  });

  it('beside the bill of the same days doubles no spend', async () => {
    const made = generateDeepseek({ seed: 'both', rows: 40, ...period });
    await bench.upload(writeUsageExport(new Prng(1), 'a.csv', made).content, 'both');
    const spend = () =>
      bench
        .store()
        .rows(`SELECT toString(sum(cost_usd)) AS usd, count() AS n FROM tallyd.usage WHERE dataset = 'both'`);
    const before = await spend();
    const bill = generateDeepseekCost({ seed: 'both', ...period });
    const report = await uploadAs(bench, 'deepseek-cost', bill.file.content, 'both');
    expect(report.rows).toMatchObject({ accepted: bill.truth.length, rejected: 0 });
    expect(await spend()).toEqual(before);
    expect(
      await bench
        .store()
        .rows(
          `SELECT count() AS n FROM tallyd.billed_vs_calculated WHERE provider = 'deepseek' AND day >= '2030-01-01' AND day < '2030-01-08'`,
        ),
    ).not.toEqual([{ n: 0 }]);
  });
});
