/** LiteLLM's table of spend logs: one row a request, exported from its database. */
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';
import { columnsIn, readCells } from '../records-as-cells.ts';

const COLUMNS: Column[] = [
  {
    name: 'id_cell',
    headers: ['request_id'],
    required: true,
    becomes: 'request_id, and what makes the event the same',
  },
  { name: 'start_cell', headers: ['startTime', 'start_time'], required: true, becomes: 'ts' },
  { name: 'end_cell', headers: ['endTime', 'end_time'], becomes: 'duration_ms' },
  { name: 'duration_cell', headers: ['request_duration_ms'], becomes: 'duration_ms' },
  { name: 'model_cell', headers: ['model'], required: true, becomes: 'model' },
  { name: 'group_cell', headers: ['model_group'], becomes: 'tag model_group' },
  { name: 'provider_cell', headers: ['custom_llm_provider'], becomes: 'provider' },
  {
    name: 'prompt_cell',
    headers: ['prompt_tokens'],
    required: true,
    becomes: 'input_tokens, with what was cached taken off',
  },
  { name: 'completion_cell', headers: ['completion_tokens'], required: true, becomes: 'output_tokens' },
  {
    name: 'total_cell',
    headers: ['total_tokens'],
    becomes: 'checked; what it has beyond prompt and completion is unclassified_tokens',
  },
  { name: 'spend_cell', headers: ['spend'], required: true, becomes: 'reported_cost_usd' },
  {
    name: 'metadata_cell',
    headers: ['metadata'],
    becomes:
      'cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, reasoning_tokens; project, tag key',
  },
  { name: 'status_cell', headers: ['status'], becomes: 'status' },
  { name: 'cache_hit_cell', headers: ['cache_hit'], becomes: 'billable, tag cache_hit' },
  { name: 'call_type_cell', headers: ['call_type'], becomes: 'tag call_type' },
  { name: 'user_cell', headers: ['user'], becomes: 'user' },
  { name: 'end_user_cell', headers: ['end_user'], becomes: 'tag end_user' },
  { name: 'team_cell', headers: ['team_id'], becomes: 'project, tag team_id' },
  { name: 'organization_cell', headers: ['organization_id'], becomes: 'tag organization' },
  { name: 'session_cell', headers: ['session_id'], becomes: 'session_id' },
  { name: 'agent_cell', headers: ['agent_id'], becomes: 'tag agent' },
  { name: 'tool_cell', headers: ['mcp_namespaced_tool_name'], becomes: 'tag tool' },
  { name: 'request_tags_cell', headers: ['request_tags'], becomes: 'tag tags' },
];

/** One of these beside the ids, times, tokens and money says that LiteLLM wrote it. */
const TELLING = ['call_type_cell', 'provider_cell', 'group_cell', 'cache_hit_cell'];
const NEEDED = COLUMNS.filter((column) => column.required).map((column) => column.name);
const ARRAYS = ['', 'data'];

const SQL = loadSql('litellm-spend', 'read.sql');
const GET_IT =
  'In the database of the LiteLLM proxy: COPY (SELECT * FROM "LiteLLM_SpendLogs") TO STDOUT WITH CSV HEADER, ' +
  'or SELECT row_to_json(s) FROM "LiteLLM_SpendLogs" s for JSON lines.';

export const litellmSpend: Format = {
  name: 'litellm-spend',
  title: 'LiteLLM spend log',
  layout: 'table',
  unit: 'record',
  columns: COLUMNS,
  recognise: (sample) => recognise(sample, litellmSpend),
  readSql: readCells(SQL, COLUMNS, 'table'),
  about: {
    getIt: GET_IT,
    example:
      'request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,model,model_group,custom_llm_provider,user,metadata,cache_hit,request_tags,team_id,end_user,session_id,status',
  },
};

export const litellmSpendJsonl: Format = {
  name: 'litellm-spend-jsonl',
  source: 'litellm-spend',
  title: 'LiteLLM spend log as JSON',
  layout: 'lines',
  unit: 'record',
  columns: COLUMNS,
  arrays: ARRAYS,
  recognise: (sample) => recognise(sample, litellmSpendJsonl),
  readSql: readCells(SQL, COLUMNS, 'lines'),
  about: {
    getIt: GET_IT,
    example:
      '{"request_id":"chatcmpl-1","call_type":"acompletion","spend":0.0012,"prompt_tokens":400,"completion_tokens":50,"total_tokens":450,"startTime":"2026-08-01T10:00:00.000Z","endTime":"2026-08-01T10:00:02.500Z","model":"gpt-4o-mini","custom_llm_provider":"openai","metadata":{"usage_object":{"prompt_tokens_details":{"cached_tokens":100}}},"status":"success"}',
  },
};

function recognise(sample: Sample, format: Format): Recognition {
  const has = columnsIn(sample, format);
  if (!has || !has('id_cell') || !TELLING.some((name) => has(name))) return { is: 'other' };
  const missing = NEEDED.filter((name) => !has(name)).map(
    (name) => COLUMNS.find((column) => column.name === name)!.headers[0]!,
  );
  if (missing.length === 0) return { is: 'this' };
  if (missing.length > 3) return { is: 'other' };
  return {
    is: 'near',
    difference: `has no ${list(missing.map(quoted), 'and no')}`,
    score: NEEDED.length - missing.length,
  };
}
