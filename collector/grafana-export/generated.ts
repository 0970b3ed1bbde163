/** What `grafana/` generates and the package carries: dashboards and the alerting that does not depend on settings. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';

/** A dashboard of Grafana's classic model, as far as the export looks into it. */
export interface Dashboard {
  uid: string;
  title: string;
  panels?: Panel[];
  [other: string]: unknown;
}

export interface Panel {
  type: string;
  title?: string;
  datasource?: { uid?: string } | null;
  targets?: { datasource?: { uid?: string } | null }[];
  /** Of a collapsed row. */
  panels?: Panel[];
}

export interface Rule {
  uid: string;
  title: string;
  data: { datasourceUid?: string }[];
  annotations?: Record<string, string>;
  [other: string]: unknown;
}

export interface RuleGroup {
  orgId: number;
  name: string;
  folder: string;
  rules: Rule[];
  [other: string]: unknown;
}

/** Things of an organisation: templates, mute timings. */
export interface OfOrg {
  orgId?: number;
  name?: string;
  [other: string]: unknown;
}

export interface Generated {
  /** By file name, in its order. */
  dashboards: { file: string; dashboard: Dashboard }[];
  groups: RuleGroup[];
  templates: OfOrg[];
  muteTimes: OfOrg[];
}

/** Reads them. @param folder `grafana/generated` of the package. */
export function readGenerated(folder = join(packageRoot, 'grafana/generated')): Generated {
  const dashboards = join(folder, 'dashboards');
  const alerting = (name: string): Record<string, unknown> => {
    const file = join(folder, 'alerting', name);
    return existsSync(file) ? readJson<Record<string, unknown>>(file) : {};
  };
  return {
    dashboards: readdirSync(dashboards)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => ({ file, dashboard: readJson<Dashboard>(join(dashboards, file)) })),
    groups: (alerting('rules.json')['groups'] ?? []) as RuleGroup[],
    templates: (alerting('templates.json')['templates'] ?? []) as OfOrg[],
    muteTimes: (alerting('mute-times.json')['muteTimes'] ?? []) as OfOrg[],
  };
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
