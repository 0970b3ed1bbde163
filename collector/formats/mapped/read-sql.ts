/**
 * The `read.sql` of a mapped format. What people wrote in `tallyd.yaml` stands in it as string literals
 * only: cells go by number.
 */
import { readableJson } from '../cells.ts';
import { tupleOf } from './json-paths.ts';
import { type MappedFormatConfig, sourceColumns } from './schema.ts';
import { type CellOf, literal } from './sql-text.ts';
import { MISSING, type Reading, readingsOf, textOf } from './targets.ts';

/** The SELECT that reads files as `mapped` says. */
export function mappedReadSql(mapped: MappedFormatConfig): string {
  const sources = sourceColumns(mapped);
  const cell: CellOf = (column) => `cell_${sources.indexOf(column)}`;
  const readings = readingsOf(mapped, cell);
  const id = mapped.columns.id;
  const idCell = id === undefined ? undefined : cell(typeof id === 'string' ? id : id.column);
  const identity = idCell
    ? `sipHash128(${literal(mapped.name)}, 'id', ifNull(${idCell}, ''))`
    : `sipHash128(${[literal(mapped.name), ...sources.map((column) => `ifNull(${cell(column)}, '')`)].join(', ')})`;
  const ordinal = idCell ? '0' : 'row_number() OVER (PARTITION BY path, identity ORDER BY record)';
  return `
WITH {{cells}}
SELECT path, record, problem.1 AS rejected, problem.2 AS rejected_column, problem.3 AS rejected_value,
    if(rejected = '', '', substringUTF8(text, 1, 500)) AS excerpt,
    reinterpretAsUInt128(sipHash128(identity, ordinal)) AS event_id,
    {{arrived_at}} AS version,
    ${eventSelect(mapped, cell, readings).join(',\n    ')}
FROM
(
    SELECT *, ${ordinal} AS ordinal
    FROM
    (
        SELECT *,
            ${problemOf(mapped, cell, readings, idCell)} AS problem,
            -- a rejected record takes no ordinal from those that are read
            if(problem.1 = '', ${identity}, toFixedString('', 16)) AS identity
        FROM
        (
            SELECT *,
                ${readings.map(({ name, sql }) => `${sql} AS ${name}`).join(',\n                ')}
            FROM ${sourceRelation(mapped, sources)}
        )
        ${mapped.type === 'jsonl' ? `WHERE NOT readable OR ${carriesUsage(readings)}` : ''}
    )
)`;
}

/** Path, record, one column per source column, the text of the record and whether it could be parsed. */
function sourceRelation(mapped: MappedFormatConfig, sources: string[]): string {
  if (mapped.type !== 'jsonl')
    return `(SELECT path, record, surplus, '' AS text, true AS readable, ${sources.map((_, i) => `cell_${i}`).join(', ')} FROM {{records}})`;
  const { type, positions } = tupleOf(sources);
  const cells = sources.map((path, i) => `nullIf(fields.${positions.get(path)!.join('.')}, '') AS cell_${i}`);
  const empty = sources.map((_, i) => `cell_${i} IS NULL`).join(' AND ');
  return (
    `(SELECT path, record, '' AS surplus, line AS text, ${cells.join(', ')}, ` +
    // validity costs another parse: it is judged only where nothing was found
    `if(${empty}, isValidJSON(line), true) AS readable ` +
    `FROM (SELECT path, record, ${readableJson('raw')} AS line, JSONExtract(line, ${literal(type)}) AS fields ` +
    `FROM (SELECT path, record, line AS raw FROM {{records}})))`
  );
}

function problemOf(
  mapped: MappedFormatConfig,
  cell: CellOf,
  readings: Reading[],
  idCell: string | undefined,
): string {
  const id = mapped.columns.id;
  const cases = [
    `NOT readable, ('not valid JSON (cut off or broken)', '', '')`,
    `ifNull(surplus, '') != '', ('more cells than the header has', '', '')`,
    ...readings.flatMap((reading) => reading.problems),
    ...(idCell
      ? [`${idCell} IS NULL, (${MISSING}, ${literal(typeof id === 'string' ? id : id!.column)}, '')`]
      : []),
    ...(mapped.type === 'jsonl' ? [] : [emptyRow(mapped, cell, readings)]),
  ];
  return `multiIf(\n                ${cases.join(',\n                ')},\n                ('', '', ''))`;
}

/** A row of a table without a single token or cost was probably cut off, unless it says that it failed. */
function emptyRow(mapped: MappedFormatConfig, cell: CellOf, readings: Reading[]): string {
  const failed = mapped.columns.status === undefined ? 'false' : `${textOf(mapped, cell).status} != 'ok'`;
  return `NOT (${carriesUsage(readings)}) AND NOT ${failed}, ('neither tokens nor a cost', '', '')`;
}

function carriesUsage(readings: Reading[]): string {
  const cells = readings.flatMap((reading) => (reading.usage ? [reading.usage] : []));
  return cells.map((name) => `${name} IS NOT NULL`).join(' OR ');
}

function eventSelect(mapped: MappedFormatConfig, cell: CellOf, readings: Reading[]): string[] {
  const text = textOf(mapped, cell);
  const provider = text.provider
    ? `if(${text.provider} != '', ${text.provider}, {{provider_of_model}})`
    : '{{provider_of_model}}';
  const tags = (mapped.tags ?? []).map((tag) => {
    const { name, column } = typeof tag === 'string' ? { name: tag, column: tag } : tag;
    return `${literal(name)}, ifNull(${cell(column)}, '')`;
  });
  return [
    ...readings.map(({ name, event }) => `${event} AS ${name.replace(/_read$/, '')}`),
    `${text.model ?? "''"} AS model`,
    `${provider} AS provider`,
    ...(['user', 'project', 'session_id', 'request_id', 'status'] as const).flatMap((target) =>
      text[target] ? [`${text[target]} AS ${target}`] : [],
    ),
    ...(mapped.grain ? [`${literal(mapped.grain)} AS grain`] : []),
    ...(tags.length > 0 ? [`mapFilter((name, value) -> value != '', map(${tags.join(', ')})) AS tags`] : []),
  ];
}
