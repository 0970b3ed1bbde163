/** The files of an export, before they are written. */
import { resolve } from 'node:path';
import { stringify } from 'yaml';
import {
  muteTimesFile,
  type Notifications,
  notificationsFile,
  rulesFile,
  templatesFile,
} from './alerting.ts';
import { datasourceFile, datasourceNames } from './datasources.ts';
import type { ExportOptions } from './export.ts';
import type { Generated, OfOrg } from './generated.ts';
import type { Remembered } from './manifest.ts';
import { literal } from './provisioning-value.ts';
import type { ExportFile } from './target-folder.ts';

/** Where Grafana looks for the dashboards. */
export function dashboardsPathOf({ dashboardsPath, folder }: ExportOptions): string {
  return dashboardsPath ?? resolve(folder, 'dashboards/tallyd');
}

/** @param before what earlier exports wrote, which is taken back where it is gone. */
export function filesOf(options: ExportOptions, generated: Generated, before: Remembered): ExportFile[] {
  const { org, grafanaFolder } = options;
  return [
    datasources(options, before),
    yaml('dashboards/tallyd.yaml', provider(dashboardsPathOf(options), org, grafanaFolder)),
    ...generated.dashboards.map(({ file, dashboard }) => json(`dashboards/tallyd/${file}`, dashboard)),
    ...alerting(options, generated, before),
  ];
}

function datasources(options: ExportOptions, before: Remembered): ExportFile {
  const { clickhouse, prometheus, org, secrets } = options;
  const names = datasourceNames(prometheus !== undefined);
  const retired = before.datasources.filter((name) => !names.includes(name));
  const secret = secrets === 'inline' && `${clickhouse.password}${prometheus?.password ?? ''}` !== '';
  return {
    ...yaml('datasources/tallyd.yaml', datasourceFile({ clickhouse, prometheus, org, secrets, retired })),
    secret,
  };
}

function provider(path: string, org: number, folder: string): object {
  return {
    apiVersion: 1,
    providers: [
      {
        name: 'tallyd',
        orgId: org,
        // by title, as the rules' folder: a uid here would make a second folder of the same name
        folder: literal(folder),
        type: 'file',
        disableDeletion: false,
        updateIntervalSeconds: 30,
        allowUiUpdates: false,
        options: { path: literal(path) },
      },
    ],
  };
}

function alerting(options: ExportOptions, generated: Generated, before: Remembered): ExportFile[] {
  const { org, grafanaFolder: folder, docsUrl, notifications, secrets, env } = options;
  const muteTimes = muteTimesOf(generated, notifications);
  const files: ExportFile[] = [];
  const rules = rulesFile(generated, { org, folder, docsUrl }, before.rules);
  if (generated.groups.length > 0 || before.rules.length > 0)
    files.push(json('alerting/tallyd-rules.json', rules));
  if (generated.templates.length > 0)
    files.push(json('alerting/tallyd-templates.json', templatesFile(generated, org)));
  if (muteTimes.length + before.muteTimes.length > 0)
    files.push(json('alerting/tallyd-mute-times.json', muteTimesFile(muteTimes, org, before.muteTimes)));
  const file = notificationsFile(notifications, { org, secrets, env, remembered: before });
  const secret = secrets === 'inline' && (notifications.contactPoints ?? []).length > 0;
  if (file) files.push({ ...json('alerting/tallyd-notifications.json', file), secret });
  return files;
}

/** Those that are always there, and quiet hours. */
export function muteTimesOf(generated: Generated, notifications: Notifications): OfOrg[] {
  return [...generated.muteTimes, ...(notifications.muteTimes ?? [])];
}

function json(path: string, value: unknown): ExportFile {
  return { path, text: `${JSON.stringify(value, undefined, 2)}\n`, secret: false };
}

/** Every text is quoted, so that no reader takes "on" or "1e3" for something else. */
function yaml(path: string, value: unknown): ExportFile {
  const text = stringify(value, {
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    lineWidth: 0,
  });
  return { path, text: `# Written by "tallyd grafana export".\n${text}`, secret: false };
}
