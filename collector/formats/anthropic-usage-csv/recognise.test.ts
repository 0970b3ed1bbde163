import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';
import { anthropicUsageCsv } from './recognise.ts';

const sample = (header: string) => sampleOf(Buffer.from(`${header}\n`), { name: 'x.csv', path: '' });

function answer(header: string): string {
  const result = recogniseSample(sample(header), builtInFormats);
  return 'format' in result ? result.format.name : result.problem;
}

const GROUPS = 'usage_date_utc,model_version,api_key,workspace,usage_type,context_window';
const INPUT = 'usage_input_tokens_no_cache';

describe('Anthropic’s export of tokens', () => {
  it.each([
    `${GROUPS},${INPUT},usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed`,
    `${GROUPS},${INPUT},usage_input_tokens_cache_write,usage_input_tokens_cache_read,usage_output_tokens,web_search_count`,
    `usage_output_tokens,x,${INPUT.toUpperCase()},model_version, usage_date_utc `,
    anthropicUsageCsv.about!.example,
  ])('is known by %s', (header) => {
    expect(answer(header)).toBe('anthropic-usage-csv');
  });

  it.each([
    'usage_date_utc,model,workspace,api_key,usage_type,token_type,cost_usd',
    'usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,inference_geo,speed',
  ])('is not the export of costs %s, which is a bill', (header) => {
    expect(anthropicUsageCsv.recognise(sample(header))).toEqual({ is: 'other' });
    expect(answer(header)).toBe('anthropic-cost-csv');
  });

  it.each([
    [`${GROUPS},${INPUT}`, 'has no column "usage_output_tokens"'],
    [`${GROUPS},usage_output_tokens`, 'has no column "usage_input_tokens_no_cache"'],
    [`model_version,${INPUT},usage_output_tokens`, 'has no column "usage_date_utc"'],
  ])('with the header %s is told what is missing', (header, difference) => {
    expect(anthropicUsageCsv.recognise(sample(header))).toMatchObject({ is: 'near', difference });
    expect(answer(header)).toContain(`looks like an Anthropic usage export, but ${difference}`);
  });
});
