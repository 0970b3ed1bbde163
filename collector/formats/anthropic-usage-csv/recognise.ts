/** Anthropic's export of tokens: one row per day and what the Console groups by. */
import { columnsOf, thisOrLacking } from '../by-header.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';

const COLUMNS: Column[] = [
  { name: 'date_cell', headers: ['usage_date_utc'], required: true },
  { name: 'model_cell', headers: ['model_version', 'model'], required: true },
  { name: 'api_key_cell', headers: ['api_key'] },
  { name: 'workspace_cell', headers: ['workspace'] },
  { name: 'usage_type_cell', headers: ['usage_type'] },
  { name: 'context_cell', headers: ['context_window'] },
  { name: 'input_cell', headers: ['usage_input_tokens_no_cache'], required: true },
  { name: 'written_5m_cell', headers: ['usage_input_tokens_cache_write_5m'] },
  { name: 'written_1h_cell', headers: ['usage_input_tokens_cache_write_1h'] },
  // before writes were told by how long they live
  { name: 'written_cell', headers: ['usage_input_tokens_cache_write'] },
  { name: 'read_cell', headers: ['usage_input_tokens_cache_read'] },
  { name: 'output_cell', headers: ['usage_output_tokens'], required: true },
  { name: 'searches_cell', headers: ['web_search_count'] },
  { name: 'geo_cell', headers: ['inference_geo'] },
  { name: 'speed_cell', headers: ['speed'] },
  // the export of costs has these
  { name: 'cost_cell', headers: ['cost_usd'] },
  { name: 'token_type_cell', headers: ['token_type'] },
];

export const anthropicUsageCsv: Format = {
  name: 'anthropic-usage-csv',
  title: 'Anthropic usage export',
  layout: 'table',
  // an ordinal among the rows of a day that are alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise,
  readSql: loadSql('anthropic-usage-csv', 'read.sql'),
  about: {
    getIt: 'console.anthropic.com, Usage, Export: the file claude_api_tokens_….csv (not the cost report).',
    example:
      'usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,' +
      'usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,' +
      'usage_output_tokens,web_search_count,inference_geo,speed',
  },
};

const COUNTS = [
  'input_cell',
  'written_5m_cell',
  'written_1h_cell',
  'written_cell',
  'read_cell',
  'output_cell',
];

function recognise({ table }: Sample): Recognition {
  if (!table) return { is: 'other' };
  const has = columnsOf(table, COLUMNS);
  if (has('cost_cell') || has('token_type_cell')) return { is: 'other' };
  if (!COUNTS.some(has) && !(has('date_cell') && has('model_cell'))) return { is: 'other' };
  return thisOrLacking(table, COLUMNS, ['date_cell', 'model_cell', 'input_cell', 'output_cell']);
}
