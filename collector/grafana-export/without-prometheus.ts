/** Without Prometheus, what only Prometheus can answer is left out, and said. */
import { PROMETHEUS_UID } from './datasources.ts';
import type { Dashboard, Generated, Panel } from './generated.ts';

export interface LeftOut {
  /** Titles of dashboards whose every query goes to Prometheus. */
  dashboards: string[];
  /** Titles of rules that ask Prometheus. */
  rules: string[];
  /** Titles of dashboards that stay, with panels that will have no data. */
  partly: string[];
}

export function withoutPrometheus(generated: Generated): { generated: Generated; leftOut: LeftOut } {
  const leftOut: LeftOut = { dashboards: [], rules: [], partly: [] };
  const dashboards = generated.dashboards.filter(({ dashboard }) => {
    const asked = sourcesOf(dashboard);
    if (!asked.has(PROMETHEUS_UID)) return true;
    const only = asked.size === 1;
    leftOut[only ? 'dashboards' : 'partly'].push(dashboard.title);
    return !only;
  });
  const groups = generated.groups.map((group) => ({
    ...group,
    rules: group.rules.filter((rule) => {
      const asks = rule.data.some((query) => query.datasourceUid === PROMETHEUS_UID);
      if (asks) leftOut.rules.push(rule.title);
      return !asks;
    }),
  }));
  const asking = groups.filter((group) => group.rules.length > 0);
  return { generated: { ...generated, dashboards, groups: asking }, leftOut };
}

/** The uids of the data sources that a dashboard's panels ask. */
function sourcesOf(dashboard: Dashboard): Set<string> {
  const uids = panelsOf(dashboard.panels ?? []).flatMap((panel) =>
    (panel.targets ?? []).map((target) => target.datasource?.uid ?? panel.datasource?.uid),
  );
  return new Set(uids.filter((uid) => uid !== undefined));
}

function panelsOf(panels: readonly Panel[]): Panel[] {
  return panels.flatMap((panel) => [panel, ...panelsOf(panel.panels ?? [])]);
}
