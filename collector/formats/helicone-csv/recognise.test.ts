/** Which files are Helicone’s exports. */
import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';

function recognised(text: string): string {
  const found = recogniseSample(sampleOf(Buffer.from(text), { name: 'export', path: '' }), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
}

const HEADER =
  'response_id,response_created_at,response_status,request_created_at,request_body,request_properties,request_user_id,model,prompt_tokens,completion_tokens,latency,cost';

describe('an export of Helicone', () => {
  it('is known by its columns in any order and case', () => {
    expect(recognised(`${HEADER}\n`)).toBe('helicone-csv');
    expect(recognised(`${HEADER.toUpperCase().split(',').reverse().join(',')}\n`)).toBe('helicone-csv');
  });

  it('is known as JSON lines and as one array', () => {
    const record = Object.fromEntries(HEADER.split(',').map((name) => [name, null]));
    expect(recognised(`${JSON.stringify(record)}\n`)).toBe('helicone-jsonl');
    expect(recognised(JSON.stringify([record, record], undefined, 2))).toBe('helicone-jsonl');
  });

  it('that lacks a column is told which', () => {
    expect(recognised(`${HEADER.replace(',completion_tokens', '')}\n`)).toMatch(
      /looks like a Helicone export, but has no "completion_tokens"/,
    );
  });
});
