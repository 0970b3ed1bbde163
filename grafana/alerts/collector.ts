/** Whether the collector runs and keeps up. These ask Prometheus, whose job is called `tallyd`. */
import type { AlertGroup, PrometheusRule } from './rule.ts';

const pipeline = (title: string) => ({ dashboard: 'tallyd-pipeline', title });

const down: PrometheusRule = {
  uid: 'tallyd-collector-down',
  title: 'The collector is down',
  severity: 'critical',
  panel: pipeline('Collectors'),
  expr: 'min by (instance) (up{job="tallyd"})',
  fires: { type: 'lt', than: 1 },
  for: '3m',
  noData: 'Alerting',
  // that Prometheus does not answer is told once, here, as an error
  onError: 'Error',
  summary: 'Start the collector and read its log: Prometheus cannot scrape it, and new usage is not counted.',
  description:
    'Prometheus has not scraped {{ with $labels.instance }}{{ . }}{{ else }}any target of the job tallyd{{ end }} for at least three minutes.',
};

const behind: PrometheusRule = {
  uid: 'tallyd-collector-behind',
  title: 'The collector falls behind',
  severity: 'warning',
  panel: pipeline('Waiting time'),
  expr: 'max by (instance, source) (tallyd_tail_lag_seconds{job="tallyd"})',
  fires: { type: 'gt', than: 300 },
  for: '10m',
  keepFiringFor: '5m',
  summary:
    'Run "tallyd doctor" on {{ $labels.instance }}: what {{ $labels.source }} writes waits to be stored.',
  description:
    'The oldest unread bytes of {{ $labels.source }} on {{ $labels.instance }} have waited {{ humanizeDuration $values.B.Value }}.',
};

const failing: PrometheusRule = {
  uid: 'tallyd-writes-failing',
  title: 'The store refuses what is read',
  severity: 'critical',
  panel: pipeline('Failed batches'),
  // one that failed and worked at the second attempt is nobody's concern
  expr: 'sum by (instance) (increase(tallyd_batches_failed_total{job="tallyd"}[15m]))',
  fires: { type: 'gt', than: 2.5 },
  for: '5m',
  keepFiringFor: '10m',
  summary:
    'Read the log of {{ $labels.instance }} for "a batch was not stored" and mend what it names (disk, rights, ClickHouse); nothing is lost, it is tried again.',
  description:
    '{{ printf "%.0f" $values.B.Value }} attempts to store a batch failed on {{ $labels.instance }} in 15 minutes.',
};

export const collector: AlertGroup = {
  name: 'tallyd collector',
  interval: 60,
  rules: [down, behind, failing],
};
