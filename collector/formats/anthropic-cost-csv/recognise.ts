/** Anthropic's export of costs: per UTC day, model and kind of token; a bill and no usage. */
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';
import { sameHeader } from '../../store/records.ts';

const COLUMNS: Column[] = [
  { name: 'date_cell', headers: ['usage_date_utc'], required: true },
  { name: 'model_cell', headers: ['model'], required: true },
  { name: 'workspace_cell', headers: ['workspace'] },
  { name: 'api_key_cell', headers: ['api_key'] },
  { name: 'usage_type_cell', headers: ['usage_type'] },
  { name: 'context_cell', headers: ['context_window'] },
  { name: 'token_type_cell', headers: ['token_type'], required: true },
  { name: 'cost_cell', headers: ['cost_usd'], required: true },
  { name: 'list_price_cell', headers: ['list_price_usd'] },
  { name: 'cost_type_cell', headers: ['cost_type'] },
  { name: 'geo_cell', headers: ['inference_geo'] },
  { name: 'speed_cell', headers: ['speed'] },
  { name: 'api_key_id_cell', headers: ['api_key_id'] },
  { name: 'api_key_status_cell', headers: ['api_key_status'] },
];

export const anthropicCostCsv: Format = {
  name: 'anthropic-cost-csv',
  title: 'Anthropic cost export',
  layout: 'table',
  gives: 'bills',
  // lines alike in everything are all true: an ordinal among them needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise,
  readSql: loadSql('anthropic-cost-csv', 'read.sql'),
  about: {
    getIt: 'console.anthropic.com, Cost, Export: a file claude_api_cost_YYYY_MM.csv for each month.',
    example:
      'usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,inference_geo,speed,api_key_id,api_key_status',
  },
};

const REQUIRED = COLUMNS.filter((column) => column.required).map((column) => column.headers[0]!);

/** The usage export has `usage_date_utc` as well, but `model_version` and columns of tokens. */
function recognise({ table }: Sample): Recognition {
  if (!table) return { is: 'other' };
  const has = (name: string) => table.columns.some((column) => sameHeader(column, [name]));
  const missing = REQUIRED.filter((name) => !has(name));
  if (missing.length === 0) return { is: 'this' };
  const ofConsole = has('usage_date_utc');
  if (ofConsole && table.columns.some((column) => /^(model_version|usage_(in|out)put_tokens)/i.test(column)))
    return { is: 'near', difference: 'is the export of usage, which is anthropic-usage-csv', score: 1 };
  const known = COLUMNS.filter((column) => has(column.headers[0]!)).length;
  if (!ofConsole && !(has('cost_usd') && has('token_type'))) return { is: 'other' };
  return { is: 'near', difference: `has no column ${list(missing.map(quoted), 'and no')}`, score: known };
}
