/** Budgets: how much of them is spent, how fast, and whether they last. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from '../sdk/dashboard.ts';
import { help, history } from './budgets/history.ts';
import { headline, now } from './budgets/now.ts';
import { period } from './budgets/period.ts';
import { budgetVariables } from './budgets/variables.ts';

export function budgets(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-budgets',
    title: 'LLM usage: Budgets',
    description: 'How much of each budget is spent, how fast, when it runs out and where its period ends.',
    variables: budgetVariables,
    time: { from: 'now-90d/d', to: 'now' },
    sections: [
      { panels: headline },
      { title: 'Now', panels: now },
      { title: 'The current period', panels: period },
      { title: 'Earlier periods', panels: history },
      { title: 'Help', panels: help },
    ],
  });
}
