/** All models beside each other: the table, how often, how dear and how fast. */
import {
  LegendDisplayMode,
  LegendPlacement,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  PanelBuilder as XYChart,
  SeriesMapping,
  XYSeriesConfigBuilder,
  XYShowMode,
} from '@grafana/grafana-foundation-sdk/xychart';
import { linkChoosing } from '../../sdk/dashboard.ts';
import { clickhouse } from '../../sdk/datasources.ts';
import { barChart, column, series, table } from '../../sdk/panels.ts';
import { sqlTarget } from '../../sdk/query.ts';
import { bucket, COST, fromHourly, shown, topOrOther } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { latency, MEASURES } from './measures.ts';

export const allModels = table({
  title: 'Models',
  description:
    'One row per model as its sources name it. Averages count requests without a price at 0. Latency is of single requests whose source tells their duration, within about 1 %.',
  width: 24,
  height: 12,
  sortBy: 'cost',
  sql: `SELECT *, cost / nullIf(sum(cost) OVER (), 0) AS "share of cost"
FROM (
    SELECT ${shown('u.model')} AS model, arrayStringConcat(arraySort(groupUniqArray(${shown('u.provider')})), ', ') AS provider,
        ${MEASURES.map(({ name, of }) => `${of} AS "${name}"`).join(',\n        ')}, max(u.newest_ts) AS "last used"
    ${fromHourly()}
    GROUP BY model)
ORDER BY cost DESC, model LIMIT 500`,
})
  .overrideByName(
    'model',
    column({
      width: 220,
      link: {
        title: 'What it costs and who uses it',
        url: linkChoosing('tallyd-cost', { model: '${__value.raw:percentencode}' }),
      },
    }),
  )
  .overrideByName('share of cost', column({ unit: unit.share, decimals: 1 }))
  .overrideByName('last used', column({ unit: unit.time }));
for (const { name, ...look } of MEASURES)
  allModels.overrideByName(name, column({ ...look, gauge: name === 'cost' }));

const frequency = barChart({
  title: 'How often each model is asked',
  description: 'Requests of the twenty models that were asked most, by how they ended.',
  unit: unit.count,
  x: 'model',
  horizontal: true,
  stacked: true,
  height: 11,
  sql: `SELECT ${shown('u.model')} AS model, sumIf(u.requests, u.status NOT IN ('error', 'aborted')) AS ok,
    sumIf(u.requests, u.status = 'aborted') AS aborted, sumIf(u.requests, u.status = 'error') AS failed
${fromHourly()}
GROUP BY model ORDER BY sum(u.requests) DESC, model LIMIT 20`,
})
  .overrideByName('ok', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } }])
  .overrideByName('aborted', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'gray' } }])
  .overrideByName('failed', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'red' } }]);

const byName = (name: string) => ({ matcher: { id: 'byName', options: name } });

/** A frame per model, so that each is a series with a name; sized by requests. */
const costAgainstLatency = new XYChart()
  .title('Cost against latency')
  .description(
    'One point per model: its median latency and what a request costs on average, the larger the more it is asked. Models whose sources tell no duration are not there.',
  )
  .datasource(clickhouse)
  .span(12)
  .height(11)
  .noValue('–')
  .withTarget(
    sqlTarget(
      `SELECT ${shown('u.model')} AS model, ${latency(0.5)} AS "latency p50", toFloat64(sum(u.${COST})) / nullIf(sum(u.requests), 0) AS "cost per request",
    sum(u.requests) AS requests
${fromHourly()}
GROUP BY model HAVING "latency p50" IS NOT NULL AND requests > 0 ORDER BY requests DESC, model LIMIT 50`,
      'table',
    ),
  )
  .withTransformation({ id: 'partitionByValues', options: { fields: ['model'], keepFields: false } })
  .mapping(SeriesMapping.Auto)
  .series([
    new XYSeriesConfigBuilder()
      .x(byName('latency p50'))
      .y(byName('cost per request'))
      .size(byName('requests')),
  ])
  .show(XYShowMode.Points)
  .pointSize({ min: 8, max: 40 })
  .legend(
    new VizLegendOptionsBuilder()
      .showLegend(true)
      .displayMode(LegendDisplayMode.List)
      .placement(LegendPlacement.Bottom)
      .calcs([]),
  )
  .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single))
  .overrideByName('latency p50', [
    ...column({ unit: unit.milliseconds }),
    { id: 'custom.axisLabel', value: 'median latency' },
  ])
  .overrideByName('cost per request', [
    ...column({ unit: unit.dollars, decimals: 4 }),
    { id: 'custom.axisLabel', value: 'cost per request' },
  ])
  .overrideByName('requests', column({ unit: unit.count }));

const requestsOverTime = series({
  title: 'Requests by model',
  description: 'The ten models of the range with most requests; the rest is "other".',
  unit: unit.count,
  sql: `SELECT ${bucket()} AS time, ${topOrOther('model', 'sum(requests)')} AS label, sum(requests) AS requests
${fromHourly()}
GROUP BY time, label ORDER BY time, label`,
});

const latencyOverTime = series({
  title: 'Latency p95 by model',
  description:
    'The time within which 95 of 100 requests were answered, of the ten models with most requests among those whose sources tell durations.',
  unit: unit.milliseconds,
  decimals: 0,
  draw: 'lines',
  sql: `SELECT ${bucket()} AS time, ${topOrOther('model', `(${latency(0.95)} IS NOT NULL, sum(requests))`)} AS label, ${latency(0.95)} AS latency
${fromHourly()}
GROUP BY time, label HAVING latency IS NOT NULL ORDER BY time, label`,
});

export const picture = [frequency, costAgainstLatency, requestsOverTime, latencyOverTime];
