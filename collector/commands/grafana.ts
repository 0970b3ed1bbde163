/** `tallyd grafana export DIR`: provisioning for a Grafana, from options and what is configured here. */
import { resolve } from 'node:path';
import { readSettings, type Settings } from '../config.ts';
import {
  type ClickHouseAddress,
  parseClickHouse,
  parseLink,
  parsePrometheus,
  type PrometheusAddress,
} from '../grafana-export/addresses.ts';
import type { Secrets } from '../grafana-export/datasources.ts';
import { exportGrafana } from '../grafana-export/export.ts';
import { notifications } from '../grafana-export/notifications.ts';
import { readRuntime, urlOf } from '../runtime.ts';
import { CommandError } from './command-error.ts';
import { describeExport } from '../grafana-export/describe.ts';

export interface GrafanaExportFlags {
  env: NodeJS.ProcessEnv;
  config: string | undefined;
  folder: string;
  clickhouseUrl?: string;
  native?: boolean;
  prometheusUrl?: string;
  org: number;
  grafanaFolder: string;
  dashboardsPath?: string;
  docsUrl?: string;
  secrets: Secrets;
  notifications: boolean;
  force?: boolean;
}

/** Writes the files and says what was written, what was left out and what to do next. */
export function grafanaExport(flags: GrafanaExportFlags): void {
  const { env } = flags;
  const clickhouse = clickhouseOf(flags);
  const result = exportGrafana({
    folder: resolve(flags.folder),
    clickhouse,
    prometheus: prometheusOf(flags),
    org: flags.org,
    grafanaFolder: folderTitle(flags.grafanaFolder),
    dashboardsPath: flags.dashboardsPath,
    docsUrl: flags.docsUrl === undefined ? undefined : parseLink(flags.docsUrl, '--docs-url'),
    secrets: flags.secrets,
    force: flags.force === true,
    notifications: flags.notifications ? notifications(env) : {},
    env,
  });
  process.stdout.write(
    `${describeExport(result, { ...flags, clickhouse, folder: resolve(flags.folder) })}\n`,
  );
}

function clickhouseOf({ clickhouseUrl, native = false, env, config }: GrafanaExportFlags): ClickHouseAddress {
  if (clickhouseUrl !== undefined) return parseClickHouse(clickhouseUrl, native, '--clickhouse-url');
  if (native)
    throw new CommandError(
      '--native needs --clickhouse-url: the embedded engine answers over HTTP, only a server has the native protocol.',
    );
  return parseClickHouse(readEndpointOf(readSettings(env, config)), false, 'the read endpoint');
}

/** Where the running collector answers, else where one would. */
function readEndpointOf(settings: Settings): string {
  if (settings.clickhouseUrl !== undefined)
    throw new CommandError(
      'TALLYD_CLICKHOUSE_URL names a user who may write, which no dashboard should: name one who reads with --clickhouse-url http://USER:PASSWORD@HOST:8123/tallyd.',
    );
  const address = readRuntime(settings.dataDir)?.addresses.store ?? settings.storeListen;
  if (!address || address.port === 0)
    throw new CommandError(
      'Grafana has nothing to read: TALLYD_STORE_LISTEN is off or has no fixed port. Set it to 127.0.0.1:8123, or name a server with --clickhouse-url.',
    );
  const url = urlOf(address);
  if (settings.tokensFile === undefined && settings.jwt === undefined) return url;
  throw new CommandError(
    `the collector asks for tokens, so Grafana needs one: make it with "tallyd token create grafana --scope read", and give it with --clickhouse-url ${url.replace('://', '://grafana:TOKEN@')}.`,
  );
}

function prometheusOf({ prometheusUrl }: GrafanaExportFlags): PrometheusAddress | undefined {
  return prometheusUrl === undefined ? undefined : parsePrometheus(prometheusUrl, '--prometheus-url');
}

/** In the folder of a rule, "/" is a path. */
function folderTitle(title: string): string {
  if (title.trim() !== '' && !title.includes('/')) return title.trim();
  throw new CommandError(`--folder is "${title}", but must be the title of one folder, without "/".`);
}
