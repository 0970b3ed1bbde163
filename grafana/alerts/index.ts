/** All alert rules and message templates, and the files that Grafana's provisioning reads. */
import { blocks } from './blocks.ts';
import { budgets } from './budgets.ts';
import { collector } from './collector.ts';
import { data } from './data.ts';
import { type FileGroup, fileGroup } from './file-shape.ts';
import { requests } from './requests.ts';
import { resources } from './resources.ts';
import { type AlertGroup, buildGroup, type FindPanel } from './rule.ts';
import { spending } from './spending.ts';
import { store } from './store.ts';
import { type FileTemplate, templates } from './templates.ts';

/** Those that ask ClickHouse, then those that ask Prometheus; no group does both. */
export const alertGroups: readonly AlertGroup[] = [
  budgets,
  spending,
  requests,
  data,
  blocks,
  store,
  collector,
  resources,
];

/** @throws Error when a rule leads to a panel that does not exist. */
export function rulesFile(find?: FindPanel): { apiVersion: 1; groups: FileGroup[] } {
  return { apiVersion: 1, groups: alertGroups.map((group) => fileGroup(buildGroup(group, find))) };
}

export function templatesFile(): { apiVersion: 1; templates: FileTemplate[] } {
  return { apiVersion: 1, templates: [...templates] };
}
