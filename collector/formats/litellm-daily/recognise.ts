/** LiteLLM's daily sums of spend, per user, team, organization, end user or agent. */
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';
import { columnsIn, readCells } from '../records-as-cells.ts';

const COLUMNS: Column[] = [
  { name: 'date_cell', headers: ['date'], required: true, becomes: 'ts' },
  { name: 'user_cell', headers: ['user_id'], becomes: 'user' },
  { name: 'team_cell', headers: ['team_id'], becomes: 'project' },
  { name: 'organization_cell', headers: ['organization_id'], becomes: 'project' },
  { name: 'end_user_cell', headers: ['end_user_id'], becomes: 'user' },
  { name: 'agent_cell', headers: ['agent_id'], becomes: 'tag agent' },
  { name: 'tag_cell', headers: ['tag'], becomes: 'not read: such a table is refused' },
  { name: 'key_cell', headers: ['api_key'], becomes: 'tag key_hash' },
  { name: 'model_cell', headers: ['model'], required: true, becomes: 'model' },
  { name: 'group_cell', headers: ['model_group'], becomes: 'tag model_group' },
  { name: 'provider_cell', headers: ['custom_llm_provider'], becomes: 'provider' },
  { name: 'tool_cell', headers: ['mcp_namespaced_tool_name'], becomes: 'tag tool' },
  { name: 'endpoint_cell', headers: ['endpoint'], becomes: 'tag endpoint' },
  {
    name: 'prompt_cell',
    headers: ['prompt_tokens'],
    required: true,
    becomes: 'input_tokens, with what was cached taken off',
  },
  { name: 'completion_cell', headers: ['completion_tokens'], required: true, becomes: 'output_tokens' },
  { name: 'cached_cell', headers: ['cache_read_input_tokens'], required: true, becomes: 'cache_read_tokens' },
  {
    name: 'written_cell',
    headers: ['cache_creation_input_tokens'],
    required: true,
    becomes: 'cache_write_5m_tokens',
  },
  { name: 'spend_cell', headers: ['spend'], required: true, becomes: 'reported_cost_usd' },
  { name: 'requests_cell', headers: ['api_requests'], required: true, becomes: 'requests' },
  { name: 'failed_cell', headers: ['failed_requests'], becomes: 'tag failed_requests' },
];

const NEEDED = COLUMNS.filter((column) => column.required).map((column) => column.name);
const SQL = loadSql('litellm-daily', 'read.sql');
const GET_IT =
  'In the database of the LiteLLM proxy: COPY (SELECT * FROM "LiteLLM_DailyUserSpend") TO STDOUT WITH CSV HEADER. ' +
  'The tables of teams, organizations, end users and agents hold the same usage again: export one of them.';

export const litellmDaily: Format = {
  name: 'litellm-daily',
  title: 'LiteLLM daily spend table',
  layout: 'table',
  // an ordinal among the records that are alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise: (sample) => recognise(sample, litellmDaily),
  readSql: readCells(SQL, COLUMNS, 'table'),
  about: {
    getIt: GET_IT,
    example:
      'user_id,date,api_key,model,model_group,custom_llm_provider,endpoint,prompt_tokens,completion_tokens,cache_read_input_tokens,cache_creation_input_tokens,spend,api_requests,successful_requests,failed_requests',
  },
};

export const litellmDailyJsonl: Format = {
  name: 'litellm-daily-jsonl',
  source: 'litellm-daily',
  title: 'LiteLLM daily spend table as JSON',
  layout: 'lines',
  unit: 'file',
  columns: COLUMNS,
  arrays: ['', 'data'],
  recognise: (sample) => recognise(sample, litellmDailyJsonl),
  readSql: readCells(SQL, COLUMNS, 'lines'),
  about: {
    getIt: GET_IT,
    example:
      '{"user_id":"ada","date":"2026-08-01","model":"gpt-4o-mini","custom_llm_provider":"openai","prompt_tokens":4000,"completion_tokens":500,"cache_read_input_tokens":1000,"cache_creation_input_tokens":0,"spend":0.012,"api_requests":9,"successful_requests":8,"failed_requests":1}',
  },
};

function recognise(sample: Sample, format: Format): Recognition {
  const has = columnsIn(sample, format);
  if (!has || !has('requests_cell', 'spend_cell', 'date_cell')) return { is: 'other' };
  const missing = NEEDED.filter((name) => !has(name)).map(
    (name) => COLUMNS.find((column) => column.name === name)!.headers[0]!,
  );
  if (missing.length > 0)
    return {
      is: 'near',
      difference: `has no ${list(missing.map(quoted), 'and no')}`,
      score: NEEDED.length - missing.length,
    };
  // a request with three tags stands in three sums
  if (has('tag_cell'))
    return {
      is: 'near',
      difference:
        'has a column "tag": in the table of tags a request counts once per tag, so it cannot be added up. Send LiteLLM_DailyUserSpend instead',
      score: 20,
    };
  return { is: 'this' };
}
