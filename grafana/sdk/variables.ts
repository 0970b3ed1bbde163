/** The variables that all dashboards over usage share, in this order. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  CustomVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  type VariableModel,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { clickhouse } from './datasources.ts';
import { type Dimension, DIMENSIONS, shown } from './sql.ts';

const LABELS: Record<Dimension, string> = {
  source: 'Source',
  dataset: 'Dataset',
  provider: 'Provider',
  model: 'Model',
  user: 'User',
  project: 'Project',
};

/** Everything that the range holds in a column; all of it unless some is chosen. */
export function dimensionVariable(column: Dimension): Builder<VariableModel> {
  return new QueryVariableBuilder(column)
    .label(LABELS[column])
    .datasource(clickhouse)
    .query(
      `SELECT DISTINCT ${shown(column)} AS value FROM tallyd.usage_hourly WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime ORDER BY value`,
    )
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: 'All', value: '$__all' });
}

/** A choice of one among fixed values. The first is the default. */
export function choice(
  name: string,
  label: string,
  values: readonly (readonly [text: string, value: string])[],
): Builder<VariableModel> {
  const [text, value] = values[0]!;
  return new CustomVariableBuilder(name)
    .label(label)
    .values(values.map(([t, v]) => `${t} : ${v}`).join(', '))
    .options(values.map(([t, v], index) => ({ selected: index === 0, text: t, value: v })))
    .current({ selected: true, text, value });
}

/** What people type; empty at first. */
export function textBox(name: string, label: string): Builder<VariableModel> {
  return new TextBoxVariableBuilder(name)
    .label(label)
    .defaultValue('')
    .current({ selected: true, text: '', value: '' });
}

export const granularity = choice('granularity', 'Granularity', [
  ['Auto', 'auto'],
  ['Hour', 'hour'],
  ['Day', 'day'],
  ['Week', 'week'],
  ['Month', 'month'],
]);

/** The values are the names of the columns that hold the cost by that mode. */
export const costMode = choice('cost_mode', 'Cost', [
  ['As configured', 'cost_usd'],
  ['Reported or calculated', 'auto_cost_usd'],
  ['Calculated', 'calculated_cost_usd'],
  ['Reported only', 'reported_cost_usd'],
]);

/** Their names. */
export const SHARED_VARIABLES = [...DIMENSIONS, 'granularity', 'cost_mode'] as const;
export type SharedVariable = (typeof SHARED_VARIABLES)[number];

export const sharedVariables: readonly Builder<VariableModel>[] = [
  ...DIMENSIONS.map(dimensionVariable),
  granularity,
  costMode,
];
