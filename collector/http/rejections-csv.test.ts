import { describe, expect, it } from 'vitest';
import { csvCell, rejectionsCsv } from './rejections-csv.ts';

describe('rejections as CSV', () => {
  it.each([
    ['plain', 'plain'],
    [-5, '-5'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ["'=1+1", "''=1+1"],
    ["'tis text", "'tis text"],
    ['\uff1d1+1', "'\uff1d1+1"],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['=A1,"x"', `"'=A1,""x"""`],
    ['a\nb', '"a\nb"'],
  ])('writes %j as %s', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });

  it('gives back every text when one apostrophe is taken away before what would be a formula', () => {
    for (const text of ['=1', "'=1", "''@x", "'a", '-', '\t', 'plain', "'"])
      expect(csvCell(text).replace(/^'(?='*[=+\-@\t\r\n])/, '')).toBe(text);
  });

  it('has a header and a line per record', () => {
    expect(rejectionsCsv([{ record: 1, line: 2, reason: 'no', excerpt: 'x' }])).toBe(
      'record,line,reason,column,value,excerpt\r\n1,2,no,,,x\r\n',
    );
  });
});
