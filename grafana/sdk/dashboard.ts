/** What all dashboards have in common: the folder's tags, links to each other, variables, time range. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { SHARED_VARIABLES, type SharedVariable, sharedVariables } from './variables.ts';

export interface DashboardOptions {
  /** Stable: bookmarks, rules and links name it. */
  uid: string;
  title: string;
  /** One sentence: the question that it answers. */
  description: string;
  /** Rows of panels, from top to bottom. A title makes a heading. */
  sections: { title?: string; panels: Builder<Panel>[] }[];
  /** @default the shared ones */
  variables?: readonly Builder<VariableModel>[];
  /** @default the last 30 days, whole */
  time?: { from: string; to: string };
  /** @default every 5 minutes */
  refresh?: string;
}

/** Builds a dashboard. Its panels are numbered in order; rules find theirs by title. */
export function buildDashboard(options: DashboardOptions): Dashboard {
  const builder = new DashboardBuilder(options.title)
    .uid(options.uid)
    .description(options.description)
    .tags(['tallyd'])
    .timezone('')
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time(options.time ?? { from: 'now-30d/d', to: 'now' })
    .refresh(options.refresh ?? '5m')
    .variables([...(options.variables ?? sharedVariables)])
    .links([
      new DashboardLinkBuilder('LLM usage')
        .type(DashboardLinkType.Dashboards)
        .tags(['tallyd'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    ]);
  for (const { title, panels } of options.sections) {
    if (title !== undefined) builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  return numbered(builder.build());
}

function numbered(dashboard: Dashboard): Dashboard {
  const panels = dashboard.panels ?? [];
  panels.forEach((panel, index) => (panel.id = index + 1));
  return dashboard;
}

/** The address of another of these dashboards, with the range and the variables that are chosen now. */
export function linkTo(uid: string, more = ''): string {
  return `/d/${uid}?\${__url_time_range}&\${__all_variables}${more === '' ? '' : `&${more}`}`;
}

/**
 * The same with some of the shared variables set to values of one's own, which `linkTo` would add to
 * those that are chosen: `linkChoosing('tallyd-models', { model: '${__value.raw:percentencode}' })`.
 * @param keep variables that the dashboard with the link has besides, such as those of its own
 */
export function linkChoosing(
  uid: string,
  chosen: Partial<Record<SharedVariable, string>>,
  keep: readonly string[] = [],
): string {
  const names = [...SHARED_VARIABLES, ...keep];
  const kept = names.filter((name) => !(name in chosen)).map((name) => `\${${name}:queryparam}`);
  const set = Object.entries(chosen).map(([name, value]) => `var-${name}=${value}`);
  return `/d/${uid}?\${__url_time_range}&${[...kept, ...set].join('&')}`;
}
