/** Patterns: when models are used, and whether it grows. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from '../sdk/dashboard.ts';
import { sharedVariables } from '../sdk/variables.ts';
import { calendar } from './patterns/calendar.ts';
import { growth } from './patterns/growth.ts';
import { measure, per } from './patterns/measure.ts';
import { heat, peaks, profiles } from './patterns/week.ts';

export function patterns(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-patterns',
    title: 'LLM usage: Patterns',
    description: 'When in the day and in the week models are used, and whether weeks and months grow.',
    variables: [measure, per, ...sharedVariables],
    sections: [
      { panels: peaks },
      { panels: [heat, ...profiles] },
      { panels: [calendar] },
      { title: 'Growth', panels: growth },
    ],
  });
}
