/** Which files are LiteLLM’s spend logs. */
import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';

function recognised(text: string): string {
  const found = recogniseSample(sampleOf(Buffer.from(text), { name: 'export', path: '' }), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
}

const HEADER =
  'request_id,call_type,spend,prompt_tokens,completion_tokens,startTime,model,custom_llm_provider';

describe('a spend log of LiteLLM', () => {
  it('is known by its columns in any order and case', () => {
    expect(recognised(`${HEADER}\n`)).toBe('litellm-spend');
    expect(recognised(`${HEADER.toUpperCase().split(',').reverse().join(';')}\n`)).toBe('litellm-spend');
    expect(recognised(`${HEADER.replace('startTime', 'start_time')},unheard_of\n`)).toBe('litellm-spend');
  });

  it('is known as JSON lines, as one array, and as a page of the API', () => {
    const record = Object.fromEntries(HEADER.split(',').map((name) => [name, 'x']));
    expect(recognised(`${JSON.stringify(record)}\n`)).toBe('litellm-spend-jsonl');
    expect(recognised(JSON.stringify([record, record], undefined, 2))).toBe('litellm-spend-jsonl');
    expect(recognised(JSON.stringify({ data: [record], total: 1 }))).toBe('litellm-spend-jsonl');
  });

  it('that lacks a column is told which', () => {
    expect(recognised(`${HEADER.replace(',spend', '')}\n`)).toMatch(
      /looks like a LiteLLM spend log, but has no "spend"/,
    );
    expect(recognised(`${HEADER.replace('startTime,model', 'x,y')}\n`)).toMatch(
      /has no "startTime" and no "model"/,
    );
  });

  it('is not taken for the daily sums, whose columns it shares', () => {
    const daily = 'date,model,custom_llm_provider,prompt_tokens,completion_tokens,spend,api_requests';
    expect(recognised(`${daily},cache_read_input_tokens,cache_creation_input_tokens\n`)).toBe(
      'litellm-daily',
    );
  });
});
