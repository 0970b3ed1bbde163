/** Blocks: the five-hour windows that plans of coding agents count by, and where the running one leads. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from '../sdk/dashboard.ts';
import { sharedVariables } from '../sdk/variables.ts';
import { blocksTable, charts } from './blocks/history.ts';
import { headline, runningTable } from './blocks/running.ts';

export function blocks(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-blocks',
    title: 'LLM usage: Blocks',
    description:
      'Five-hour blocks per source, how fast the running one is used up, and what it comes to against its limit.',
    variables: sharedVariables,
    time: { from: 'now-7d/d', to: 'now' },
    refresh: '1m',
    sections: [
      { panels: [...headline, runningTable] },
      { title: 'Blocks of the range', panels: [...charts, blocksTable] },
    ],
  });
}
