/** Which files are LiteLLM’s daily sums. */
import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';

function recognised(text: string): string {
  const found = recogniseSample(sampleOf(Buffer.from(text), { name: 'export', path: '' }), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
}

const HEADER =
  'user_id,date,model,custom_llm_provider,prompt_tokens,completion_tokens,cache_read_input_tokens,cache_creation_input_tokens,spend,api_requests';

describe('daily sums of LiteLLM', () => {
  it('are known by their columns in any order and case', () => {
    expect(recognised(`${HEADER}\n`)).toBe('litellm-daily');
    expect(recognised(`${HEADER.toUpperCase().split(',').reverse().join('|')}\n`)).toBe('litellm-daily');
  });

  it('are known as JSON lines and as one array', () => {
    const record = Object.fromEntries(HEADER.split(',').map((name) => [name, 'x']));
    expect(recognised(`${JSON.stringify(record)}\n`)).toBe('litellm-daily-jsonl');
    expect(recognised(JSON.stringify([record]))).toBe('litellm-daily-jsonl');
  });

  it('that lack the tokens of the cache are told so', () => {
    expect(recognised(`${HEADER.replace(',cache_read_input_tokens', '')}\n`)).toMatch(
      /looks like a LiteLLM daily spend table, but has no "cache_read_input_tokens"/,
    );
  });

  it('by tag are refused with the table to send instead', () => {
    expect(recognised(`${HEADER.replace('user_id', 'tag')}\n`)).toMatch(
      /Send LiteLLM_DailyUserSpend instead/,
    );
  });
});
