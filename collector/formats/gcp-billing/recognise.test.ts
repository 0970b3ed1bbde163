/** Which files are Google Cloud’s billing exports. */
import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';

function recognised(text: string): string {
  const found = recogniseSample(sampleOf(Buffer.from(text), { name: 'export', path: '' }), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
}

const DOTS = 'service.description,sku.description,usage_start_time,cost,currency,credits';

describe('a billing export of Google Cloud', () => {
  it.each([DOTS, DOTS.replaceAll('.', '_')])(
    'with the columns %s is known in any order and case',
    (header) => {
      expect(recognised(`${header}\n`)).toBe('gcp-billing');
      expect(recognised(`${header.toUpperCase().split(',').reverse().join(',')}\n`)).toBe('gcp-billing');
    },
  );

  it('is known as JSON lines, with objects in its objects', () => {
    const record = {
      service: { description: 'x' },
      sku: { description: 'y' },
      usage_start_time: 't',
      cost: 1,
    };
    expect(recognised(`${JSON.stringify(record)}\n`)).toBe('gcp-billing-jsonl');
    expect(recognised(JSON.stringify([record]))).toBe('gcp-billing-jsonl');
  });

  it('that lacks a column is told which', () => {
    expect(recognised(`${DOTS.replace('usage_start_time', 'day')}\n`)).toMatch(
      /looks like a Google Cloud billing export, but has no "usage_start_time"/,
    );
  });
});
