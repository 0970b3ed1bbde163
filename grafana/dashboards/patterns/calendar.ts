/** The hours of every single day: how the pattern moves. Here time is on the horizontal axis. */
import { TooltipDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import {
  FilterValueRangeBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapTooltipBuilder,
  PanelBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { clickhouse } from '../../sdk/datasources.ts';
import { sqlTarget } from '../../sdk/query.ts';
import { fromHourly, TIMEZONE } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { MEASURE, measured } from './measure.ts';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Rows of the heat map are number columns, from the bottom up. */
const sql = `SELECT day AS time, ${HOURS.map((hour) => `sumIf(value, h = ${hour}) AS "${String(hour).padStart(2, '0')}:00"`).join(', ')}
FROM (
    SELECT toStartOfDay(u.hour, ${TIMEZONE}) AS day, toHour(u.hour, ${TIMEZONE}) AS h, ${measured} AS value
    ${fromHourly()} GROUP BY day, h
)
GROUP BY time ORDER BY time WITH FILL STEP toIntervalDay(1)`;

export const calendar = new PanelBuilder()
  .title(`Hours day by day: ${MEASURE}`)
  .description(
    'Every day of the range with its 24 hours, in the dashboard’s time zone: the sum of each hour. Hours without usage stay empty.',
  )
  .datasource(clickhouse)
  .span(24)
  .height(11)
  .withTarget(sqlTarget(sql, 'table'))
  .unit(unit.count)
  .calculate(false)
  .cellGap(1)
  .color(
    new HeatmapColorOptionsBuilder()
      .mode(HeatmapColorMode.Scheme)
      .scheme('Blues')
      .exponent(0.5)
      .steps(64)
      .reverse(false),
  )
  .filterValues(new FilterValueRangeBuilder().le(1e-9))
  .yAxis(new YAxisConfigBuilder().reverse(true))
  .showLegend()
  .tooltip(
    new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(false).showColorScale(true),
  );
