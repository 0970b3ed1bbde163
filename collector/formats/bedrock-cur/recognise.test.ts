/** Which files are AWS’s Cost and Usage Reports. */
import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';

function recognised(text: string): string {
  const found = recogniseSample(sampleOf(Buffer.from(text), { name: 'export', path: '' }), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
}

const CUR2 =
  'line_item_usage_start_date,line_item_product_code,line_item_usage_type,line_item_usage_amount,pricing_unit,line_item_unblended_cost';
const LEGACY =
  'lineItem/UsageStartDate,lineItem/ProductCode,lineItem/UsageType,lineItem/UsageAmount,pricing/unit,lineItem/UnblendedCost';

describe('a Cost and Usage Report', () => {
  it.each([CUR2, LEGACY])('with the columns %s is known in any order and case, as a bill', (header) => {
    expect(recognised(`${header}\n`)).toBe('bedrock-cur');
    expect(
      recognised(`${header.toUpperCase().split(',').reverse().join(',')},resourceTags/user:Team\n`),
    ).toBe('bedrock-cur');
  });

  it('as Parquet is known by its columns', () => {
    const sample = {
      ...sampleOf(Buffer.from('PAR1'), { name: 'a.parquet', path: '' }),
      parquetColumns: CUR2.split(','),
    };
    expect(recogniseSample(sample, builtInFormats)).toMatchObject({
      format: { name: 'bedrock-cur-parquet' },
    });
  });

  it('is read as usage only where that is asked for', () => {
    const usage = builtInFormats.filter((format) => format.name.startsWith('bedrock-cur-usage'));
    expect(
      usage.map((format) => format.recognise(sampleOf(Buffer.from(`${CUR2}\n`), { name: '', path: '' })).is),
    ).toEqual(['other', 'other']);
  });

  it('that lacks a column is told which', () => {
    expect(recognised(`${CUR2.replace(',line_item_unblended_cost', '')}\n`)).toMatch(
      /looks like an AWS Cost and Usage Report, but has no "line_item_unblended_cost"/,
    );
  });
});
