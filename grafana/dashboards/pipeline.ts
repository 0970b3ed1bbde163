/** Pipeline: the collector's own health, from Prometheus. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from '../sdk/dashboard.ts';
import { clickHouseServer } from './pipeline/clickhouse-server.ts';
import { headline } from './pipeline/headline.ts';
import { http } from './pipeline/http.ts';
import { errors, latency } from './pipeline/latency.ts';
import { disk, resources } from './pipeline/process.ts';
import { pipelineVariables } from './pipeline/promql.ts';
import { tail, throughput } from './pipeline/throughput.ts';

export function pipeline(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-pipeline',
    title: 'LLM usage: Pipeline',
    description: 'Whether the collector runs, keeps up and has room, and where its time goes.',
    variables: pipelineVariables,
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    sections: [
      { panels: headline },
      { title: 'Throughput', panels: throughput },
      { title: 'Followed files', panels: tail },
      { title: 'Latency', panels: latency },
      { title: 'Errors', panels: errors },
      { title: 'HTTP', panels: http },
      { title: 'Process', panels: resources },
      { title: 'Disk', panels: disk },
      { title: 'ClickHouse server', panels: clickHouseServer },
    ],
  });
}
