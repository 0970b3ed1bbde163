/** Earlier periods, and how to write a budget. */
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
} from '@grafana/grafana-foundation-sdk/common';
import { column, series, table, text, thresholds } from '../../sdk/panels.ts';
import { unit } from '../../sdk/units.ts';
import { amountColumn } from './now.ts';
import { type Kind, KINDS } from './variables.ts';

/** The current period is shown in any case. */
const IN_RANGE = '(period_end > $__fromTime AND period_start <= $__toTime OR is_current)';

const shares = series({
  title: 'Share per period',
  description:
    'Share of the amount that each period took, at the period’s beginning. The current one is not over. Periods reach 400 days back.',
  unit: unit.share,
  draw: 'lines',
  width: 24,
  sql: `SELECT period_start AS time, name AS label, share
FROM tallyd.budget_periods
WHERE ${IN_RANGE}
ORDER BY time, label`,
})
  .thresholds(thresholds(['transparent'], ['red', 1]))
  .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line));

function periodTable(kind: Kind) {
  const amount = amountColumn(kind);
  return table({
    title: `Periods ${kind.words}`,
    description: 'Every period of the range, the latest first, with what it took.',
    sql: `SELECT name, period_start, period_end, amount, spent, share, requests
FROM tallyd.budget_periods
WHERE unit = '${kind.unit}' AND ${IN_RANGE}
ORDER BY period_start DESC, name LIMIT 500`,
  })
    .noValue(`No budget ${kind.words}.`)
    .overrideByName('period_start', column({ title: 'begins', unit: unit.time }))
    .overrideByName('period_end', column({ title: 'ends', unit: unit.time }))
    .overrideByName('amount', column(amount))
    .overrideByName('spent', column(amount))
    .overrideByName('share', [
      ...column({ unit: unit.share, decimals: 0, gauge: true }),
      { id: 'max', value: 1 },
      { id: 'color', value: { mode: 'thresholds' } },
      { id: 'thresholds', value: thresholds(['green'], ['orange', 0.8], ['red', 1]).build() },
    ])
    .overrideByName('requests', column({ unit: unit.count }));
}

export const history = [shares, ...KINDS.map(periodTable)];

/** The test of this dashboard reads the example as tallyd reads its file. */
export const EXAMPLE = `budgets:
  - name: everything
    period: monthly
    usd: 200
  - name: opus, ada and bob
    period: weekly
    usd: 50
    scope: { model: 'claude-opus*', user: [ada, bob] }
  - name: tokens of one repository
    period: daily
    tokens: 5000000
    scope: { project: '*/shop' }`;

export const help = [
  text({
    title: 'How to write a budget',
    description: 'Budgets stand in tallyd.yaml and are read when the collector starts.',
    height: 11,
    markdown: `
Budgets stand in \`tallyd.yaml\` and are read when the collector starts:

\`\`\`yaml
${EXAMPLE}
\`\`\`

An amount is in dollars (\`usd\`) or in tokens (\`tokens\`). Without a scope everything counts. Alerts are sent at
\`thresholds\`, by default 50, 80 and 100 percent. \`docs/budgets.md\` tells the rest.
`,
  }),
];
