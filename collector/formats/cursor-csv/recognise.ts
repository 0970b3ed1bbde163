/** Cursor's export of usage events: one row a request, in a dozen headers so far. */
import { sameHeader } from '../../store/records.ts';
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';

/** Known by name and never by position: Cursor has inserted columns more than once. */
const COLUMNS: Column[] = [
  { name: 'date_cell', headers: ['Date', 'timestamp'], required: true, becomes: 'ts' },
  { name: 'model_cell', headers: ['Model'], required: true, becomes: 'model, provider' },
  { name: 'user_cell', headers: ['User', 'userEmail'], becomes: 'user' },
  { name: 'kind_cell', headers: ['Kind'], becomes: 'tag kind, status, billable' },
  { name: 'max_mode_cell', headers: ['Max Mode', 'maxMode'], becomes: 'tag max_mode' },
  {
    name: 'written_cell',
    headers: ['Input (w/ Cache Write)', 'cacheWriteTokens'],
    becomes: 'cache_write_5m_tokens',
  },
  { name: 'uncached_cell', headers: ['Input (w/o Cache Write)', 'inputTokens'], becomes: 'input_tokens' },
  { name: 'read_cell', headers: ['Cache Read', 'cacheReadTokens'], becomes: 'cache_read_tokens' },
  { name: 'output_cell', headers: ['Output Tokens', 'Output', 'outputTokens'], becomes: 'output_tokens' },
  { name: 'total_cell', headers: ['Total Tokens'], becomes: 'checked against the sum' },
  { name: 'tokens_cell', headers: ['Tokens'], becomes: 'unclassified_tokens' },
  { name: 'cost_cell', headers: ['Cost', 'Cost ($)'], becomes: 'reported_cost_usd' },
  { name: 'cents_cell', headers: ['totalCents'], becomes: 'reported_cost_usd' },
  { name: 'cost_to_you_cell', headers: ['Cost to you'], becomes: 'tag cost_to_you' },
  { name: 'requests_cell', headers: ['Requests', 'requestsCosts'], becomes: 'tag cursor_requests' },
  { name: 'cloud_agent_cell', headers: ['Cloud Agent ID'], becomes: 'tag cloud_agent_id' },
  { name: 'automation_cell', headers: ['Automation ID'], becomes: 'tag automation_id' },
  // only the variant that was made from JSON has it
  { name: 'json_cell', headers: ['isTokenBasedCall'], becomes: 'tells the variant' },
];

export const cursorCsv: Format = {
  name: 'cursor-csv',
  title: 'Cursor usage export',
  layout: 'table',
  // an ordinal among the records that are alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise,
  readSql: loadSql('cursor-csv', 'read.sql'),
  about: {
    getIt: 'cursor.com, Dashboard, Usage, Export CSV: your own usage, or that of a team.',
    example:
      'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost',
  },
};

const BUCKETS = ['written_cell', 'uncached_cell', 'read_cell', 'output_cell'];

/** Headers that no other export has: one of them is enough to think of Cursor. */
const TELLING = ['Input (w/ Cache Write)', 'Input (w/o Cache Write)', 'isTokenBasedCall', 'requestsCosts'];

function recognise({ table }: Sample): Recognition {
  if (!table) return { is: 'other' };
  const has = (name: string) => COLUMNS.some((column) => column.name === name && isIn(table.columns, column));
  const telling = TELLING.some((header) => table.columns.some((column) => sameHeader(column, [header])));
  // the oldest exports have nothing but common names; together they are telling enough
  const totalOnly = has('tokens_cell') && ['kind_cell', 'max_mode_cell', 'cost_cell'].filter(has).length >= 2;
  const known = COLUMNS.filter((column) => isIn(table.columns, column)).length;
  const missing = missingOf(has);
  if (telling || totalOnly) return missing.length === 0 ? { is: 'this' } : near(missing, known);
  return has('read_cell') && has('total_cell') && missing.length > 0 ? near(missing, known) : { is: 'other' };
}

/** What a reader must have: when, which model, and either the tokens by kind or their total. */
function missingOf(has: (name: string) => boolean): string[] {
  const buckets = has('tokens_cell') && !BUCKETS.some(has) ? [] : BUCKETS.filter((name) => !has(name));
  const missing = ['date_cell', 'model_cell', ...buckets].filter((name) => !has(name));
  return missing.map((name) => COLUMNS.find((column) => column.name === name)!.headers[0]!);
}

function near(missing: string[], score: number): Recognition {
  const columns = missing.map(quoted);
  const difference =
    columns.length === 1
      ? `has no column ${columns[0]}`
      : `has neither a column ${columns[0]} nor ${list(columns.slice(1), 'nor')}`;
  return { is: 'near', difference, score };
}

function isIn(headers: readonly string[], column: Column): boolean {
  return headers.some((header) => sameHeader(header, column.headers));
}
