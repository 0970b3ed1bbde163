import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';
import { openrouterCsv } from './recognise.ts';

const sample = (header: string) => sampleOf(Buffer.from(`${header}\n`), { name: 'x.csv', path: '' });

function answer(header: string): string {
  const result = recogniseSample(sample(header), builtInFormats);
  return 'format' in result ? result.format.name : result.problem;
}

const REQUEST = 'created_at,cost_total,tokens_prompt,tokens_completion,model_permaslug';

describe('OpenRouter’s activity', () => {
  it.each([
    `generation_id,${REQUEST}`,
    `tokens_completion,Model_Permaslug,x,tokens_prompt,cost_total,created_at,generation_id`,
    'Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens',
    openrouterCsv.about!.example,
  ])('is known by %s', (header) => {
    expect(answer(header)).toBe('openrouter-csv');
  });

  it.each([
    [REQUEST, 'has no column "generation_id"'],
    [
      'generation_id,created_at,tokens_prompt,tokens_completion,cost_total',
      'has no column "model_permaslug"',
    ],
    ['Date,Slug,Usage,Prompt Tokens,Completion Tokens', 'has no column "Requests"'],
  ])('with the header %s is told what is missing', (header, difference) => {
    expect(openrouterCsv.recognise(sample(header))).toMatchObject({ is: 'near', difference });
  });

  it.each(['Date,Slug,Views', 'created_at,model,tokens_prompt', 'id,tokens_prompt,tokens_completion'])(
    'is not %s',
    (header) => {
      expect(openrouterCsv.recognise(sample(header))).toEqual({ is: 'other' });
    },
  );
});
