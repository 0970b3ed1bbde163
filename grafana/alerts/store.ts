/** Whether ClickHouse answers. The one rule of those that ask it which fires when it does not. */
import type { AlertGroup, SqlRule } from './rule.ts';

const unreachable: SqlRule = {
  uid: 'tallyd-clickhouse-unreachable',
  title: 'ClickHouse does not answer',
  severity: 'critical',
  panel: { dashboard: 'tallyd-overview', title: 'Data freshness' },
  // never 1; what it tells is that it ran, over a table that tallyd makes
  sql: 'SELECT toFloat64(count() < 0) AS value FROM tallyd.settings',
  for: '3m',
  noData: 'Alerting',
  onError: 'Alerting',
  summary:
    'Start ClickHouse (with the embedded engine: the collector) or mend the data source: Grafana cannot ask it, and no other rule over usage works.',
  description: 'A statement over the table tallyd.settings failed for at least three minutes.',
};

export const store: AlertGroup = { name: 'tallyd store', interval: 60, rules: [unreachable] };
