import type { MetricDescriptor, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** What a unit is called in a Prometheus name. Others stand for themselves (`tokens`, `USD`). */
const UNIT_WORDS = new Map([
  ['s', 'seconds'],
  ['By', 'bytes'],
  ['1', ''],
]);

/**
 * The descriptor's name with its unit at the end, as the OpenTelemetry Collector and Prometheus' own
 * OTLP receiver write it (`http.server.request.duration` becomes `…_seconds`). The Node exporter leaves
 * it out, and a dashboard would need to know by which way a series came. A unit that the name already
 * has is not repeated, an annotation (`{token}`) is no unit.
 */
export function withUnit({ name, unit }: Pick<MetricDescriptor, 'name' | 'unit'>): string {
  const word = UNIT_WORDS.get(unit) ?? (unit.startsWith('{') ? '' : unit);
  return word === '' || name.split(/[._]/).includes(word) ? name : `${name}_${word}`;
}

/** The same metrics under their Prometheus names, and without the unit, which is then in the name. */
export function withPrometheusNames(collected: ResourceMetrics): ResourceMetrics {
  return {
    ...collected,
    scopeMetrics: collected.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => ({
        ...metric,
        descriptor: { ...metric.descriptor, name: withUnit(metric.descriptor), unit: '' },
      })),
    })),
  };
}
