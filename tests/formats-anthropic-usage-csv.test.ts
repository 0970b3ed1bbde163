/** Anthropic's exports of tokens held against a generator that knows what they must add up to. */
import { describe, expect, it } from 'vitest';
import { ANTHROPIC_VARIANTS, generateAnthropicUsage } from '../collector/demo/anthropic-usage-csv.ts';
import { Prng } from '../collector/demo/prng.ts';
import { writeUsageExport } from '../collector/demo/usage-export.ts';
import { describeUsageExport, expectedRows, truthsOf, useExportBench } from './support/usage-export.ts';

const bench = useExportBench('anthropic-usage-csv');

describe('an Anthropic usage export', () => {
  describeUsageExport(bench, ANTHROPIC_VARIANTS, generateAnthropicUsage);
});

const START =
  'usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache';
const OLD = `${START},usage_input_tokens_cache_write,usage_input_tokens_cache_read,usage_output_tokens,web_search_count\n`;
const NEW =
  `${START},usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,` +
  'usage_output_tokens,web_search_count,inference_geo,speed\n';
const DAY_OF = '2014-05-02,claude-opus-4-6,k,Default,standard,≤ 200k';

async function tokens(dataset: string): Promise<unknown[]> {
  return await bench
    .store()
    .rows(
      `SELECT toInt32(input_tokens) AS input, toInt32(cache_write_5m_tokens) AS write_5m, ` +
        `toInt32(cache_write_1h_tokens) AS write_1h, toInt32(output_tokens) AS output FROM tallyd.usage WHERE dataset = '${dataset}'`,
    );
}

describe('a day of Anthropic', () => {
  it('of hours is told apart by the hour', async () => {
    const from = Date.UTC(2013, 0, 1);
    const made = generateAnthropicUsage({
      seed: 'hours',
      rows: 60,
      from,
      until: from + 3 * 86_400_000,
      hours: true,
    });
    await bench.upload(writeUsageExport(new Prng('hours'), 'hours.csv', made).content, 'hours');
    expect(await bench.stored('hours')).toEqual(expectedRows(truthsOf(made)));
  });

  it('exported in the older header and again in the newer is one day, as the later export has it', async () => {
    await bench.upload(`${OLD}${DAY_OF},10,700,5,3,0\n`, 'headers', 1000);
    await bench.upload(`${NEW}${DAY_OF},20,300,400,5,6,0,not_available,\n`, 'headers', 2000);
    expect(await tokens('headers')).toEqual([{ input: 20, write_5m: 300, write_1h: 400, output: 6 }]);
  });

  it('counts rows that are alike in everything as often as one export has them', async () => {
    const row = `${DAY_OF.replace('2014', '2012')},10,0,0,0,3,0,global,\n`;
    const twice = await bench.upload(NEW + row + row, 'alike');
    const again = await bench.upload(NEW + row, 'alike');
    expect([twice.rows.accepted, again.rows.accepted]).toEqual([2, 0]);
  });

  it('is never a request in percentiles, and counts none', async () => {
    await bench.upload(`${NEW}${DAY_OF.replace('2014', '2011')},1,0,0,0,1,0,global,\n`, 'grain');
    expect(
      await bench
        .store()
        .rows(`SELECT grain, toInt32(requests) AS requests FROM tallyd.usage WHERE dataset = 'grain'`),
    ).toEqual([{ grain: 'bucket', requests: 0 }]);
  });
});
