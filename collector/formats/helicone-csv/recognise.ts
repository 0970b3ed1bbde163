/** Helicone's export of requests, by its own tool: CSV, JSON lines or one JSON array. */
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';
import { columnsIn, readCells } from '../records-as-cells.ts';

const COLUMNS: Column[] = [
  {
    name: 'response_cell',
    headers: ['response_id'],
    required: true,
    becomes: 'what makes the event the same',
  },
  { name: 'request_cell', headers: ['request_id'], becomes: 'request_id' },
  { name: 'asked_cell', headers: ['request_created_at'], required: true, becomes: 'ts' },
  { name: 'status_cell', headers: ['response_status'], required: true, becomes: 'status, tag http_status' },
  { name: 'user_cell', headers: ['request_user_id'], becomes: 'user' },
  {
    name: 'properties_cell',
    headers: ['request_properties', 'properties'],
    becomes: 'tags; Helicone-Session-Id is session_id',
  },
  // what answered before what was asked for
  {
    name: 'model_cell',
    headers: ['response_model', 'model', 'model_override', 'request_model'],
    becomes: 'model',
  },
  { name: 'provider_cell', headers: ['provider'], becomes: 'provider' },
  { name: 'prompt_cell', headers: ['prompt_tokens'], required: true, becomes: 'input_tokens' },
  { name: 'read_cell', headers: ['prompt_cache_read_tokens'], becomes: 'cache_read_tokens' },
  { name: 'written_cell', headers: ['prompt_cache_write_tokens'], becomes: 'cache_write_5m_tokens' },
  { name: 'completion_cell', headers: ['completion_tokens'], required: true, becomes: 'output_tokens' },
  { name: 'reasoning_cell', headers: ['reasoning_tokens'], becomes: 'reasoning_tokens' },
  { name: 'total_cell', headers: ['total_tokens'], becomes: 'checked' },
  { name: 'latency_cell', headers: ['latency', 'delay_ms'], becomes: 'duration_ms' },
  { name: 'cost_cell', headers: ['cost', 'costUSD'], becomes: 'reported_cost_usd' },
  { name: 'cache_reference_cell', headers: ['cache_reference_id'], becomes: 'billable, tag cache_hit' },
];

const NEEDED = COLUMNS.filter((column) => column.required).map((column) => column.name);
const SQL = loadSql('helicone-csv', 'read.sql');

export const heliconeCsv: Format = {
  name: 'helicone-csv',
  source: 'helicone',
  title: 'Helicone export',
  layout: 'table',
  unit: 'record',
  // a table has one column for the model
  columns: COLUMNS.map((column) =>
    column.name === 'model_cell' ? { ...column, headers: ['model'] } : column,
  ),
  recognise: (sample) => recognise(sample, heliconeCsv),
  readSql: readCells(SQL, COLUMNS, 'table'),
  about: {
    getIt: 'npx @helicone/export --format csv, with HELICONE_API_KEY set.',
    example:
      'response_id,response_created_at,response_status,request_created_at,request_body,request_properties,request_user_id,model,prompt_tokens,completion_tokens,latency,cost',
  },
};

export const heliconeJsonl: Format = {
  name: 'helicone-jsonl',
  source: 'helicone',
  title: 'Helicone export as JSON',
  layout: 'lines',
  unit: 'record',
  columns: COLUMNS,
  arrays: ['', 'data'],
  recognise: (sample) => recognise(sample, heliconeJsonl),
  readSql: readCells(SQL, COLUMNS, 'lines'),
  about: {
    getIt:
      'npx @helicone/export --format jsonl, with HELICONE_API_KEY set. It tells cached tokens, which the CSV does not.',
    example:
      '{"response_id":"5f6c","response_created_at":"2026-08-01T10:00:03Z","response_status":200,"request_id":"9a1b","request_created_at":"2026-08-01T10:00:00Z","request_user_id":"ada","request_properties":{"Environment":"prod"},"response_model":"gpt-4o-mini","provider":"OPENAI","prompt_tokens":400,"prompt_cache_read_tokens":0,"completion_tokens":50,"delay_ms":2500}',
  },
};

function recognise(sample: Sample, format: Format): Recognition {
  const has = columnsIn(sample, format);
  if (!has || !(has('asked_cell') && (has('status_cell') || has('response_cell')))) return { is: 'other' };
  const missing = NEEDED.filter((name) => !has(name)).map(
    (name) => COLUMNS.find((column) => column.name === name)!.headers[0]!,
  );
  if (missing.length === 0) return { is: 'this' };
  return {
    is: 'near',
    difference: `has no ${list(missing.map(quoted), 'and no')}`,
    score: NEEDED.length - missing.length,
  };
}
