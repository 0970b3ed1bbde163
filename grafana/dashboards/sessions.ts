/** Sessions: which there were, and one of them request by request. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from '../sdk/dashboard.ts';
import { sharedVariables } from '../sdk/variables.ts';
import { detail } from './sessions/detail.ts';
import { list, totals } from './sessions/list.ts';
import { order, search, session } from './sessions/variables.ts';

export function sessions(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-sessions',
    title: 'LLM usage: Sessions',
    description: 'The sessions of coding agents, what each cost, and the requests of one of them.',
    variables: [search, order, session, ...sharedVariables],
    time: { from: 'now-7d/d', to: 'now' },
    sections: [{ panels: [totals, list] }, { title: 'One session', panels: detail }],
  });
}
