/** Cursor's export of usage events: one row a request, in a dozen headers so far. */
import { sameHeader } from '../../store/records.ts';
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';

/** Known by name and never by position: Cursor has inserted columns more than once. */
const COLUMNS: Column[] = [
  { name: 'date_cell', headers: ['Date', 'timestamp'], required: true },
  { name: 'model_cell', headers: ['Model'], required: true },
  { name: 'user_cell', headers: ['User', 'userEmail'] },
  { name: 'kind_cell', headers: ['Kind'] },
  { name: 'max_mode_cell', headers: ['Max Mode', 'maxMode'] },
  { name: 'written_cell', headers: ['Input (w/ Cache Write)', 'cacheWriteTokens'] },
  { name: 'uncached_cell', headers: ['Input (w/o Cache Write)', 'inputTokens'] },
  { name: 'read_cell', headers: ['Cache Read', 'cacheReadTokens'] },
  { name: 'output_cell', headers: ['Output Tokens', 'Output', 'outputTokens'] },
  { name: 'total_cell', headers: ['Total Tokens'] },
  { name: 'tokens_cell', headers: ['Tokens'] },
  { name: 'cost_cell', headers: ['Cost', 'Cost ($)'] },
  { name: 'cents_cell', headers: ['totalCents'] },
  { name: 'cost_to_you_cell', headers: ['Cost to you'] },
  { name: 'requests_cell', headers: ['Requests', 'requestsCosts'] },
  { name: 'cloud_agent_cell', headers: ['Cloud Agent ID'] },
  { name: 'automation_cell', headers: ['Automation ID'] },
  // only the variant that was made from JSON has it
  { name: 'json_cell', headers: ['isTokenBasedCall'] },
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
