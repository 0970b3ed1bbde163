/** Where every budget stands now, and where it goes. */
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
} from '@grafana/grafana-foundation-sdk/common';
import { barChart, coloured, column, stat, table, thresholds } from '../../sdk/panels.ts';
import { unit } from '../../sdk/units.ts';
import { type Kind, KINDS } from './variables.ts';

const SHARES = thresholds(['green'], ['orange', 0.8], ['red', 1]);

/** One question for all four: the views of budgets are no cheap ones. */
export const headline = [
  coloured(
    stat({
      title: 'At a glance',
      description:
        'Budgets of tallyd.yaml; how many of them are used up in their current period; how many more will be before it ends, if the burn rate stays; and when the first of these runs out.',
      unit: unit.count,
      width: 24,
      sql: `SELECT count() AS budgets, countIf(share >= 1) AS "used up", countIf(share < 1 AND forecast_share >= 1) AS "will not last",
    if(countIf(share < 1 AND runs_out_at IS NOT NULL) = 0, NULL,
        toUnixTimestamp(assumeNotNull(minIf(runs_out_at, share < 1 AND runs_out_at IS NOT NULL))) * 1000) AS "next runs out"
FROM tallyd.budget_status`,
    }),
    ['text'],
  )
    .overrideByName('used up', [{ id: 'thresholds', value: thresholds(['green'], ['red', 1]).build() }])
    .overrideByName('will not last', [
      { id: 'thresholds', value: thresholds(['green'], ['orange', 1]).build() },
    ])
    .overrideByName('next runs out', [
      { id: 'unit', value: unit.fromNow },
      { id: 'noValue', value: 'none' },
    ]),
];

const shares = barChart({
  title: 'Budgets',
  description:
    'Share of the amount that is spent in the current period, and that will be when it ends if the burn rate stays. The line is the whole amount.',
  unit: unit.share,
  decimals: 0,
  width: 24,
  x: 'name',
  horizontal: true,
  sql: `SELECT name, share AS spent, forecast_share AS forecast
FROM tallyd.budget_status
ORDER BY share DESC, name LIMIT 20`,
})
  .min(0)
  .axisSoftMax(1)
  .noValue('There are no budgets; the end of this page says how to write one.')
  .thresholds(thresholds(['transparent'], ['red', 1]))
  .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line))
  .overrideByName('spent', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } }])
  .overrideByName('forecast', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'light-blue' } }]);

/** How amounts of a kind look. */
export function amountColumn({ unit: kind }: Kind): { unit: string; decimals?: number } {
  return kind === 'usd' ? { unit: unit.dollars, decimals: 2 } : { unit: unit.count };
}

function statusTable(kind: Kind) {
  const amount = amountColumn(kind);
  const choose = `/d/tallyd-budgets?\${__url_time_range}&var-${kind.variable}=\${__value.raw:percentencode}`;
  const panel = table({
    title: `Budgets ${kind.words}`,
    description:
      'The current period of each: spent and left, the burn rate (of the last 3 hours, day or week), how many times an even pace it is, when the amount is reached at that rate, and the forecast to the period’s end.',
    width: 24,
    height: 7,
    sql: `SELECT name, scope_text AS scope, toString(period) AS period, amount, spent, share, remaining, burn_rate_per_hour, burn_ratio,
    runs_out_at, forecast, forecast_share, period_end, next_threshold, requests
FROM tallyd.budget_status
WHERE unit = '${kind.unit}'
ORDER BY share DESC, name`,
  })
    .noValue(`No budget ${kind.words}; the end of this page says how to write one.`)
    .overrideByName('name', column({ link: { title: 'Draw it over its period', url: choose } }))
    .overrideByName('scope', column({ title: 'counts' }))
    .overrideByName('share', [
      ...column({ title: 'spent share', unit: unit.share, decimals: 0, gauge: true }),
      { id: 'max', value: 1 },
      { id: 'color', value: { mode: 'thresholds' } },
      { id: 'thresholds', value: SHARES.build() },
    ])
    .overrideByName('burn_rate_per_hour', column({ title: 'per hour', ...amount }))
    .overrideByName('burn_ratio', column({ title: 'times even pace', unit: 'none', decimals: 2 }))
    .overrideByName('runs_out_at', column({ title: 'runs out', unit: unit.fromNow }))
    .overrideByName('forecast_share', [
      ...column({ title: 'forecast share', unit: unit.share, decimals: 0 }),
      { id: 'custom.cellOptions', value: { type: 'color-text' } },
      { id: 'color', value: { mode: 'thresholds' } },
      { id: 'thresholds', value: SHARES.build() },
    ])
    .overrideByName('period_end', column({ title: 'period ends', unit: unit.fromNow }))
    .overrideByName('next_threshold', column({ title: 'next alert at', unit: unit.share, decimals: 0 }))
    .overrideByName('requests', column({ unit: unit.count }));
  for (const name of ['amount', 'spent', 'remaining', 'forecast']) panel.overrideByName(name, column(amount));
  return panel;
}

export const now = [shares, ...KINDS.map(statusTable)];
