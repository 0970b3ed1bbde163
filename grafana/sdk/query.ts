/** Queries of panels, as the data sources' plugins want them. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { clickhouse, prometheus } from './datasources.ts';

/** What the frame is made into: series over time (`time` first, then labels, then numbers), or rows. */
export type Shape = 'timeseries' | 'table';

/** `format` of the plugin's query model (plugin-sdk-go, data/sqlutil/query.go). */
const FORMATS: Record<Shape, number> = { timeseries: 0, table: 1 };

export interface ClickHouseQuery {
  refId: string;
  datasource: typeof clickhouse;
  editorType: 'sql';
  queryType: Shape;
  format: number;
  rawSql: string;
}

export function clickHouseQuery(sql: string, shape: Shape, refId = 'A'): ClickHouseQuery {
  return {
    refId,
    datasource: clickhouse,
    editorType: 'sql',
    queryType: shape,
    format: FORMATS[shape],
    rawSql: sql.trim(),
  };
}

/** The same as a builder, which is how panels take it. The SDK knows no ClickHouse queries itself. */
export function sqlTarget(sql: string, shape: Shape, refId = 'A'): Builder<Dataquery> {
  return {
    build: () => ({
      ...clickHouseQuery(sql, shape, refId),
      // a function: it is not in the JSON
      _implementsDataqueryVariant: () => undefined,
    }),
  };
}

/** A PromQL target over time; `legend` may hold `{{label}}`. */
export function promTarget(expr: string, legend: string, refId = 'A'): Builder<Dataquery> {
  return new DataqueryBuilder().refId(refId).datasource(prometheus).expr(expr).legendFormat(legend).range();
}

/** A PromQL target at the end of the range: one value per series. */
export function promInstant(expr: string, legend: string, refId = 'A'): Builder<Dataquery> {
  return new DataqueryBuilder().refId(refId).datasource(prometheus).expr(expr).legendFormat(legend).instant();
}
