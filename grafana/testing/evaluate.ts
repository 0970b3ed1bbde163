/**
 * What Grafana makes of a rule: its queries through the data source, each answer into a table of numbers,
 * the reduction, the threshold, and a state per instance. Written after the behaviour of Grafana's
 * expressions (pkg/expr: converter, reduce, threshold) and of its alerting (pkg/services/ngalert/eval).
 */
import type { FileRule } from '../alerts/file-shape.ts';
import { clickhouse } from '../sdk/datasources.ts';
import type { ClickHouseQuery } from '../sdk/query.ts';
import { fieldOf, type Frame } from './ask.ts';
import { expandMacros } from './expand.ts';

export type Labels = Record<string, string>;

/** One number with the labels that tell it from the others of its query. */
export interface LabelledNumber {
  labels: Labels;
  value: number | null;
}

export interface Instance {
  labels: Labels;
  state: 'Alerting' | 'Normal';
  /** The number that was compared. */
  value: number;
  /** Numbers by refId, as `$values` in annotations: those whose labels fit. */
  values: Record<string, number>;
}

export interface Evaluation {
  /** What befell the rule as a whole: then there are no instances. */
  outcome: 'instances' | 'NoData' | 'Error';
  /** What Grafana makes of that: one of the states that the rule names for it. */
  state: string;
  error?: string;
  instances: Instance[];
}

/** Evaluates a rule that asks ClickHouse. `ask` sends one statement. */
export async function evaluate(
  rule: FileRule,
  ask: (sql: string) => Promise<Frame>,
  at = new Date(),
): Promise<Evaluation> {
  let numbers: Map<string, LabelledNumber[]>;
  try {
    numbers = await answers(rule, ask, at);
  } catch (error) {
    return { outcome: 'Error', state: rule.execErrState, error: (error as Error).message, instances: [] };
  }
  const condition = numbers.get(rule.condition)!;
  if (condition.length === 0) return { outcome: 'NoData', state: rule.noDataState, instances: [] };
  const compared = numbers.get(expressionOf(rule, rule.condition))!;
  const instances = condition.map(({ labels, value }, i): Instance => {
    const state = value === 0 ? 'Normal' : 'Alerting';
    return { labels, state, value: compared[i]!.value!, values: captured(labels, numbers) };
  });
  return { outcome: 'instances', state: 'instances', instances };
}

type Numbers = Map<string, LabelledNumber[]>;

async function answers(rule: FileRule, ask: (sql: string) => Promise<Frame>, at: Date): Promise<Numbers> {
  const numbers: Numbers = new Map();
  for (const { refId = '', datasourceUid, model, relativeTimeRange } of rule.data) {
    if (datasourceUid === clickhouse.uid) {
      const { from = 0, to = 0 } = relativeTimeRange ?? {};
      const range = { from: new Date(at.getTime() - from * 1000), to: new Date(at.getTime() - to * 1000) };
      const frame = await ask(expandMacros((model as unknown as ClickHouseQuery).rawSql, range));
      numbers.set(refId, numberTable(frame));
    } else if (datasourceUid === '__expr__')
      numbers.set(refId, expression(model as unknown as Expression, numbers));
    else throw new Error(`the data source ${datasourceUid} is none that this can ask`);
  }
  return numbers;
}

/** A frame without a time is a table of numbers when it has one number and otherwise only texts. */
export function numberTable({ columns, rows }: Frame): LabelledNumber[] {
  const kinds = columns.map(({ type }) => fieldOf(type));
  const at = kinds.indexOf('number');
  const texts = kinds.filter((kind) => kind === 'string').length;
  if (rows.length === 0) return [];
  if (at === -1 || texts !== kinds.length - 1)
    throw new Error(`input data must be a wide series but got ${kinds.join(', ')}`);
  const table = rows.map((row) => ({
    labels: Object.fromEntries(columns.flatMap(({ name }, i) => (i === at ? [] : [[name, String(row[i])]]))),
    // JSON has no NaN and no infinity: they arrive as null
    value: row[at] === null ? null : Number(row[at]),
  }));
  const keys = table.map(({ labels }) => keyOf(labels));
  if (new Set(keys).size < keys.length)
    throw new Error('frame cannot uniquely be identified by its labels: has duplicate results');
  return table;
}

interface Expression {
  type: string;
  expression: string;
  reducer?: string;
  settings?: { mode?: string };
  conditions?: { evaluator: { type: string; params: number[] } }[];
}

function expression(model: Expression, numbers: Numbers): LabelledNumber[] {
  const input = numbers.get(model.expression);
  if (!input) throw new Error(`${model.expression} is no query before this expression`);
  // of a single number every reducer gives that number; dropNN leaves out what is none
  if (model.type === 'reduce' && model.settings?.mode === 'dropNN')
    return input.filter(({ value }) => value !== null && Number.isFinite(value));
  if (model.type === 'threshold') {
    const { type, params } = model.conditions![0]!.evaluator;
    return input.map(({ labels, value }) => ({ labels, value: compare(value!, type, params[0]!) ? 1 : 0 }));
  }
  throw new Error(`the expression ${model.type} is not known here`);
}

function compare(value: number, type: string, limit: number): boolean {
  if (type === 'gt') return value > limit;
  if (type === 'lt') return value < limit;
  throw new Error(`the threshold ${type} is not known here`);
}

function expressionOf(rule: FileRule, refId: string): string {
  const { model } = rule.data.find((query) => query.refId === refId)!;
  return (model as unknown as Expression).expression;
}

/** Numbers whose labels are the instance's, or contain them, or are contained in them. */
function captured(labels: Labels, numbers: Numbers): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [refId, list] of numbers) {
    const found = list.find((one) => contains(labels, one.labels) || contains(one.labels, labels));
    if (found && found.value !== null) values[refId] = found.value;
  }
  return values;
}

function contains(outer: Labels, inner: Labels): boolean {
  return Object.entries(inner).every(([name, value]) => outer[name] === value);
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort());
}
