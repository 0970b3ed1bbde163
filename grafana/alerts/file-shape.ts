/**
 * From the shape of Grafana's API, which the SDK builds, to that of its provisioning files: other names
 * for some fields, the interval as a duration, the folder by its title, the panel as fields of its own.
 */
import type { Query, Rule, RuleGroup } from '@grafana/grafana-foundation-sdk/alerting';

/** Title of Grafana's folder for rules and dashboards. */
const FOLDER = 'LLM usage';

export interface FileRule {
  uid: string;
  title: string;
  condition: string;
  data: Query[];
  dashboardUid: string;
  panelId: number;
  noDataState: Rule['noDataState'];
  execErrState: Rule['execErrState'];
  for: string;
  keepFiringFor?: string;
  annotations: Record<string, string>;
  labels: Record<string, string>;
  isPaused: boolean;
}

export interface FileGroup {
  orgId: number;
  name: string;
  folder: string;
  interval: string;
  rules: FileRule[];
}

export function fileGroup({ title, interval, rules }: RuleGroup): FileGroup {
  if (!title || interval === undefined) throw new Error('a group of rules needs a title and an interval');
  return {
    orgId: 1,
    name: title,
    folder: FOLDER,
    interval: `${interval}s`,
    rules: (rules ?? []).map(fileRule),
  };
}

function fileRule(rule: Rule): FileRule {
  const { __dashboardUid__: dashboardUid, __panelId__: panelId, ...annotations } = rule.annotations ?? {};
  if (!rule.uid || dashboardUid === undefined || panelId === undefined)
    throw new Error(`the rule "${rule.title}" needs a uid and a panel`);
  return {
    uid: rule.uid,
    title: rule.title,
    condition: rule.condition,
    // models are read as they are: what is no JSON in them would not arrive
    data: JSON.parse(JSON.stringify(rule.data)) as Query[],
    dashboardUid,
    panelId: Number(panelId),
    noDataState: rule.noDataState,
    execErrState: rule.execErrState,
    for: rule.for,
    ...(rule.keep_firing_for !== undefined && { keepFiringFor: rule.keep_firing_for }),
    annotations,
    labels: rule.labels ?? {},
    isPaused: false,
  };
}
