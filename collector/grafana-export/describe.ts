/** What an export tells: what there is, what is missing and why, and what to do next. */
import type { ClickHouseAddress } from './addresses.ts';
import { CLICKHOUSE_PASSWORD, CLICKHOUSE_PLUGIN, PROMETHEUS_PASSWORD, type Secrets } from './datasources.ts';
import type { ExportResult } from './export.ts';

export interface ExportContext {
  folder: string;
  clickhouse: ClickHouseAddress;
  prometheusUrl?: string;
  grafanaFolder: string;
  org: number;
  secrets: Secrets;
}

/** Grafana's own provisioning folder where a package installs it. */
const USUAL_FOLDER = '/etc/grafana/provisioning';

export function describeExport(result: ExportResult, context: ExportContext): string {
  return [...whatThereIs(result, context), ...whatIsMissing(result), ...whatToDo(result, context)].join('\n');
}

function whatThereIs(result: ExportResult, { folder, clickhouse, grafanaFolder }: ExportContext): string[] {
  const { added, changed, unchanged, removed } = result.written;
  const { host, port, protocol, secure, username } = clickhouse;
  const contactPoints = result.contactPoints.length > 0 ? result.contactPoints.join(', ') : 'none';
  return [
    `Grafana provisioning in ${folder}: ${added.length} files new, ${changed.length} changed, ${removed.length} removed, ${unchanged.length} as they were.`,
    `  ClickHouse      ${username} at ${host}:${port}, ${protocol}${secure ? ' with TLS' : ''}`,
    `  dashboards      ${result.dashboards}, in the folder "${grafanaFolder}"`,
    `  alert rules     ${result.rules}`,
    `  contact points  ${contactPoints}`,
  ];
}

function whatIsMissing({ leftOut, policies }: ExportResult): string[] {
  const lines: string[] = [];
  const { dashboards, rules, partly } = leftOut;
  if (dashboards.length + rules.length > 0) {
    const titles = dashboards.map((title) => `the dashboard ${title}`);
    if (rules.length > 0) titles.push(`${rules.length} alert rules (${rules.join(', ')})`);
    lines.push(
      `Left out, because they ask Prometheus and --prometheus-url is not given: ${titles.join(' and ')}.`,
    );
  }
  if (partly.length > 0) lines.push(`Without Prometheus, some panels have no data in: ${partly.join(', ')}.`);
  if (policies)
    lines.push(
      "The notification policies in it take the place of all that the organisation has; --no-notifications leaves contact points and policies out, and Grafana's own policies then route tallyd's alerts.",
    );
  return lines;
}

function whatToDo(result: ExportResult, context: ExportContext): string[] {
  const { folder, secrets } = context;
  const steps = [`grafana cli plugins install ${CLICKHOUSE_PLUGIN}    (Grafana 11.6 or newer)`];
  if (folder !== USUAL_FOLDER)
    steps.push(
      `copy what is in ${folder} to ${USUAL_FOLDER}, or mount it there; Grafana looks for the dashboards in ${result.dashboardsPath} (--dashboards-path)`,
    );
  if (result.secretFiles.length > 0)
    steps.push(`let Grafana alone read what holds passwords: chown grafana: ${result.secretFiles.join(' ')}`);
  if (secrets === 'env') {
    const named = environmentOf(result, context);
    if (named.length > 0) steps.push(`start Grafana with ${named.join(', ')} in its environment`);
  }
  steps.push('restart Grafana: systemctl restart grafana-server');
  return ['Next:', ...steps.map((step, i) => `  ${i + 1}. ${step}`)];
}

function environmentOf(result: ExportResult, { clickhouse, prometheusUrl }: ExportContext): string[] {
  const names: string[] = [];
  if (clickhouse.password !== '') names.push(CLICKHOUSE_PASSWORD);
  if (prometheusUrl !== undefined && new URL(prometheusUrl).password !== '') names.push(PROMETHEUS_PASSWORD);
  if (result.contactPoints.length > 0) names.push('the TALLYD_ALERT_… variables that are set here');
  return names;
}
