/** All dashboards, in the order of the folder. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { overview } from './overview.ts';

export const dashboards: readonly (() => Dashboard)[] = [overview];
