/** Google Cloud's billing export, of which the lines of Gemini and of models on Vertex AI are read. */
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';
import { columnsIn, readCells } from '../records-as-cells.ts';

/** BigQuery's fields with dots, as JSON has them, and with underscores, as queries name them for CSV. */
const both = (path: string): string[] => [path, path.replaceAll('.', '_')];

const COLUMNS: Column[] = [
  {
    name: 'service_cell',
    headers: both('service.description'),
    required: true,
    becomes: 'whether it is read; tag service',
  },
  { name: 'sku_id_cell', headers: both('sku.id'), becomes: 'part of what makes the line the same' },
  {
    name: 'sku_cell',
    headers: both('sku.description'),
    required: true,
    becomes: 'line_item, model, tags token_kind, tier',
  },
  { name: 'start_cell', headers: ['usage_start_time'], required: true, becomes: 'day' },
  { name: 'end_cell', headers: ['usage_end_time'], becomes: 'part of what makes the line the same' },
  { name: 'project_cell', headers: both('project.id'), becomes: 'project' },
  { name: 'region_cell', headers: both('location.region'), becomes: 'tag region' },
  { name: 'cost_cell', headers: ['cost'], required: true, becomes: 'amount, with the credits' },
  { name: 'currency_cell', headers: ['currency'], becomes: 'currency' },
  { name: 'quantity_cell', headers: both('usage.amount'), becomes: 'quantity' },
  { name: 'unit_cell', headers: both('usage.unit'), becomes: 'unit' },
  { name: 'credits_cell', headers: ['credits'], becomes: 'amount, tag credits' },
  { name: 'credit_cell', headers: ['credits_amount'], becomes: 'amount, tag credits' },
  { name: 'cost_type_cell', headers: ['cost_type'], becomes: 'tag cost_type' },
  { name: 'month_cell', headers: both('invoice.month'), becomes: 'part of what makes the line the same' },
  { name: 'labels_cell', headers: ['labels'], becomes: 'part of what makes the line the same' },
  { name: 'resource_cell', headers: both('resource.name'), becomes: 'part of what makes the line the same' },
];
const TABLE_COLUMNS = COLUMNS.map((column) =>
  column.name === 'credit_cell' ? { ...column, headers: ['credits_amount', 'credits.amount'] } : column,
);

const NEEDED = COLUMNS.filter((column) => column.required).map((column) => column.name);
const SQL = loadSql('gcp-billing', 'read.sql');
const GET_IT =
  'Google Cloud console, Billing, Billing export to BigQuery; then export the table gcp_billing_export_v1_… as JSON (one ' +
  'object a line), or the result of a query over it as CSV.';

const PASSED = 'lines of other services than Gemini and the models of Vertex AI';

export const gcpBilling: Format = {
  name: 'gcp-billing',
  title: 'Google Cloud billing export',
  layout: 'table',
  gives: 'bills',
  // an ordinal among the lines that are alike needs the whole file
  unit: 'file',
  columns: TABLE_COLUMNS,
  recognise: (sample) => recognise(sample, gcpBilling),
  passesOver: PASSED,
  readSql: readCells(SQL, TABLE_COLUMNS, 'table'),
  about: {
    getIt: GET_IT,
    example:
      'service.description,sku.id,sku.description,usage_start_time,usage_end_time,project.id,location.region,cost,currency,usage.amount,usage.unit,credits,cost_type',
  },
};

export const gcpBillingJsonl: Format = {
  ...gcpBilling,
  name: 'gcp-billing-jsonl',
  source: 'gcp-billing',
  title: 'Google Cloud billing export as JSON',
  layout: 'lines',
  columns: COLUMNS,
  arrays: [''],
  recognise: (sample) => recognise(sample, gcpBillingJsonl),
  passesOver: PASSED,
  readSql: readCells(SQL, COLUMNS, 'lines'),
  about: {
    getIt: GET_IT,
    example:
      '{"service":{"description":"Vertex AI"},"sku":{"id":"AAAA-1111","description":"Gemini 2.5 Flash Text Input - Predictions"},"usage_start_time":"2026-08-01 00:00:00 UTC","project":{"id":"shop"},"cost":0.3,"currency":"USD","usage":{"amount":1000000,"unit":"count"},"credits":[{"name":"promotion","amount":-0.1}],"cost_type":"regular"}',
  },
};

function recognise(sample: Sample, format: Format): Recognition {
  const has = columnsIn(sample, format);
  if (!has || !has('sku_cell', 'cost_cell')) return { is: 'other' };
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
