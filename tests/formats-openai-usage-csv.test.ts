/** OpenAI's exports of usage held against a generator that knows what they must add up to. */
import { describe, expect, it } from 'vitest';
import { OPENAI_VARIANTS, generateOpenaiUsage } from '../collector/demo/openai-usage-csv.ts';
import { Prng } from '../collector/demo/prng.ts';
import { writeUsageExport } from '../collector/demo/usage-export.ts';
import { describeUsageExport, expectedRows, truthsOf, useExportBench } from './support/usage-export.ts';

const bench = useExportBench('openai-usage-csv');

describe('an OpenAI usage export', () => {
  describeUsageExport(bench, OPENAI_VARIANTS, generateOpenaiUsage, ['nothing']);
});

const HEADER =
  'start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,' +
  'service_tier,input_tokens,output_tokens,input_cached_tokens,input_cache_write_tokens,input_uncached_tokens\n';
const times = (start: number, seconds: number) => {
  const iso = (second: number) => `${new Date(second * 1000).toISOString().slice(0, 19)}+00:00`;
  return [start, start + seconds, iso(start), iso(start + seconds)].join(',');
};

async function sums(dataset: string): Promise<unknown> {
  const [row] = await bench
    .store()
    .rows(
      `SELECT count() AS events, toInt32(sum(requests)) AS requests, toInt32(sum(total_tokens)) AS tokens ` +
        `FROM tallyd.usage WHERE dataset = '${dataset}'`,
    );
  return row;
}

describe('a bucket of OpenAI', () => {
  it.each(['1m', '1h', '1d'] as const)(
    'of %s counts many requests and says how long it is',
    async (bucket) => {
      const from = Date.UTC(2014, 0, 1);
      const made = generateOpenaiUsage({
        seed: bucket,
        rows: 60,
        from,
        until: from + 3 * 86_400_000,
        bucket,
      });
      const file = writeUsageExport(new Prng(bucket), 'usage.csv', made);
      await bench.upload(file.content, `buckets of ${bucket}`);
      expect(await bench.stored(`buckets of ${bucket}`)).toEqual(expectedRows(truthsOf(made)));
    },
  );

  it('that has grown since it was exported counts as it is later, also when the earlier export comes last', async () => {
    const row = (requests: number, input: number) =>
      `${times(1_400_025_600, 86_400)},p,${requests}.0,u,k,gpt-5.4,False,default,${input}.0,5.0,0.0,0.0,${input}.0\n`;
    const later = await bench.upload(HEADER + row(9, 900), 'grown', 2000);
    const earlier = await bench.upload(HEADER + row(4, 400), 'grown', 1000);
    expect([later.rows.accepted, earlier.rows.accepted]).toEqual([1, 0]);
    expect(await sums('grown')).toEqual({ events: 1, requests: 9, tokens: 905 });
  });

  it('in which nothing was used is no event and no rejection, with or without the empty cells', async () => {
    const empty = `${times(1_400_112_000, 86_400)}`;
    const report = await bench.upload(`${HEADER}${empty}${','.repeat(12)}\n${empty}\n`, 'empty');
    expect(report.rows).toMatchObject({ read: 0, accepted: 0, rejected: 0 });
  });

  it('without usage and a bucket of rubbish is rejected whole, so that the file cannot pass for read', async () => {
    const report = await bench.upload(
      `${HEADER}when,ever,,,p,1.0,u,k,m,False,default,1.0,1.0,0.0,0.0,1.0\n`,
      'rubbish',
    );
    expect(report.rows).toMatchObject({ read: 1, accepted: 0, rejected: 1 });
  });
});
