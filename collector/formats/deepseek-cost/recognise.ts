/** DeepSeek's export of costs: the file cost-….csv of its archive, a bill and no usage. */
import { sameHeader } from '../../store/records.ts';
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';

const COLUMNS: Column[] = [
  { name: 'user_cell', headers: ['user_id'], becomes: 'user' },
  { name: 'start_cell', headers: ['start_time_iso', 'utc_date'], required: true, becomes: 'day' },
  { name: 'model_cell', headers: ['model'], required: true, becomes: 'model' },
  { name: 'wallet_cell', headers: ['wallet_type'], becomes: 'line_item' },
  { name: 'cost_cell', headers: ['cost'], required: true, becomes: 'amount' },
  { name: 'currency_cell', headers: ['currency'], required: true, becomes: 'currency' },
];

export const deepseekCost: Format = {
  name: 'deepseek-cost',
  title: 'DeepSeek cost export',
  layout: 'table',
  gives: 'bills',
  // an ordinal among the lines that are alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise,
  readSql: loadSql('deepseek-cost', 'read.sql'),
  about: {
    getIt:
      'platform.deepseek.com, Usage, Export: an archive with amount-….csv, which is the usage, and cost-….csv, which is the bill.',
    example: 'user_id,start_time_iso,end_time_iso,model,wallet_type,cost,currency',
  },
};

function recognise({ table }: Sample): Recognition {
  const has = (name: string) =>
    table !== undefined &&
    COLUMNS.some(
      (column) => column.name === name && table.columns.some((cell) => sameHeader(cell, column.headers)),
    );
  const missing = COLUMNS.filter((column) => column.required && !has(column.name)).map(
    ({ headers }) => headers[0]!,
  );
  const period = table?.columns.some((cell) => sameHeader(cell, ['start_time_iso', 'utc_date']));
  // OpenAI's costs have a currency of another name, Cursor's have no currency
  if (!has('cost_cell') || !has('currency_cell') || !(has('wallet_cell') || period)) return { is: 'other' };
  if (missing.length === 0) return { is: 'this' };
  return { is: 'near', difference: `has no column ${list(missing.map(quoted), 'and no')}`, score: 3 };
}
