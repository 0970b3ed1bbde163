/**
 * Provisioning for a Grafana: data sources, dashboards, alert rules and notifications, written to a
 * folder that Grafana reads. Exporting again brings the folder up to date.
 */
import { join } from 'node:path';
import type { ClickHouseAddress, PrometheusAddress } from './addresses.ts';
import { type Notifications, receiverUids, uidsOf } from './alerting.ts';
import { datasourceNames, type Secrets } from './datasources.ts';
import { dashboardsPathOf, filesOf, muteTimesOf } from './files.ts';
import { type Generated, readGenerated } from './generated.ts';
import type { Remembered } from './manifest.ts';
import { TargetFolder, type Written } from './target-folder.ts';
import { type LeftOut, withoutPrometheus } from './without-prometheus.ts';

export interface ExportOptions {
  folder: string;
  clickhouse: ClickHouseAddress;
  /** Without it, what asks Prometheus is left out. */
  prometheus: PrometheusAddress | undefined;
  org: number;
  /** Title of Grafana's folder for dashboards and rules. */
  grafanaFolder: string;
  /** Where Grafana finds the dashboards' folder. @default where it is written */
  dashboardsPath: string | undefined;
  /** Where the documentation is read, for links to runbooks. */
  docsUrl: string | undefined;
  secrets: Secrets;
  /** Replace files that were changed by hand, and write to a folder that holds other things. */
  force: boolean;
  notifications: Notifications;
  env: Readonly<Record<string, string | undefined>>;
  /** @default what the package carries */
  generated?: Generated;
}

export interface ExportResult {
  written: Written;
  leftOut: LeftOut;
  dashboards: number;
  rules: number;
  contactPoints: string[];
  /** Whether the notification policies of the organisation are replaced. */
  policies: boolean;
  /** Files that hold a password. */
  secretFiles: string[];
  dashboardsPath: string;
}

/** Writes the provisioning. @throws CommandError before anything is written. */
export function exportGrafana(options: ExportOptions): ExportResult {
  const { folder, force, notifications } = options;
  const target = new TargetFolder(folder, { force });
  const whole = options.generated ?? readGenerated();
  const { generated, leftOut } = options.prometheus
    ? { generated: whole, leftOut: { dashboards: [], rules: [], partly: [] } }
    : withoutPrometheus(whole);
  const before = target.remembered;
  const files = filesOf(options, generated, before);
  const remembered = remember(options, generated, before);
  const written = target.write(files, remembered, { force });
  return {
    written,
    leftOut,
    dashboards: generated.dashboards.length,
    rules: uidsOf(generated.groups).length,
    contactPoints: (notifications.contactPoints ?? []).map(({ name }) => name),
    policies: remembered.policies,
    secretFiles: files.filter(({ secret }) => secret).map(({ path }) => join(folder, path)),
    dashboardsPath: dashboardsPathOf(options),
  };
}

function remember(options: ExportOptions, generated: Generated, before: Remembered): Remembered {
  return {
    // Grafana may not have been started since the last export, so what was once written is kept in mind
    rules: union(before.rules, uidsOf(generated.groups)),
    datasources: union(before.datasources, datasourceNames(options.prometheus !== undefined)),
    contactPoints: union(before.contactPoints, receiverUids(options.notifications)),
    muteTimes: union(
      before.muteTimes,
      muteTimesOf(generated, options.notifications).flatMap(({ name }) => name ?? []),
    ),
    // taken back once: the organisation may get policies of its own afterwards
    policies: (options.notifications.policies ?? []).length > 0,
  };
}

function union(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set([...one, ...other])].sort();
}
