/** Cost: what it is made of, how it goes, what it is on average, and how far it can be trusted. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from '../../sdk/dashboard.ts';
import { sharedVariables } from '../../sdk/variables.ts';
import { averages, averagesOverTime } from './averages.ts';
import { billedAgainstCalculated } from './billed.ts';
import { breakdown, groupBy } from './breakdown.ts';
import { chargedAgainstNot, reportedAgainstCalculated } from './comparisons.ts';
import { dailyTrend } from './trend.ts';
import { unpriced } from './unpriced.ts';

export function cost(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-cost',
    title: 'LLM usage: Cost',
    description: 'What usage costs, by anything and together, how it develops, and which of it has no price.',
    variables: [...sharedVariables, groupBy],
    sections: [
      { panels: averages },
      { title: 'Breakdown', panels: breakdown },
      { title: 'Trend', panels: [dailyTrend, averagesOverTime] },
      { title: 'Reported against calculated', panels: reportedAgainstCalculated },
      { title: 'Billed against calculated', panels: billedAgainstCalculated },
      { title: 'Charged against not charged', panels: chargedAgainstNot },
      { title: 'Unpriced', panels: unpriced },
    ],
  });
}
