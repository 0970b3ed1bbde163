/** Models: what each is used for, what it costs and how fast it is; two of them side by side. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from '../../sdk/dashboard.ts';
import { sharedVariables } from '../../sdk/variables.ts';
import { allModels, picture } from './all.ts';
import { pairVariables, sideBySide } from './pair.ts';

export function models(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-models',
    title: 'LLM usage: Models',
    description:
      'Which models are asked, what they cost, how fast they answer, and two of them side by side.',
    variables: [...sharedVariables, ...pairVariables],
    sections: [
      { panels: [allModels] },
      { title: 'Compared', panels: picture },
      { title: 'Side by side: $model_a and $model_b', panels: sideBySide },
    ],
  });
}
