/** GitHub's reports of Copilot usage: per request at first, then per day, user and model. */
import { columnsOf, thisOrLacking } from '../by-header.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';

/** Known by name and never by position: the order differs between reports of one week. */
const COLUMNS: Column[] = [
  { name: 'date_cell', headers: ['date'] },
  { name: 'timestamp_cell', headers: ['Timestamp'] },
  { name: 'user_cell', headers: ['username', 'User'] },
  { name: 'product_cell', headers: ['product'] },
  { name: 'sku_cell', headers: ['sku'] },
  { name: 'model_cell', headers: ['model'], required: true },
  { name: 'quantity_cell', headers: ['quantity', 'Requests Used'], required: true },
  { name: 'unit_cell', headers: ['unit_type'] },
  { name: 'gross_cell', headers: ['gross_amount'] },
  { name: 'discount_cell', headers: ['discount_amount'] },
  { name: 'net_cell', headers: ['net_amount'] },
  { name: 'exceeds_cell', headers: ['exceeds_quota', 'Exceeds Monthly Quota'] },
  { name: 'quota_cell', headers: ['total_monthly_quota', 'Total Monthly Quota'] },
  { name: 'organization_cell', headers: ['organization'] },
  { name: 'repository_cell', headers: ['repository'] },
  { name: 'cost_center_cell', headers: ['cost_center_name'] },
  { name: 'credits_cell', headers: ['aic_quantity'] },
  { name: 'credits_gross_cell', headers: ['aic_gross_amount'] },
  { name: 'input_cell', headers: ['input'] },
  { name: 'output_cell', headers: ['output'] },
  { name: 'cache_read_cell', headers: ['cache_read'] },
  { name: 'cache_write_cell', headers: ['cache_write'] },
];

export const copilotCsv: Format = {
  name: 'copilot-csv',
  title: 'GitHub Copilot usage report',
  layout: 'table',
  // an ordinal among the rows of a day that are alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise,
  readSql: loadSql('copilot-csv', 'read.sql'),
  about: {
    getIt:
      'github.com, Settings, Billing and licensing, AI usage (Premium request analytics before June 2026), ' +
      'Get usage report: it comes by mail and covers 31 days at most.',
    example:
      'date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,' +
      'discount_amount,net_amount,total_monthly_quota,organization,repository,cost_center_name,' +
      'aic_quantity,aic_gross_amount,input,output,cache_read,cache_write',
  },
};

function recognise({ table }: Sample): Recognition {
  if (!table) return { is: 'other' };
  const has = columnsOf(table, COLUMNS);
  const named = (header: string) => table.columns.some((column) => column.trim().toLowerCase() === header);
  if (named('requests used') || named('exceeds monthly quota'))
    return thisOrLacking(table, COLUMNS, ['timestamp_cell', 'user_cell', 'model_cell', 'quantity_cell']);
  const billed = has('sku_cell') && has('unit_cell') && (has('gross_cell') || has('net_cell'));
  if (!billed && !has('credits_cell')) return { is: 'other' };
  // GitHub's report of all metered products has no model: what was used is not in it
  return thisOrLacking(table, COLUMNS, ['date_cell', 'model_cell', 'quantity_cell', 'unit_cell']);
}
