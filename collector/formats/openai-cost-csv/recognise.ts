/** OpenAI's export of costs: what was charged per bucket of time, a bill and no usage. */
import { quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';
import { sameHeader } from '../../store/records.ts';

const COLUMNS: Column[] = [
  { name: 'start_cell', headers: ['start_time'], required: true },
  { name: 'end_cell', headers: ['end_time'] },
  { name: 'start_iso_cell', headers: ['start_time_iso'] },
  { name: 'end_iso_cell', headers: ['end_time_iso'] },
  // not required, so that a period without costs can be read as this format: it has no such column
  { name: 'amount_cell', headers: ['amount_value'] },
  { name: 'currency_cell', headers: ['amount_currency'] },
  { name: 'quantity_cell', headers: ['quantity'] },
  { name: 'unit_cell', headers: ['quantity_unit'] },
  { name: 'line_item_cell', headers: ['line_item'] },
  { name: 'user_id_cell', headers: ['user_id'] },
  { name: 'user_email_cell', headers: ['user_email'] },
  { name: 'api_key_cell', headers: ['api_key_id'] },
  { name: 'project_id_cell', headers: ['project_id'] },
  { name: 'project_name_cell', headers: ['project_name'] },
  { name: 'organization_id_cell', headers: ['organization_id'] },
  { name: 'organization_name_cell', headers: ['organization_name'] },
  { name: 'api_source_cell', headers: ['api_source'] },
];

/** All the columns that an export of a period without costs, or without usage, has. */
const PERIOD = ['start_time', 'end_time', 'start_time_iso', 'end_time_iso'];

export const openaiCostCsv: Format = {
  name: 'openai-cost-csv',
  title: 'OpenAI cost export',
  layout: 'table',
  gives: 'bills',
  // an ordinal among the lines that are alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise,
  readSql: loadSql('openai-cost-csv', 'read.sql'),
  about: {
    getIt:
      'platform.openai.com, Usage, Export, "Cost": a file cost_FROM_TO.csv. Group it by line item, so that the bill tells models.',
    example:
      'start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id,project_name,organization_name,user_email,api_source',
  },
};

/**
 * `amount_value` is what no other export has. A period without costs has the four columns of time
 * alone and is the same file as one without usage: the usage export takes it, and nothing is lost,
 * because there is nothing in it.
 */
function recognise({ table }: Sample): Recognition {
  if (!table) return { is: 'other' };
  const has = (name: string) => table.columns.some((column) => sameHeader(column, [name]));
  const missing = ['start_time', 'amount_value', 'amount_currency'].filter((name) => !has(name));
  if (missing.length === 0) return { is: 'this' };
  if (has('amount_value') || has('amount_currency')) return near(`has no column ${quoted(missing[0]!)}`, 6);
  if (!has('start_time') || !has('start_time_iso')) return { is: 'other' };
  if (table.columns.every((column) => column === '' || sameHeader(column, PERIOD))) return { is: 'other' };
  return near('has no column "amount_value": it may be the export of usage, which is openai-usage-csv', 1);
}

function near(difference: string, score: number): Recognition {
  return { is: 'near', difference, score };
}
