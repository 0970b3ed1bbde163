import { describe, expect, it } from 'vitest';
import { drawTable, fits, type TableSpec } from './table.ts';
import { displayWidth } from './text.ts';

const spec: TableSpec = {
  columns: [
    { head: 'Project', min: 6 },
    { head: 'Models', min: 8, overflow: 'wrap', drop: 1 },
    { head: 'Total Tokens', align: 'right' },
  ],
  rows: [
    { cells: ['データ基盤', 'sonnet-4-5, opus-4-1', '1,234'] },
    { cells: ['🤖-a-long-project-name', 'haiku', '56'] },
  ],
  totals: { cells: ['Total', '', '1,290'], tone: 'strong' },
};

describe('a table', () => {
  it.each([80, 50, 40, 30])('has lines of one length that fit into %i columns', (width) => {
    const lines = drawTable(spec, { width, color: false }).split('\n');
    expect(new Set(lines.map(displayWidth)).size).toBe(1);
    expect(displayWidth(lines[0]!)).toBeLessThanOrEqual(width);
  });

  it('drops the columns that matter least when shrinking is not enough', () => {
    expect(fits(spec, 30)).toBe(false);
    const drawn = drawTable(spec, { width: 30, color: false });
    expect(drawn).not.toContain('Models');
    expect(drawn).toContain('1,290');
  });

  it('is as wide as it must be when nothing helps', () => {
    expect(drawTable(spec, { width: 5, color: false })).toContain('1,290');
  });
});
