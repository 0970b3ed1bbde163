/** Which files are Langfuse’s observations. */
import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';

function recognised(text: string): string {
  const found = recogniseSample(sampleOf(Buffer.from(text), { name: 'export', path: '' }), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
}

const BLOB = 'id,trace_id,type,start_time,provided_model_name,usage_details,total_cost';
const TABLE = 'id,traceId,type,startTime,model,usageDetails,calculatedTotalCost';

describe('an export of Langfuse’s observations', () => {
  it.each([BLOB, TABLE])('with the columns %s is known in any order and case', (header) => {
    expect(recognised(`${header}\n`)).toBe('langfuse');
    expect(recognised(`${header.toUpperCase().split(',').reverse().join(',')}\n`)).toBe('langfuse');
  });

  it.each([BLOB, TABLE])('with the fields %s is known as JSON lines and as one array', (header) => {
    const record = Object.fromEntries(header.split(',').map((name) => [name, null]));
    expect(recognised(`${JSON.stringify(record)}\n`)).toBe('langfuse-jsonl');
    expect(recognised(JSON.stringify([record], undefined, 2))).toBe('langfuse-jsonl');
  });

  it('as Parquet is known by its columns', () => {
    const sample = {
      ...sampleOf(Buffer.from('PAR1'), { name: 'a.parquet', path: '' }),
      parquetColumns: BLOB.split(','),
    };
    expect(recogniseSample(sample, builtInFormats)).toMatchObject({ format: { name: 'langfuse-parquet' } });
  });

  it('without the usage is told that its field group is missing', () => {
    expect(recognised('id,trace_id,type,start_time,name\n')).toMatch(
      /looks like a Langfuse export of observations, but has no "usage_details"/,
    );
  });

  it('is not taken for one of traces or scores', () => {
    expect(recognised('id,timestamp,name,user_id,session_id\n')).toMatch(/is in no format that tallyd knows/);
  });
});
