/**
 * CPU, memory and disk above 80 %, of the collector and, where Prometheus scrapes its own endpoint, of a
 * ClickHouse server (job `clickhouse`). What is not scraped has no series and fires nothing.
 */
import type { AlertGroup, PrometheusRule } from './rule.ts';

const MOST = 0.8;
const COLLECTOR = '{job="tallyd"}';
const SERVER = '{job="clickhouse"}';

const pipeline = (title: string) => ({ dashboard: 'tallyd-pipeline', title });

/** The first that is there, per instance. */
function either(...expressions: string[]): string {
  return expressions.map((one) => `(${one})`).join('\n  or on (job, instance) ');
}

/**
 * The collector: its CPU time over the cores it may use, where it tells them; otherwise the share of
 * time in which its event loop was busy. A server: user and system time over all cores.
 */
const cpuShare = either(
  `sum by (job, instance) (rate(process_cpu_seconds_total${COLLECTOR}[10m])) / max by (job, instance) (tallyd_cpu_cores${COLLECTOR})`,
  `avg by (job, instance) (avg_over_time(nodejs_eventloop_utilization_ratio${COLLECTOR}[10m]))`,
  `sum by (job, instance) (avg_over_time(ClickHouseAsyncMetrics_OSUserTimeNormalized${SERVER}[10m])) + sum by (job, instance) (avg_over_time(ClickHouseAsyncMetrics_OSSystemTimeNormalized${SERVER}[10m]))`,
);

/** Resident memory over the limit of the container or machine. */
const memoryShare = either(
  `max by (job, instance) (process_resident_memory_bytes${COLLECTOR}) / max by (job, instance) (tallyd_memory_limit_bytes${COLLECTOR})`,
  `max by (job, instance) (ClickHouseAsyncMetrics_CGroupMemoryUsed${SERVER}) / max by (job, instance) (ClickHouseAsyncMetrics_CGroupMemoryTotal${SERVER} > 0)`,
  `max by (job, instance) (ClickHouseAsyncMetrics_MemoryResident${SERVER}) / max by (job, instance) (ClickHouseAsyncMetrics_OSMemoryTotal${SERVER} > 0)`,
);

const diskShare = either(
  `1 - max by (job, instance) (tallyd_disk_free_bytes${COLLECTOR}) / max by (job, instance) (tallyd_disk_size_bytes${COLLECTOR} > 0)`,
  `max by (job, instance) (ClickHouseAsyncMetrics_DiskUsed_default${SERVER}) / max by (job, instance) (ClickHouseAsyncMetrics_DiskTotal_default${SERVER} > 0)`,
);

const NUMBERS = 'of {{ $labels.job }} on {{ $labels.instance }}: {{ humanizePercentage $values.B.Value }}.';

const cpu: PrometheusRule = {
  uid: 'tallyd-cpu',
  title: 'CPU above 80 %',
  severity: 'warning',
  panel: pipeline('CPU'),
  expr: cpuShare,
  fires: { type: 'gt', than: MOST },
  for: '15m',
  keepFiringFor: '10m',
  summary:
    'See what {{ $labels.job }} is busy with, or give it more CPU: it has been at its limit for a while.',
  description: `CPU ${NUMBERS}`,
};

const memory: PrometheusRule = {
  uid: 'tallyd-memory',
  title: 'Memory above 80 %',
  severity: 'warning',
  panel: pipeline('Memory'),
  expr: memoryShare,
  fires: { type: 'gt', than: MOST },
  for: '10m',
  keepFiringFor: '10m',
  summary: 'Give {{ $labels.job }} more memory or less to do, before the system ends it.',
  description: `Memory ${NUMBERS}`,
};

const disk: PrometheusRule = {
  uid: 'tallyd-disk',
  title: 'Disk above 80 %',
  severity: 'critical',
  panel: pipeline('Disk in use'),
  expr: diskShare,
  fires: { type: 'gt', than: MOST },
  for: '5m',
  keepFiringFor: '10m',
  summary:
    'Make room on the disk of {{ $labels.job }}, or keep less (retention in tallyd.yaml): when it is full nothing is stored.',
  description: `Disk ${NUMBERS}`,
};

export const resources: AlertGroup = { name: 'tallyd resources', interval: 60, rules: [cpu, memory, disk] };
