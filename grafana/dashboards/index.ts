/** All dashboards, in the order of the folder. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { blocks } from './blocks.ts';
import { budgets } from './budgets.ts';
import { cache } from './cache.ts';
import { cost } from './cost/cost.ts';
import { distribution } from './distribution.ts';
import { ingestion } from './ingestion.ts';
import { models } from './models/models.ts';
import { overview } from './overview.ts';
import { patterns } from './patterns.ts';
import { pipeline } from './pipeline.ts';
import { sessions } from './sessions.ts';
import { tokens } from './tokens.ts';

export const dashboards: readonly (() => Dashboard)[] = [
  overview,
  tokens,
  cost,
  models,
  cache,
  patterns,
  distribution,
  sessions,
  blocks,
  budgets,
  ingestion,
  pipeline,
];
