/**
 * Panels as functions: each takes what it shows (title, description, unit, SQL) and returns a builder
 * that a dashboard may refine. What is a matter of house style is decided here, once.
 */
import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart';
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  AxisPlacement,
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  PercentChangeColorMode,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as Text, TextMode } from '@grafana/grafana-foundation-sdk/text';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { PanelBuilder as Trend } from '@grafana/grafana-foundation-sdk/trend';
import { clickhouse, prometheus } from './datasources.ts';
import { type Shape, sqlTarget } from './query.ts';

/** What every panel has. Sizes in Grafana's grid, 24 wide. */
export interface PanelOptions {
  title: string;
  /** What the number means and how it is made; shown at the panel's (i). */
  description: string;
  unit?: string;
  width?: number;
  height?: number;
  decimals?: number;
}

export interface SqlPanelOptions extends PanelOptions {
  sql: string;
}

export interface QueryPanelOptions extends PanelOptions {
  /** One statement, or targets of one's own (Prometheus; several queries). */
  sql?: string;
  targets?: Builder<Dataquery>[];
}

export interface SeriesOptions extends QueryPanelOptions {
  /** @default 'bars' for sums per bucket; 'lines' for rates and shares */
  draw?: 'bars' | 'lines';
  /** @default stacked bars, lines beside each other */
  stacked?: boolean;
  /** `auto`: where values below zero mean something. @default 0 */
  min?: number | 'auto';
  max?: number;
}

interface Common<T> {
  title(title: string): T;
  description(text: string): T;
  datasource(ref: { type: string; uid: string }): T;
  span(width: number): T;
  height(height: number): T;
  noValue(text: string): T;
  unit(unit: string): T;
  decimals(decimals: number): T;
}

/** Title, size, unit: alike in every kind of panel. */
function common<T extends Common<T>>(panel: T, options: PanelOptions, width: number, height: number): T {
  panel
    .title(options.title)
    .description(options.description)
    .datasource(clickhouse)
    .span(options.width ?? width)
    .height(options.height ?? height)
    .noValue('–');
  if (options.unit !== undefined) panel.unit(options.unit);
  if (options.decimals !== undefined) panel.decimals(options.decimals);
  return panel;
}

/** What a rise means, for the colour of the change. */
export type Rise = 'good' | 'bad' | 'neutral';

/**
 * One number, and how it differs from the period before. The SQL gives two rows in time, such as
 * {@link againstPeriodBefore} makes them.
 */
export function change(options: SqlPanelOptions & { rise: Rise }): Stat {
  const colors = {
    good: PercentChangeColorMode.Standard,
    bad: PercentChangeColorMode.Inverted,
    neutral: PercentChangeColorMode.SameAsValue,
  };
  return stat(options).showPercentChange(true).percentChangeColorMode(colors[options.rise]);
}

/** One number: the last row's; with targets, one for each of their series. */
export function stat(options: QueryPanelOptions): Stat {
  return common(new Stat(), options, 4, 4)
    .datasource(datasourceOf(options))
    .targets(targetsOf(options, 'table'))
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
}

/** A number whose colour says how it stands; `stat` alone shows no colours. */
export function coloured(panel: Stat, ...steps: [color: string, from?: number][]): Stat {
  return panel.colorMode(BigValueColorMode.Value).thresholds(thresholds(...steps));
}

/** Values over time: `time`, then labels, then numbers, in the order of time. */
export function series(options: SeriesOptions): TimeSeries {
  const bars = (options.draw ?? 'bars') === 'bars';
  const stacked = options.stacked ?? bars;
  const panel = common(new TimeSeries(), options, 12, 9)
    .targets(targetsOf(options, 'timeseries'))
    .drawStyle(bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .fillOpacity(bars ? 80 : 8)
    .lineWidth(bars ? 0 : 2)
    .showPoints(bars ? VisibilityMode.Never : VisibilityMode.Auto)
    .spanNulls(!bars)
    .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None).group('A'))
    .axisPlacement(AxisPlacement.Auto)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (options.min !== 'auto') panel.min(options.min ?? 0);
  if (options.max !== undefined) panel.max(options.max);
  panel.datasource(datasourceOf(options));
  return panel;
}

