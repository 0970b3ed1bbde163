/** OpenRouter's exports of activity held against a generator that knows what they must add up to. */
import { describe, expect, it } from 'vitest';
import { OPENROUTER_VARIANTS, generateOpenrouter } from '../collector/demo/openrouter-csv.ts';
import { describeUsageExport, useExportBench } from './support/usage-export.ts';

const bench = useExportBench('openrouter-csv');

describe('an OpenRouter export', () => {
  describeUsageExport(bench, OPENROUTER_VARIANTS, generateOpenrouter);
});

const HEADER =
  'generation_id,created_at,cost_total,cost_cache,byok_usage_inference,tokens_prompt,tokens_completion,' +
  'tokens_reasoning,tokens_cached,model_permaslug,cancelled\n';

async function costs(dataset: string): Promise<unknown[]> {
  return await bench
    .store()
    .rows(
      `SELECT request_id AS id, toFloat64(reported_cost_usd) AS usd, toInt32(total_tokens) AS tokens, status ` +
        `FROM tallyd.usage WHERE dataset = '${dataset}' ORDER BY id`,
    );
}

describe('a request of OpenRouter', () => {
  it('costs its total, whatever part of it the cache saved or was charged for, and what went to one’s own key', async () => {
    const rows = [
      'gen-a,2014-01-01 00:00:00.5,0.25,-0.5,0,100,10,0,90,openai/gpt-5.4,false',
      'gen-b,2014-01-01 00:00:00.5,0.25,0.125,0,100,10,0,0,openai/gpt-5.4,false',
      'gen-c,2014-01-01 00:00:00.5,0.25,,2,100,10,0,0,openai/gpt-5.4,false',
      'gen-d,2014-01-01 00:00:00.5,,,,100,,,,openai/gpt-5.4,true',
    ];
    await bench.upload(`${HEADER}${rows.join('\n')}\n`, 'costs');
    expect(await costs('costs')).toEqual([
      { id: 'gen-a', usd: 0.25, tokens: 110, status: 'ok' },
      { id: 'gen-b', usd: 0.25, tokens: 110, status: 'ok' },
      { id: 'gen-c', usd: 2.25, tokens: 110, status: 'ok' },
      { id: 'gen-d', usd: null, tokens: 100, status: 'aborted' },
    ]);
  });

  it('exported again beside newer ones is the same request, with what the later export says of it', async () => {
    const row = (id: string, usd: string) =>
      `${id},2014-02-01 00:00:00,${usd},,0,100,10,0,0,openai/gpt-5.4,false\n`;
    await bench.upload(HEADER + row('gen-e', '0.5'), 'again', 1000);
    const later = await bench.upload(HEADER + row('gen-f', '0.75') + row('gen-e', '0.625'), 'again', 2000);
    expect(later.rows).toMatchObject({ accepted: 1, duplicate: 1, revised: 1 });
    expect(await costs('again')).toMatchObject([{ usd: 0.625 }, { usd: 0.75 }]);
  });
});
