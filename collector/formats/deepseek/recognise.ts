/** DeepSeek's export of usage: the file amount-….csv of its archive. */
import { sameHeader } from '../../store/records.ts';
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';

const COLUMNS: Column[] = [
  { name: 'user_cell', headers: ['user_id'], becomes: 'user' },
  // until summer 2026 a day in UTC, then periods with their zone
  { name: 'start_cell', headers: ['start_time_iso', 'utc_date'], required: true, becomes: 'ts' },
  { name: 'end_cell', headers: ['end_time_iso'], becomes: 'checked' },
  { name: 'model_cell', headers: ['model'], required: true, becomes: 'model' },
  { name: 'key_name_cell', headers: ['api_key_name'], becomes: 'tag key' },
  { name: 'key_cell', headers: ['api_key'], becomes: 'part of what makes the event the same' },
  { name: 'type_cell', headers: ['type'], required: true, becomes: 'which column the amount is' },
  { name: 'price_cell', headers: ['price'], becomes: 'tag price' },
  {
    name: 'amount_cell',
    headers: ['amount'],
    required: true,
    becomes: 'input_tokens, cache_read_tokens, output_tokens or requests',
  },
];

export const deepseek: Format = {
  name: 'deepseek',
  title: 'DeepSeek usage export',
  layout: 'table',
  // an ordinal among the records that are alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise,
  readSql: loadSql('deepseek', 'read.sql'),
  about: {
    getIt:
      'platform.deepseek.com, Usage, Export: an archive with amount-….csv, which is the usage, and cost-….csv, which is the bill.',
    example: 'user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount',
  },
};

function recognise({ table }: Sample): Recognition {
  const has = (name: string) =>
    table !== undefined &&
    COLUMNS.some(
      (column) => column.name === name && table.columns.some((cell) => sameHeader(cell, column.headers)),
    );
  // these three stand together in no other export
  const telling = ['type_cell', 'amount_cell', 'price_cell', 'key_name_cell'].filter(has).length;
  const missing = COLUMNS.filter((column) => column.required && !has(column.name)).map(
    ({ headers }) => headers[0]!,
  );
  if (telling < 3) return { is: 'other' };
  if (missing.length === 0) return { is: 'this' };
  return { is: 'near', difference: `has no column ${list(missing.map(quoted), 'and no')}`, score: telling };
}
