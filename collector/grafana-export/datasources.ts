/** Data sources as Grafana's provisioning reads them. The dashboards know them by their uids. */
import type { ClickHouseAddress, PrometheusAddress } from './addresses.ts';
import { fromEnvironment, literal } from './provisioning-value.ts';

export const CLICKHOUSE_UID = 'tallyd-clickhouse';
export const PROMETHEUS_UID = 'tallyd-prometheus';
export const CLICKHOUSE_PLUGIN = 'grafana-clickhouse-datasource';

/** Variables of Grafana's environment that hold the passwords with `--secrets env`. */
export const CLICKHOUSE_PASSWORD = 'TALLYD_GRAFANA_CLICKHOUSE_PASSWORD';
export const PROMETHEUS_PASSWORD = 'TALLYD_GRAFANA_PROMETHEUS_PASSWORD';

/** Where passwords stand: in the files, or in the environment that Grafana is started with. */
export type Secrets = 'inline' | 'env';

export interface DatasourceOptions {
  clickhouse: ClickHouseAddress;
  prometheus: PrometheusAddress | undefined;
  org: number;
  secrets: Secrets;
  /** Names that an earlier export had and this one has not. */
  retired: readonly string[];
}

export interface Datasource {
  name: string;
  uid: string;
  type: string;
  [setting: string]: unknown;
}

export interface DatasourceFile {
  apiVersion: 1;
  deleteDatasources?: { name: string; orgId: number }[];
  datasources: Datasource[];
}

/** Names of the data sources there are with or without Prometheus. */
export function datasourceNames(withPrometheus: boolean): string[] {
  return ['tallyd ClickHouse', ...(withPrometheus ? ['tallyd Prometheus'] : [])];
}

export function datasourceFile(options: DatasourceOptions): DatasourceFile {
  const { prometheus, org, retired } = options;
  return {
    apiVersion: 1,
    ...(retired.length > 0 && { deleteDatasources: retired.map((name) => ({ name, orgId: org })) }),
    datasources: [clickhouse(options), ...(prometheus ? [prometheusSource(options, prometheus)] : [])],
  };
}

function clickhouse({ clickhouse: at, org, secrets }: DatasourceOptions): Datasource {
  return {
    name: 'tallyd ClickHouse',
    uid: CLICKHOUSE_UID,
    orgId: org,
    type: CLICKHOUSE_PLUGIN,
    access: 'proxy',
    editable: false,
    jsonData: {
      host: literal(at.host),
      port: at.port,
      protocol: at.protocol,
      secure: at.secure,
      username: literal(at.username),
      defaultDatabase: 'tallyd',
      // whole seconds: the plugin refuses "10s"
      dialTimeout: '10',
      queryTimeout: '60',
    },
    ...(at.password !== '' && {
      secureJsonData: { password: secret(at.password, CLICKHOUSE_PASSWORD, secrets) },
    }),
  };
}

function prometheusSource({ org, secrets }: DatasourceOptions, at: PrometheusAddress): Datasource {
  const asked = at.username !== '' || at.password !== '';
  return {
    name: 'tallyd Prometheus',
    uid: PROMETHEUS_UID,
    orgId: org,
    type: 'prometheus',
    access: 'proxy',
    url: literal(at.url),
    editable: false,
    ...(asked && { basicAuth: true, basicAuthUser: literal(at.username) }),
    jsonData: { httpMethod: 'POST', timeInterval: '15s' },
    ...(at.password !== '' && {
      secureJsonData: { basicAuthPassword: secret(at.password, PROMETHEUS_PASSWORD, secrets) },
    }),
  };
}

function secret(value: string, variable: string, secrets: Secrets): string {
  return secrets === 'env' ? fromEnvironment(variable) : literal(value);
}
