/**
 * AWS's Cost and Usage Report, of which the lines of Bedrock are read. It is a bill: what it says of
 * tokens, the programs that used them say as well, request by request. Where nothing else tells of
 * them, `bedrock-cur-usage` reads the same file as usage, for who asks for it.
 */
import { list, quoted } from '../describe.ts';
import type { Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';
import { columnsIn, readCells } from '../records-as-cells.ts';
import { COLUMNS } from './columns.ts';
import { USAGE_TYPE } from './usage-type.ts';

const NEEDED = COLUMNS.filter((column) => column.required).map((column) => column.name);
const GET_IT =
  'AWS console, Billing and Cost Management, Data Exports: a standard export (CUR 2.0) as CSV with gzip, or Parquet; send its files.';
const EXAMPLE =
  'line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_line_item_type,line_item_usage_type,line_item_usage_amount,pricing_unit,line_item_unblended_cost,line_item_currency_code,line_item_usage_account_id';

const sqlOf = (file: string): string =>
  loadSql('bedrock-cur', file).replaceAll('{{usage_type}}', () => USAGE_TYPE.trim());
const BILL_SQL = sqlOf('read.sql');
const USAGE_SQL = sqlOf('read-usage.sql');

const PASSED = 'lines of other services than Amazon Bedrock';

export const bedrockCur: Format = {
  name: 'bedrock-cur',
  title: 'AWS Cost and Usage Report',
  layout: 'table',
  gives: 'bills',
  // an ordinal among the lines that are alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise: (sample) => recognise(sample, bedrockCur),
  passesOver: PASSED,
  readSql: readCells(BILL_SQL, COLUMNS, 'table'),
  about: { getIt: GET_IT, example: EXAMPLE },
};

export const bedrockCurParquet: Format = {
  ...bedrockCur,
  name: 'bedrock-cur-parquet',
  source: 'bedrock-cur',
  title: 'AWS Cost and Usage Report as Parquet',
  layout: 'parquet',
  recognise: (sample) => recognise(sample, bedrockCurParquet),
  passesOver: PASSED,
  readSql: readCells(BILL_SQL, COLUMNS, 'parquet'),
  about: { getIt: GET_IT, example: `a Parquet file with the columns ${EXAMPLE.split(',').join(', ')}` },
};

const ASKED_FOR = `${GET_IT} Read only where format= asks for it: for usage of which no program's own record is sent.`;

/** The report as usage. Never recognised: it would count again what logs and gateways tell. */
export const bedrockCurUsage: Format = {
  name: 'bedrock-cur-usage',
  title: 'AWS Cost and Usage Report, read as usage',
  layout: 'table',
  unit: 'file',
  columns: COLUMNS,
  recognise: () => ({ is: 'other' }),
  passesOver: PASSED,
  readSql: readCells(USAGE_SQL, COLUMNS, 'table'),
  about: { getIt: ASKED_FOR, example: EXAMPLE },
};

export const bedrockCurUsageParquet: Format = {
  ...bedrockCurUsage,
  name: 'bedrock-cur-usage-parquet',
  source: 'bedrock-cur-usage',
  title: 'AWS Cost and Usage Report as Parquet, read as usage',
  layout: 'parquet',
  passesOver: PASSED,
  readSql: readCells(USAGE_SQL, COLUMNS, 'parquet'),
};

function recognise(sample: Sample, format: Format): Recognition {
  const has = columnsIn(sample, format);
  if (!has || !has('start_cell') || !(has('usage_type_cell') || has('cost_cell'))) return { is: 'other' };
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
