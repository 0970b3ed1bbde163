/** Langfuse's observations: exported from its tables, or written to a bucket on schedule. */
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';
import { columnsIn, readCells } from '../records-as-cells.ts';

/** The bucket's files have snake case, the API and the export of a table camel case. */
const COLUMNS: Column[] = [
  {
    name: 'id_cell',
    headers: ['id'],
    required: true,
    becomes: 'request_id, and what makes the event the same',
  },
  { name: 'type_cell', headers: ['type'], required: true, becomes: 'whether it is read; tag type' },
  { name: 'start_cell', headers: ['start_time', 'startTime'], required: true, becomes: 'ts' },
  { name: 'end_cell', headers: ['end_time', 'endTime'], becomes: 'duration_ms' },
  { name: 'trace_cell', headers: ['trace_id', 'traceId'], becomes: 'tag trace_id' },
  { name: 'trace_name_cell', headers: ['trace_name', 'traceName'], becomes: 'tag trace_name' },
  { name: 'project_cell', headers: ['project_id', 'projectId'], becomes: 'project' },
  { name: 'environment_cell', headers: ['environment'], becomes: 'tag environment' },
  { name: 'name_cell', headers: ['name'], becomes: 'tag name' },
  { name: 'level_cell', headers: ['level'], becomes: 'status' },
  { name: 'version_cell', headers: ['version'], becomes: 'tag version' },
  { name: 'model_cell', headers: ['provided_model_name', 'providedModelName', 'model'], becomes: 'model' },
  {
    name: 'usage_cell',
    headers: ['usage_details', 'usageDetails'],
    required: true,
    becomes: 'the token columns, by the words in its keys',
  },
  { name: 'costs_cell', headers: ['cost_details', 'costDetails'], becomes: 'reported_cost_usd' },
  {
    name: 'cost_cell',
    headers: ['total_cost', 'totalCost', 'calculatedTotalCost'],
    becomes: 'reported_cost_usd',
  },
  { name: 'latency_cell', headers: ['latency'], becomes: 'duration_ms' },
  { name: 'prompt_name_cell', headers: ['prompt_name', 'promptName'], becomes: 'tag prompt' },
  {
    name: 'prompt_version_cell',
    headers: ['prompt_version', 'promptVersion'],
    becomes: 'tag prompt_version',
  },
  { name: 'user_cell', headers: ['user_id', 'userId'], becomes: 'user' },
  { name: 'session_cell', headers: ['session_id', 'sessionId'], becomes: 'session_id' },
];

const NEEDED = COLUMNS.filter((column) => column.required).map((column) => column.name);
const SQL = loadSql('langfuse', 'read.sql');
const GET_IT =
  'Langfuse, Project Settings, Integrations, Blob Storage: the files below observations_v2 (field groups core, basic, ' +
  'time, model and usage). Or Observations, Export.';

const shared = { source: 'langfuse', unit: 'record', columns: COLUMNS } as const;

const PASSED = 'observations that carry no usage: spans, events, tools';

export const langfuse: Format = {
  ...shared,
  name: 'langfuse',
  title: 'Langfuse export of observations',
  layout: 'table',
  recognise: (sample) => recognise(sample, langfuse),
  passesOver: PASSED,
  readSql: readCells(SQL, COLUMNS, 'table'),
  about: {
    getIt: GET_IT,
    example:
      'id,trace_id,project_id,environment,type,start_time,end_time,name,level,provided_model_name,usage_details,cost_details,total_cost,latency,user_id,session_id',
  },
};

export const langfuseJsonl: Format = {
  ...shared,
  name: 'langfuse-jsonl',
  title: 'Langfuse export of observations as JSON',
  layout: 'lines',
  arrays: ['', 'data'],
  recognise: (sample) => recognise(sample, langfuseJsonl),
  passesOver: PASSED,
  readSql: readCells(SQL, COLUMNS, 'lines'),
  about: {
    getIt: GET_IT,
    example:
      '{"id":"b1c2","trace_id":"t-1","type":"GENERATION","start_time":"2026-08-01 10:00:00.000000","provided_model_name":"claude-sonnet-4-5","usage_details":{"input":400,"input_cached_tokens":1000,"output":50},"cost_details":{"total":0.0023},"total_cost":0.0023,"latency":2.5,"user_id":"ada"}',
  },
};

export const langfuseParquet: Format = {
  ...shared,
  name: 'langfuse-parquet',
  title: 'Langfuse export of observations as Parquet',
  layout: 'parquet',
  recognise: (sample) => recognise(sample, langfuseParquet),
  passesOver: PASSED,
  readSql: readCells(SQL, COLUMNS, 'parquet'),
  about: { getIt: GET_IT, example: 'a Parquet file with the columns id, type, start_time, usage_details, …' },
};

function recognise(sample: Sample, format: Format): Recognition {
  const has = columnsIn(sample, format);
  if (!has) return { is: 'other' };
  const missing = NEEDED.filter((name) => !has(name)).map(
    (name) => COLUMNS.find((column) => column.name === name)!.headers[0]!,
  );
  if (missing.length === 0) return { is: 'this' };
  const telling = has('usage_cell') || (has('trace_cell') && has('type_cell'));
  if (!telling || missing.length > 2) return { is: 'other' };
  return {
    is: 'near',
    difference: `has no ${list(missing.map(quoted), 'and no')}`,
    score: NEEDED.length - missing.length,
  };
}
