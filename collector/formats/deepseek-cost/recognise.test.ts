/** Which files are DeepSeek’s exports of costs. */
import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';

function recognised(text: string): string {
  const found = recogniseSample(sampleOf(Buffer.from(text), { name: 'export', path: '' }), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
}

const HEADER = 'user_id,start_time_iso,end_time_iso,model,wallet_type,cost,currency';

describe('a bill of DeepSeek', () => {
  it('is known by its columns in any order and case', () => {
    expect(recognised(`${HEADER}\n`)).toBe('deepseek-cost');
    expect(recognised(`${HEADER.toUpperCase().split(',').reverse().join(',')}\n`)).toBe('deepseek-cost');
    expect(recognised('utc_date,model,wallet_type,cost,currency\n')).toBe('deepseek-cost');
  });

  it('that lacks a column is told which', () => {
    expect(recognised(`${HEADER.replace(',model', '')}\n`)).toMatch(
      /looks like a DeepSeek cost export, but has no column "model"/,
    );
  });

  it('is not taken for a bill of OpenAI, whose amounts have names of their own', () => {
    expect(recognised('start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency\n')).toBe(
      'openai-cost-csv',
    );
  });
});
