/** Distribution: how large, how dear and how slow single requests are. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from '../sdk/dashboard.ts';
import { sharedVariables } from '../sdk/variables.ts';
import { histogram } from './distribution/histogram.ts';
import { type Kind, KINDS } from './distribution/kinds.ts';
import { percentile, percentilePanels } from './distribution/percentiles.ts';

function section(kind: Kind) {
  const { whole, overTime, byModelOverTime, byModel } = percentilePanels(kind);
  const title = `${kind.name[0]!.toUpperCase()}${kind.name.slice(1)} per request`;
  return { title, panels: [whole, overTime, histogram(kind), byModelOverTime, byModel] };
}

export function distribution(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-distribution',
    title: 'LLM usage: Distribution',
    description:
      'Percentiles and histograms of tokens, cost and duration per request. Exports that only count buckets of requests have no part in it.',
    variables: [...sharedVariables, percentile],
    sections: KINDS.map(section),
  });
}
