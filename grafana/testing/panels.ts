/** Looking through a dashboard's JSON. */
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ClickHouseQuery } from '../sdk/query.ts';
import { clickhouse, prometheus } from '../sdk/datasources.ts';
import type { Variable } from './expand.ts';

/** Panels without their rows. */
export function panelsOf(dashboard: Dashboard): Panel[] {
  return (dashboard.panels ?? []).flatMap((panel) =>
    panel.type === 'row' ? ((panel as { panels?: Panel[] }).panels ?? []) : [panel as Panel],
  );
}

export function variablesOf(dashboard: Dashboard): Variable[] {
  return dashboard.templating?.list ?? [];
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

/** A target of the Prometheus data source, as its JSON has it. */
export interface PromQuery {
  refId: string;
  datasource?: { type?: string };
  expr: string;
  legendFormat?: string;
  instant?: boolean;
}

export interface PanelPromQuery {
  dashboard: Dashboard;
  panel: Panel;
  query: PromQuery;
}

/** Every PromQL expression of a dashboard's panels. */
export function promQueriesOf(dashboard: Dashboard): PanelPromQuery[] {
  return panelsOf(dashboard).flatMap((panel) =>
    (panel.targets ?? [])
      .map((target) => target as unknown as PromQuery)
      .filter((target) => target.datasource?.type === prometheus.type)
      .map((query) => ({ dashboard, panel, query })),
  );
}
