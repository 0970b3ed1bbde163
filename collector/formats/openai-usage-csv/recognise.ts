/** OpenAI's export of usage: one row per bucket of time and what it was grouped by. */
import { columnsOf, thisOrLacking } from '../by-header.ts';
import type { Column, Format, Recognition, Sample, TableHeader } from '../format.ts';
import { loadSql } from '../load-sql.ts';

const TIMES = ['start_time', 'end_time', 'start_time_iso', 'end_time_iso'];

const COLUMNS: Column[] = [
  { name: 'start_cell', headers: ['start_time'], required: true },
  { name: 'end_cell', headers: ['end_time'], required: true },
  { name: 'start_iso_cell', headers: ['start_time_iso'] },
  { name: 'end_iso_cell', headers: ['end_time_iso'] },
  { name: 'project_cell', headers: ['project_id'] },
  { name: 'requests_cell', headers: ['num_model_requests'] },
  { name: 'user_cell', headers: ['user_id'] },
  { name: 'api_key_cell', headers: ['api_key_id'] },
  { name: 'model_cell', headers: ['model'] },
  { name: 'batch_cell', headers: ['batch'] },
  { name: 'tier_cell', headers: ['service_tier'] },
  { name: 'input_cell', headers: ['input_tokens'] },
  { name: 'output_cell', headers: ['output_tokens'] },
  { name: 'cached_cell', headers: ['input_cached_tokens'] },
  { name: 'written_cell', headers: ['input_cache_write_tokens'] },
  { name: 'uncached_cell', headers: ['input_uncached_tokens'] },
  // the export of costs has these
  { name: 'amount_cell', headers: ['amount_value'] },
  { name: 'line_item_cell', headers: ['line_item'] },
];

export const openaiUsageCsv: Format = {
  name: 'openai-usage-csv',
  title: 'OpenAI usage export',
  layout: 'table',
  // an ordinal among the rows of a bucket that are alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise,
  readSql: loadSql('openai-usage-csv', 'read.sql'),
  about: {
    getIt:
      'platform.openai.com, Usage, Export: choose the completions usage (not the cost), and group by ' +
      'project, user, API key and model.',
    example:
      'start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,' +
      'model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens',
  },
};

function recognise({ head, table }: Sample): Recognition {
  if (!table) return { is: 'other' };
  const has = columnsOf(table, COLUMNS);
  if (has('amount_cell') || has('line_item_cell')) return { is: 'other' };
  if (isPeriodWithoutUsage(head, table)) return { is: 'this' };
  if (!has('start_cell') && !has('end_cell')) return { is: 'other' };
  const counts = ['requests_cell', 'input_cell', 'output_cell', 'cached_cell'].filter(has).length;
  const times = has('start_cell') && has('end_cell') && (has('start_iso_cell') || has('end_iso_cell'));
  if (counts < 2 && !times) return { is: 'other' };
  // embeddings have no output; an export that tells cached tokens must tell it
  const needed = ['start_cell', 'end_cell', 'requests_cell', 'input_cell'];
  return thisOrLacking(table, COLUMNS, has('cached_cell') ? [...needed, 'output_cell'] : needed);
}

/**
 * A period in which nothing was used is exported with the times of its buckets and nothing else. The
 * exports of usage and of costs are then the same to the byte: neither holds anything.
 */
function isPeriodWithoutUsage(head: Buffer, { columns, delimiter, headerLines }: TableHeader): boolean {
  const filled = (cells: readonly string[]): string[] => cells.filter((cell) => cell.trim() !== '');
  const names = filled(columns).map((header) => header.trim().toLowerCase());
  // the header of another export may have lost its end; its records have not
  const record = head.toString('latin1').split(/\r?\n/)[headerLines] ?? '';
  return (
    names.length === TIMES.length &&
    TIMES.every((name) => names.includes(name)) &&
    filled(record.split(delimiter)).length <= TIMES.length
  );
}
