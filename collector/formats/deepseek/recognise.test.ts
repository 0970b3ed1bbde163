/** Which files are DeepSeek’s exports of usage. */
import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';

function recognised(text: string): string {
  const found = recogniseSample(sampleOf(Buffer.from(text), { name: 'export', path: '' }), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
}

const HEADER = 'user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount';

describe('an export of DeepSeek', () => {
  it('of usage is known by its columns in any order and case', () => {
    expect(recognised(`${HEADER}\n`)).toBe('deepseek');
    expect(recognised(`${HEADER.toUpperCase().split(',').reverse().join(',')}\n`)).toBe('deepseek');
    expect(recognised('utc_date,model,api_key_name,api_key,type,price,amount\n')).toBe('deepseek');
  });

  it('of costs is told apart from that of usage', () => {
    expect(recognised('user_id,start_time_iso,end_time_iso,model,wallet_type,cost,currency\n')).toBe(
      'deepseek-cost',
    );
  });

  it('that lacks a column is told which', () => {
    expect(recognised(`${HEADER.replace('amount', 'sum')}\n`)).toMatch(
      /looks like a DeepSeek usage export, but has no column "amount"/,
    );
  });
});
