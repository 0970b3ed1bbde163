import { describe, expect, it } from 'vitest';
import type { Recognition } from '../format.ts';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';
import { openaiCostCsv } from './recognise.ts';

const TIMES = 'start_time,end_time,start_time_iso,end_time_iso';
const COST = `${TIMES},amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id,project_name,organization_name,user_email`;

const sample = (header: string) => sampleOf(Buffer.from(`${header}\n`), { name: 'cost.csv', path: '' });
const recognise = (header: string): Recognition => openaiCostCsv.recognise(sample(header));

describe('the recogniser of OpenAI’s costs', () => {
  it.each([
    ['the plain export', COST],
    ['the export with the source of a call', `${COST},api_source`],
    ['other orders, cases and unknown columns', ` AMOUNT_VALUE,new,Amount_Currency,start_time`],
  ])('knows %s, and nobody else does', (_, header) => {
    const found = recogniseSample(sample(header), builtInFormats);
    expect(found).toEqual({ format: openaiCostCsv });
  });

  it('says what is missing', () => {
    expect(recogniseSample(sample(`${TIMES},amount_value`), builtInFormats)).toMatchObject({
      problem: expect.stringContaining(
        'looks like an OpenAI cost export, but has no column "amount_currency"',
      ) as string,
    });
  });

  it.each([
    [
      'usage',
      `${TIMES},project_id,num_model_requests,model,input_tokens,output_tokens,input_cached_tokens`,
      'near',
    ],
    ['a period without anything', TIMES, 'other'],
    ['another table', 'Date,Model,Cost', 'other'],
  ])('leaves %s to others', (_, header, is) => {
    expect(recognise(header).is).toBe(is);
  });
});
