import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';
import { openaiUsageCsv } from './recognise.ts';

const sample = (header: string) => sampleOf(Buffer.from(`${header}\n`), { name: 'x.csv', path: '' });

function answer(header: string): string {
  const result = recogniseSample(sample(header), builtInFormats);
  return 'format' in result ? result.format.name : result.problem;
}

const TIMES = 'start_time,end_time,start_time_iso,end_time_iso';
const GROUPS = 'project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier';
const COST = `${TIMES},amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id`;

describe('OpenAI’s export of usage', () => {
  it.each([
    `${TIMES},${GROUPS},input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens`,
    `output_tokens,MODEL, Input_Tokens ,whatever,num_model_requests,end_time,start_time`,
    `${TIMES},model,num_model_requests,input_tokens`,
    openaiUsageCsv.about!.example,
  ])('is known by %s', (header) => {
    expect(answer(header)).toBe('openai-usage-csv');
  });

  it('of a period without usage has times alone, and is then no export of costs', () => {
    expect(answer(TIMES)).toBe('openai-usage-csv');
    expect(answer(`${TIMES},`)).toBe('openai-usage-csv');
    expect(answer('end_time_iso,start_time_iso,end_time,START_TIME')).toBe('openai-usage-csv');
    expect(answer(`${TIMES}\n1,2,3,4`)).toBe('openai-usage-csv');
  });

  it('is not the export of costs whose header lost its end: its records are longer', () => {
    expect(answer(`${TIMES},\n,amount_currency,quantity,quantity_unit,line_item,user_id`)).toMatch(
      /looks like an OpenAI usage export, but has neither/,
    );
  });

  it('is not the export of costs, which is a bill', () => {
    expect(openaiUsageCsv.recognise(sample(COST))).toEqual({ is: 'other' });
    expect(answer(COST)).toBe('openai-cost-csv');
  });

  it.each([
    [`${TIMES},${GROUPS},output_tokens`, 'has no column "input_tokens"'],
    [`${TIMES},${GROUPS},input_tokens,input_cached_tokens`, 'has no column "output_tokens"'],
    [`${TIMES},model,images`, 'has neither a column "num_model_requests" nor "input_tokens"'],
    [`start_time,input_tokens,output_tokens,num_model_requests`, 'has no column "end_time"'],
  ])('with the header %s is told what is missing', (header, difference) => {
    expect(openaiUsageCsv.recognise(sample(header))).toMatchObject({ is: 'near', difference });
  });

  it.each(['start_time,end_time,model,cost', 'a,b', 'timestamp,model,input_tokens,output_tokens'])(
    'is not %s',
    (header) => {
      expect(openaiUsageCsv.recognise(sample(header))).toEqual({ is: 'other' });
    },
  );
});
