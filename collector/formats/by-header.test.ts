import { describe, expect, it } from 'vitest';
import { columnsOf, thisOrLacking } from './by-header.ts';
import type { Column, TableHeader } from './format.ts';

const columns: Column[] = [
  { name: 'time_cell', headers: ['When', 'Time'] },
  { name: 'model_cell', headers: ['Model'] },
  { name: 'tokens_cell', headers: ['Tokens'] },
];
const table = (...names: string[]): TableHeader => ({ delimiter: ',', columns: names, headerLines: 1 });

describe('a header', () => {
  it('has a column under any of its names, whatever the case and place', () => {
    const has = columnsOf(table('x', ' TIME ', 'model'), columns);
    expect(['time_cell', 'model_cell', 'tokens_cell'].map(has)).toEqual([true, true, false]);
  });

  it('with all that is needed is this', () => {
    expect(thisOrLacking(table('model', 'time'), columns, ['time_cell', 'model_cell'])).toEqual({
      is: 'this',
    });
  });

  it.each([
    [['Time', 'Model'], 'has no column "Tokens"', 2],
    [['Model'], 'has neither a column "When" nor "Tokens"', 1],
    [['x'], 'has neither a column "When" nor "Model" nor "Tokens"', 0],
  ])('of %j is near, and what it lacks is named', (names, difference, score) => {
    expect(
      thisOrLacking(
        table(...names),
        columns,
        columns.map(({ name }) => name),
      ),
    ).toEqual({
      is: 'near',
      difference,
      score,
    });
  });
});
