/** The budgets that are drawn over their period: one in dollars, one in tokens. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { clickhouse } from '../../sdk/datasources.ts';

/** Dollars and tokens never share a panel: what differs between the two. */
export interface Kind {
  unit: 'usd' | 'tokens';
  words: string;
  variable: string;
  label: string;
}

export const KINDS: readonly Kind[] = [
  { unit: 'usd', words: 'in dollars', variable: 'budget', label: 'Budget in dollars' },
  { unit: 'tokens', words: 'in tokens', variable: 'token_budget', label: 'Budget in tokens' },
];

/** The chosen budget, and before one is chosen the first: Grafana takes the first of the list, too. */
export function isChosen({ unit, variable }: Kind): string {
  const value = `\${${variable}:singlequote}`;
  return `unit = '${unit}' AND (name = ${value} OR ${value} = '' AND name = (SELECT min(name) FROM tallyd.budgets WHERE unit = '${unit}'))`;
}

export const budgetVariables: readonly Builder<VariableModel>[] = KINDS.map(({ unit, variable, label }) =>
  new QueryVariableBuilder(variable)
    .label(label)
    .datasource(clickhouse)
    .query(`SELECT name FROM tallyd.budgets WHERE unit = '${unit}' ORDER BY name`)
    .refresh(VariableRefresh.OnDashboardLoad)
    .multi(false)
    .includeAll(false),
);