function targetsOf({ title, sql, targets }: QueryPanelOptions, shape: Shape): Builder<Dataquery>[] {
  if ((sql === undefined) === (targets === undefined))
    throw new Error(`the panel "${title}" needs either a statement or targets`);
  return targets ?? [sqlTarget(sql!, shape)];
}

function datasourceOf({ sql }: QueryPanelOptions): typeof clickhouse | typeof prometheus {
  return sql === undefined ? prometheus : clickhouse;
}

export function legend(calcs: string[] = []): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(calcs.length > 0 ? LegendDisplayMode.Table : LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .calcs(calcs);
}

/** Rows. `sortBy` names the column that is sorted first, largest on top. */
export function table(options: QueryPanelOptions & { sortBy?: string }): Table {
  const panel = common(new Table(), options, 12, 9)
    .datasource(datasourceOf(options))
    .targets(targetsOf(options, 'table'))
    .filterable(true);
  if (options.sortBy !== undefined)
    panel.sortBy([new TableSortByFieldStateBuilder().displayName(options.sortBy).desc(true)]);
  return panel;
}

/** A bar for each row: one text column, then numbers. */
export function barChart(
  options: SqlPanelOptions & { x: string; stacked?: boolean; horizontal?: boolean },
): BarChart {
  return common(new BarChart(), options, 12, 9)
    .withTarget(sqlTarget(options.sql, 'table'))
    .xField(options.x)
    .orientation(options.horizontal ? VizOrientation.Horizontal : VizOrientation.Vertical)
    .stacking(options.stacked ? StackingMode.Normal : StackingMode.None)
    .showValue(VisibilityMode.Auto)
    .fillOpacity(80)
    .lineWidth(0)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
}

/** Rows as bars with their names: one text column and one number, largest first. */
export function ranking(options: SqlPanelOptions): BarGauge {
  return common(new BarGauge(), options, 8, 9)
    .withTarget(sqlTarget(options.sql, 'table'))
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .min(0)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('blue'))
    .reduceOptions(new ReduceDataOptionsBuilder().values(true).limit(20).calcs(['lastNotNull']));
}

/** Lines over a number, such as days since something began: one row per value of `x`, ascending. */
export function trend(options: SqlPanelOptions & { x: string }): Trend {
  return common(new Trend(), options, 12, 9)
    .withTarget(sqlTarget(options.sql, 'table'))
    .xField(options.x)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(2)
    .fillOpacity(0)
    .showPoints(VisibilityMode.Never)
    .min(0)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
}

/** Words to read, as Markdown. Asks nothing. */
export function text(options: PanelOptions & { markdown: string }): Text {
  return new Text()
    .title(options.title)
    .description(options.description)
    .span(options.width ?? 24)
    .height(options.height ?? 7)
    .mode(TextMode.Markdown)
    .content(options.markdown.trim());
}

/** Colours from values on; the first has no lower bound. */
export function thresholds(...steps: [color: string, from?: number][]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(([color, from]) => ({ color, value: from ?? null })));
}

/** How one column of a table looks: its unit, its width, where a click leads. */
export function column(options: {
  unit?: string;
  decimals?: number;
  title?: string;
  width?: number;
  /** A URL; `${__data.fields["name"]}` is the row's. */
  link?: { title: string; url: string };
  hidden?: boolean;
  /** A bar in the cell, from 0 to the column's largest. */
  gauge?: boolean;
}): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [];
  const set = (id: string, value: unknown): void => void properties.push({ id, value });
  if (options.unit !== undefined) set('unit', options.unit);
  if (options.decimals !== undefined) set('decimals', options.decimals);
  if (options.title !== undefined) set('displayName', options.title);
  if (options.width !== undefined) set('custom.width', options.width);
  if (options.hidden) set('custom.hidden', true);
  if (options.gauge) {
    set('custom.cellOptions', { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' });
    set('min', 0);
  }
  if (options.link)
    set('links', [new DashboardLinkBuilder(options.link.title).url(options.link.url).build()]);
  return properties;
}

/** A panel that a dashboard lays out. */
export type AnyPanel = Builder<Panel>;
