import { describe, expect, it } from 'vitest';
import { summarise, warningOf } from './summary.ts';
import { NO_ROWS, type UploadReport } from './types.ts';

const report = (more: Partial<UploadReport>): UploadReport => ({
  ...{ id: 'x', name: 'usage.csv', dataset: 'team', format: 'cursor-csv', mode: 'append', status: 'done' },
  ...{ bytes: 1, rows: NO_ROWS, rejections: [], unpriced: [], startedAt: '', finishedAt: null },
  ...more,
});

describe('a summary', () => {
  it('counts what was new, known and rejected, and names the first rejection', () => {
    const rows = { read: 1480, accepted: 1470, duplicate: 8, rejected: 2, revised: 3 };
    const rejections = [{ record: 16, line: 17, reason: 'not a date', column: 'Date', value: 'yesterday' }];
    expect(summarise(report({ rows, rejections }))).toBe(
      "usage.csv: 1,480 records read as cursor-csv: 1,470 new, 8 already known (3 of them corrected), 2 rejected (first: line 17: not a date (Date 'yesterday'))",
    );
  });

  it.each([
    [{ rows: { ...NO_ROWS, read: 1, accepted: 1 } }, 'usage.csv: 1 record read as cursor-csv: 1 new'],
    [
      { rows: { ...NO_ROWS, read: 2, accepted: 2 }, mode: 'replace', unpriced: ['a', 'b'] },
      'usage.csv: 2 records read as cursor-csv: 2 new, in the place of what the dataset team held; no price for a, b',
    ],
    [{}, 'usage.csv: no usage in it (read as cursor-csv)'],
    [
      { format: 'bedrock-cur' },
      'usage.csv: no usage in it (read as bedrock-cur, which passes over lines of other services than Amazon Bedrock)',
    ],
    [{ name: '', status: 'failed', error: 'the disk is full' }, 'upload: failed: the disk is full'],
    [{ status: 'received' }, 'usage.csv: received, waiting for its turn'],
    [{ status: 'running' }, 'usage.csv: being read as cursor-csv'],
  ] as [Partial<UploadReport>, string][])('of %j', (more, sentence) => {
    expect(summarise(report(more))).toBe(sentence);
  });

  it('has a warning beside it where nothing was kept, and says why that may be', () => {
    expect(warningOf(report({ rows: { ...NO_ROWS, read: 1, rejected: 1 } }))).toBeUndefined();
    expect(warningOf(report({ status: 'running' }))).toBeUndefined();
    expect(warningOf(report({}))).toMatch(/^No record in it tells of usage/);
    expect(warningOf(report({ format: 'langfuse-jsonl' }))).toBe(
      'No record in it is kept: langfuse-jsonl passes over observations that carry no usage: spans, events, tools. Is it the file that you meant to send?',
    );
  });
});
