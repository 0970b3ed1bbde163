/** The panel that an alert leads to, found by what people see: the dashboard and the panel's title. */
import { dashboards } from '../dashboards/index.ts';
import { panelsOf } from '../testing/panels.ts';

export interface PanelRef {
  /** The dashboard's uid. */
  dashboard: string;
  /** The panel's title. */
  title: string;
}

/** The panel's number. @throws Error when the dashboard or the panel is not there. */
export function panelId({ dashboard: uid, title }: PanelRef, rule: string): number {
  const dashboard = dashboards.map((make) => make()).find((one) => one.uid === uid);
  if (!dashboard) throw new Error(`the rule "${rule}" leads to the dashboard ${uid}, which does not exist`);
  const panels = panelsOf(dashboard);
  const id = panels.find((panel) => panel.title === title)?.id;
  if (id !== undefined) return id;
  const titles = panels.map((panel) => panel.title).join(', ');
  throw new Error(`the rule "${rule}" leads to the panel "${title}", but ${uid} has ${titles}`);
}
