/** Pieces of PromQL that the panels of the Pipeline share. */
import {
  type DataTransformerConfig,
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { prometheus } from '../../sdk/datasources.ts';
import { promTarget } from '../../sdk/query.ts';

/**
 * A metric of the chosen collectors. Process metrics have names that every client library uses, so
 * without the job they would be Prometheus' own, too.
 * @param more label matchers besides, such as `status="failed"`
 */
export function of(metric: string, more = ''): string {
  return `${metric}{job=~"$job", instance=~"$instance"${more === '' ? '' : `, ${more}`}}`;
}

/** A metric of a ClickHouse server, which docs/dashboards.md says how to scrape. */
export function ofServer(metric: string): string {
  return `${metric}{job="clickhouse"}`;
}

/** Per second. */
export function rate(selector: string): string {
  return `rate(${selector}[$__rate_interval])`;
}

/** How much a counter grew around each point of the graph. */
export function grown(selector: string): string {
  return `increase(${selector}[$__rate_interval])`;
}

/** A quantile of a histogram's recent values, by labels. */
export function quantile(q: number, histogram: string, by: string[] = [], over = '$__rate_interval'): string {
  return `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (rate(${of(`${histogram}_bucket`)}[${over}])))`;
}

/** Median, 95th and 99th percentile of a histogram, as targets. */
export function quantileTargets(histogram: string): Builder<Dataquery>[] {
  return QUANTILES.map(([q, name, refId]) => promTarget(quantile(q, histogram), name, refId));
}

export const QUANTILES = [
  [0.5, 'p50', 'A'],
  [0.95, 'p95', 'B'],
  [0.99, 'p99', 'C'],
] as const;

/** Names what a label's absence means, which a legend would show as nothing. */
export function named(expression: string, label: string, absent: string): string {
  return `label_replace(${expression}, "${label}", "${absent}", "${label}", "")`;
}

/** A target whose series are rows: one value each, at the end of the range. */
export function promRows(expr: string, refId: string): Builder<Dataquery> {
  return new DataqueryBuilder()
    .refId(refId)
    .datasource(prometheus)
    .expr(expr)
    .legendFormat('')
    .instant()
    .format(PromQueryFormat.Table);
}

/** Brings rows of several targets together by their labels; `names` are the columns' of each target. */
export function mergedRows(names: Record<string, string>): DataTransformerConfig[] {
  const columns = Object.entries(names).map(([refId, name]): [string, string] => [`Value #${refId}`, name]);
  return [
    { id: 'merge', options: {} },
    {
      id: 'organize',
      options: { excludeByName: { Time: true }, renameByName: Object.fromEntries(columns) },
    },
  ];
}

function labelValues(name: string, label: string, selector: string): Builder<VariableModel> {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(prometheus)
    .query(`label_values(${selector}, ${name})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: 'All', value: '$__all' });
}

export const pipelineVariables: readonly Builder<VariableModel>[] = [
  labelValues('job', 'Job', 'tallyd_build_info'),
  labelValues('instance', 'Collector', 'tallyd_build_info{job=~"$job"}'),
];
