/** Overview: what was spent, by whom and on what, against the period before. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard, linkTo } from '../sdk/dashboard.ts';
import { change, coloured, column, ranking, series, stat, table } from '../sdk/panels.ts';
import {
  againstPeriodBefore,
  bucket,
  COST,
  costSum,
  filters,
  fromHourly,
  fromSessions,
  PROMPT_TOKENS,
  shown,
  topOrOther,
} from '../sdk/sql.ts';
import { unit } from '../sdk/units.ts';

const BEFORE = 'The change is against a period of the same length before the dashboard’s range.';

const headline = [
  change({
    title: 'Cost',
    description: `What the chosen usage cost, by the variable "Cost". ${BEFORE}`,
    unit: unit.dollars,
    decimals: 2,
    rise: 'bad',
    sql: againstPeriodBefore((when) => `sumIf(${COST}, ${when})`),
  }),
  change({
    title: 'Tokens',
    description: `All tokens: input, cache writes and reads, output. ${BEFORE}`,
    unit: unit.count,
    rise: 'neutral',
    sql: againstPeriodBefore((when) => `sumIf(total_tokens, ${when})`),
  }),
  change({
    title: 'Requests',
    description: `Requests to models. Exports that only count buckets contribute their counts. ${BEFORE}`,
    unit: unit.count,
    rise: 'neutral',
    sql: againstPeriodBefore((when) => `sumIf(requests, ${when})`),
  }),
  change({
    title: 'Cache hit rate',
    description: `Share of the prompts' tokens that were read from a cache. ${BEFORE}`,
    unit: unit.share,
    decimals: 1,
    rise: 'good',
    sql: againstPeriodBefore(
      (when) => `sumIf(cache_read_tokens, ${when}) / nullIf(sumIf(${PROMPT_TOKENS}, ${when}), 0)`,
    ),
  }),
  change({
    title: 'Saved by caching',
    description: `What cache reads saved against plain input, less what cache writes cost above it. ${BEFORE}`,
    unit: unit.dollars,
    decimals: 2,
    rise: 'good',
    sql: againstPeriodBefore(
      (when) => `sumIf(cache_read_saved_usd, ${when}) - sumIf(cache_write_extra_usd, ${when})`,
    ),
  }),
  change({
    title: 'Active models',
    description: `Models that were used at all. ${BEFORE}`,
    unit: unit.count,
    rise: 'neutral',
    sql: againstPeriodBefore((when) => `uniqExactIf(model, model != '' AND ${when})`),
  }),
];

const overTime = [
  series({
    title: 'Cost by model',
    description: 'The ten most expensive models of the range; the rest is "other".',
    unit: unit.dollars,
    sql: `SELECT ${bucket()} AS time, ${topOrOther('model')} AS label, ${costSum} AS cost
${fromHourly()}
GROUP BY time, label ORDER BY time, label`,
  }),
  series({
    title: 'Tokens by type',
    description: 'The types are disjoint and add up to all tokens. Reasoning is part of output.',
    unit: unit.count,
    sql: `SELECT ${bucket()} AS time, sum(input_tokens) AS input, sum(cache_write_5m_tokens) AS "cache write 5m",
    sum(cache_write_1h_tokens) AS "cache write 1h", sum(cache_read_tokens) AS "cache read",
    sum(output_tokens) AS output, sum(unclassified_tokens) AS unclassified
${fromHourly()}
GROUP BY time ORDER BY time`,
  }),
];

/** The largest values of a column by cost. */
function top(title: string, dimension: 'project' | 'user', noun: string) {
  return ranking({
    title,
    description: `The ten ${noun} that cost most.`,
    unit: unit.dollars,
    sql: `SELECT ${shown(dimension)} AS name, ${costSum} AS cost
${fromHourly()}
GROUP BY name ORDER BY cost DESC, name LIMIT 10`,
  });
}

const largest = [
  top('Top projects', 'project', 'projects'),
  top('Top people', 'user', 'people'),
  table({
    title: 'Top sessions',
    description: 'The ten sessions that cost most within the range.',
    width: 8,
    sortBy: 'cost',
    sql: `SELECT session_id, any(${shown('project')}) AS project, ${costSum} AS cost, sum(total_tokens) AS tokens
${fromSessions()}
GROUP BY source, dataset, session_id ORDER BY cost DESC, session_id LIMIT 10`,
  })
    .overrideByName(
      'session_id',
      column({
        title: 'Session',
        link: { title: 'Its requests', url: linkTo('tallyd-sessions', 'var-session=${__value.raw}') },
      }),
    )
    .overrideByName('cost', column({ unit: unit.dollars, decimals: 2 }))
    .overrideByName('tokens', column({ unit: unit.count })),
];

const freshness = [
  table({
    title: 'Data freshness',
    description: 'The newest event of every source, whatever range is chosen.',
    width: 16,
    height: 7,
    sql: `SELECT source, dataset, max(newest_ts) AS newest, dateDiff('second', newest, now()) AS age, sum(requests) AS requests
FROM tallyd.usage_hourly AS u
WHERE ${filters(['source', 'dataset'])}
GROUP BY source, dataset ORDER BY newest DESC`,
  })
    .overrideByName('newest', column({ unit: unit.time }))
    .overrideByName('age', column({ unit: unit.seconds }))
    .overrideByName('requests', column({ unit: unit.count })),
  coloured(
    stat({
      title: 'Requests without a price',
      description:
        'Requests in the range that neither their source nor the price list gives a cost. They count as 0; see docs/pricing.md.',
      unit: unit.count,
      width: 8,
      height: 7,
      sql: `SELECT sum(auto_unpriced_requests) AS requests ${fromHourly()}`,
    }),
    ['green'],
    ['orange', 1],
  ),
];

export function overview(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-overview',
    title: 'LLM usage: Overview',
    description: 'What language models cost, who and what used them, and whether the data is fresh.',
    sections: [
      { panels: headline },
      { panels: overTime },
      { title: 'Where it goes', panels: largest },
      { title: 'The data', panels: freshness },
    ],
  });
}
