/** Looking through a dashboard's JSON. */
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ClickHouseQuery } from '../sdk/query.ts';
import { clickhouse } from '../sdk/datasources.ts';
import type { Variable } from './expand.ts';

/** Panels without their rows. */
export function panelsOf(dashboard: Dashboard): Panel[] {
  return (dashboard.panels ?? []).flatMap((panel) =>
    panel.type === 'row' ? ((panel as { panels?: Panel[] }).panels ?? []) : [panel as Panel],
  );
}

export function variablesOf(dashboard: Dashboard): Variable[] {
  return (dashboard.templating?.list ?? []) as Variable[];
}

export interface PanelQuery {
  dashboard: Dashboard;
  panel: Panel;
  query: ClickHouseQuery;
}

/** Every statement of a dashboard's panels. */
export function sqlQueriesOf(dashboard: Dashboard): PanelQuery[] {
  return panelsOf(dashboard).flatMap((panel) =>
    (panel.targets ?? [])
      .map((target) => target as unknown as ClickHouseQuery)
      .filter((target) => target.datasource?.type === clickhouse.type)
      .map((query) => ({ dashboard, panel, query })),
  );
}
