/** What a panel can draw: the rules of Grafana's panels for the frames that the plugin makes. */
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ClickHouseQuery } from '../sdk/query.ts';
import { type Field, fieldOf, type Frame } from './ask.ts';

interface Read extends Frame {
  fields: { name: string; kind: Field }[];
}

/** What is wrong with a frame for its panel, as sentences; nothing when it can be drawn. */
export function shapeProblems(panel: Panel, query: ClickHouseQuery, frame: Frame): string[] {
  const fields = frame.columns.map(({ name, type }) => ({ name, kind: fieldOf(type) }));
  const read = { ...frame, fields };
  const problems: string[] = [];
  if (fields.some(({ kind }) => kind === 'json'))
    problems.push(
      `a column is no plain value: ${frame.columns.map(({ name, type }) => `${name} ${type}`).join(', ')}`,
    );
  const names = fields.map(({ name }) => name);
  if (new Set(names).size < names.length) problems.push(`two columns have one name: ${names.join(', ')}`);
  if (query.format === 0) problems.push(...seriesProblems(read));
  else problems.push(...(RULES[panel.type]?.(read, panel) ?? []));
  problems.push(...overrideProblems(panel, names, query.format));
  return problems;
}

/** `time` first and in order, then labels and numbers; at most one row per time and labels. */
function seriesProblems({ fields, rows }: Read): string[] {
  const problems: string[] = [];
  if (fields[0]?.kind !== 'time') problems.push(`the first column is no time: ${fields[0]?.name}`);
  const numbers = fields.filter(({ kind }) => kind === 'number');
  if (numbers.length === 0) problems.push('there is no number');
  const times = rows.map((row) => String(row[0]));
  if (times.some((time, index) => index > 0 && time < times[index - 1]!))
    problems.push('the rows are not in the order of time');
  const labels = fields.flatMap(({ kind }, index) => (kind === 'string' ? [index] : []));
  const keys = rows.map((row) => JSON.stringify([row[0], ...labels.map((index) => row[index])]));
  if (new Set(keys).size < keys.length) problems.push('two rows have the same time and labels');
  const series = new Set(rows.map((row) => JSON.stringify(labels.map((index) => row[index]))));
  if (series.size * numbers.length > 60)
    problems.push(`${series.size * numbers.length} series are too many to read`);
  return problems;
}

const count = (fields: Read['fields'], kind: Field): number =>
  fields.filter((field) => field.kind === kind).length;

/** One text column names the rows, numbers follow. */
function named({ fields, rows }: Read): string[] {
  const problems: string[] = [];
  if (count(fields, 'string') !== 1) problems.push('there must be one text column, which names the rows');
  if (count(fields, 'number') === 0) problems.push('there is no number');
  const text = fields.findIndex(({ kind }) => kind === 'string');
  const names = rows.map((row) => row[text]);
  if (new Set(names).size < names.length) problems.push('two rows have one name');
  return problems;
}

interface XYOptions {
  series?: Partial<Record<'x' | 'y' | 'size' | 'color', { matcher: { options?: unknown } }>>[];
}

/** Two numbers at least; what it draws by name, and what it takes apart, is there. */
function xyProblems({ fields }: Read, panel: Panel): string[] {
  const problems = count(fields, 'number') < 2 ? ['there must be two numbers'] : [];
  const kindOf = (name: unknown): Field | undefined => fields.find((field) => field.name === name)?.kind;
  for (const dimensions of (panel.options as XYOptions).series ?? [])
    for (const [dimension, { matcher }] of Object.entries(dimensions))
      if (kindOf(matcher.options) !== 'number')
        problems.push(`${dimension} names the column ${String(matcher.options)}, which is no number`);
  for (const { id, options } of panel.transformations ?? [])
    if (id === 'partitionByValues')
      for (const name of (options as { fields: string[] }).fields)
        if (kindOf(name) !== 'string')
          problems.push(`the points are told apart by ${name}, which is no text`);
  return problems;
}

/** Whether every row is a value of its own, instead of one for each column. */
function showsEveryRow(panel: Panel): boolean {
  return (panel.options as { reduceOptions?: { values?: boolean } }).reduceOptions?.values === true;
}

const RULES: Record<string, (frame: Read, panel: Panel) => string[]> = {
  stat: ({ fields, rows }, panel) => [
    ...(count(fields, 'number') +
      count(fields, 'string') +
      (fields.length === 1 ? count(fields, 'time') : 0) ===
    0
      ? ['there is no value']
      : []),
    ...(rows.length > 1 && fields[0]?.kind !== 'time' && !showsEveryRow(panel)
      ? ['several rows without a time: only the last would show']
      : []),
  ],
  gauge: ({ fields }) => (count(fields, 'number') === 0 ? ['there is no number'] : []),
  bargauge: named,
  piechart: named,
  barchart: (frame, panel) => {
    const x = (panel.options as { xField?: string }).xField;
    return [
      ...(frame.fields.some(({ name }) => name === x) ? [] : [`xField ${x} is no column`]),
      ...(count(frame.fields, 'number') === 0 ? ['there is no number'] : []),
    ];
  },
  histogram: ({ fields }) => (count(fields, 'number') === 0 ? ['there is no number'] : []),
  heatmap: ({ fields }) => (count(fields, 'number') === 0 ? ['there is no number'] : []),
  xychart: xyProblems,
  // one line per number over the x field, which must ascend (Grafana's trend panel)
  trend: (frame, panel) => {
    const x = frame.fields.findIndex(
      ({ name }) => name === (panel.options as { xField?: string } | undefined)?.xField,
    );
    const values = frame.rows.map((row) => Number(row[x]));
    return [
      ...(frame.fields[x]?.kind === 'number' ? [] : ['the x field is no number']),
      ...(count(frame.fields, 'number') < 2 ? ['there is no number besides the x field'] : []),
      ...(values.some((value, index) => index > 0 && !(value > values[index - 1]!))
        ? ['x does not ascend']
        : []),
    ];
  },
  table: ({ fields }) => (fields.length === 0 ? ['there is no column'] : []),
  timeseries: ({ fields }) => (fields.some(({ kind }) => kind === 'time') ? [] : ['there is no time']),
};

/** An override by name that names no column is a misspelling. In wide series labels are the names. */
function overrideProblems(panel: Panel, names: string[], format: number): string[] {
  if (format === 0 || (panel.targets?.length ?? 0) > 1 || (panel.transformations?.length ?? 0) > 0) return [];
  return (panel.fieldConfig?.overrides ?? [])
    .filter(({ matcher }) => matcher.id === 'byName' && !names.includes(String(matcher.options)))
    .map(({ matcher }) => `an override names the column ${String(matcher.options)}, which is not there`);
}
