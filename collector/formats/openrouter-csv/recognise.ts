/** OpenRouter's activity: one row a request, or one per day and model. */
import { columnsOf, thisOrLacking } from '../by-header.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';

const COLUMNS: Column[] = [
  { name: 'id_cell', headers: ['generation_id'] },
  { name: 'created_cell', headers: ['created_at'] },
  { name: 'date_cell', headers: ['Date'] },
  { name: 'model_cell', headers: ['model_permaslug', 'Slug'], required: true },
  { name: 'cost_cell', headers: ['cost_total', 'Usage'], required: true },
  { name: 'byok_cell', headers: ['byok_usage_inference', 'BYOK Usage'] },
  { name: 'requests_cell', headers: ['Requests'] },
  { name: 'prompt_cell', headers: ['tokens_prompt', 'Prompt Tokens'], required: true },
  { name: 'completion_cell', headers: ['tokens_completion', 'Completion Tokens'], required: true },
  { name: 'reasoning_cell', headers: ['tokens_reasoning', 'Reasoning Tokens'] },
  { name: 'cached_cell', headers: ['tokens_cached'] },
  { name: 'cost_cache_cell', headers: ['cost_cache'] },
  { name: 'cost_search_cell', headers: ['cost_web_search'] },
  { name: 'cost_file_cell', headers: ['cost_file_processing'] },
  { name: 'served_by_cell', headers: ['provider_name'] },
  { name: 'variant_cell', headers: ['variant'] },
  { name: 'cancelled_cell', headers: ['cancelled'] },
  { name: 'streamed_cell', headers: ['streamed'] },
  { name: 'user_cell', headers: ['user'] },
  { name: 'finish_cell', headers: ['finish_reason_normalized'] },
  { name: 'duration_cell', headers: ['generation_time_ms'] },
  { name: 'app_cell', headers: ['app_name'] },
  { name: 'api_key_cell', headers: ['api_key_name'] },
];

export const openrouterCsv: Format = {
  name: 'openrouter-csv',
  title: 'OpenRouter activity export',
  layout: 'table',
  // rows per day have no id, and an ordinal among those alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise,
  readSql: loadSql('openrouter-csv', 'read.sql'),
  about: {
    getIt:
      'openrouter.ai, Activity, Export CSV: the file openrouter_activity_….csv with one row a request ' +
      '(better), or the one with a row per day and model.',
    example:
      'generation_id,created_at,cost_total,cost_web_search,cost_cache,cost_file_processing,' +
      'byok_usage_inference,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,' +
      'provider_name,variant,cancelled,streamed,user,finish_reason_raw,finish_reason_normalized,' +
      'generation_time_ms,time_to_first_token_ms,app_name,api_key_name,api_key_disabled',
  },
};

const SHARED = ['model_cell', 'cost_cell', 'prompt_cell', 'completion_cell'];

function recognise({ table }: Sample): Recognition {
  if (!table) return { is: 'other' };
  const has = columnsOf(table, COLUMNS);
  const named = (header: string) => table.columns.some((column) => column.trim().toLowerCase() === header);
  if (has('id_cell') || named('model_permaslug'))
    return thisOrLacking(table, COLUMNS, ['id_cell', 'created_cell', ...SHARED]);
  if (named('slug') && (named('byok usage') || named('prompt tokens')))
    return thisOrLacking(table, COLUMNS, ['date_cell', 'requests_cell', ...SHARED]);
  return { is: 'other' };
}
