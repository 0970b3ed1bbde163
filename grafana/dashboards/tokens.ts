/** Tokens: how many, of which type, by whom and through which model; totals and averages. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard, linkChoosing } from '../sdk/dashboard.ts';
import { DAY, DAYS } from '../sdk/days.ts';
import { change, column, series, stat, table } from '../sdk/panels.ts';
import {
  againstPeriodBefore,
  bucket,
  type Dimension,
  fromHourly,
  fromSessions,
  shown,
  topOrOther,
} from '../sdk/sql.ts';
import { unit } from '../sdk/units.ts';

const BEFORE = 'The change is against a period of the same length before the dashboard’s range.';

/** The types are disjoint: they add up to `total_tokens`. */
const TYPES = [
  ['input', 'input_tokens'],
  ['cache write 5m', 'cache_write_5m_tokens'],
  ['cache write 1h', 'cache_write_1h_tokens'],
  ['cache read', 'cache_read_tokens'],
  ['output', 'output_tokens'],
  ['unclassified', 'unclassified_tokens'],
] as const;

const sums = TYPES.map(([name, type]) => `sum(u.${type}) AS "${name}"`).join(', ');

function total(title: string, description: string, tokens: string) {
  return change({
    title,
    description: `${description} ${BEFORE}`,
    unit: unit.count,
    rise: 'neutral',
    sql: againstPeriodBefore((when) => `sumIf(${tokens}, ${when})`),
  });
}

const totals = [
  total('Tokens', 'All tokens: input, cache writes and reads, output, unclassified.', 'total_tokens'),
  total('Input', 'Tokens of prompts that no cache read or wrote.', 'input_tokens'),
  total(
    'Cache writes',
    'Tokens of prompts that were written to a cache for 5 minutes or an hour.',
    'cache_write_5m_tokens + cache_write_1h_tokens',
  ),
  total('Cache reads', 'Tokens of prompts that a cache answered.', 'cache_read_tokens'),
  total('Output', 'Tokens that models wrote, reasoning included.', 'output_tokens'),
  total(
    'Unclassified',
    'Tokens of sources that tell only a total. They have no price.',
    'unclassified_tokens',
  ),
];

const averages = [
  stat({
    title: 'Per day',
    description: 'All tokens by the days of the range, days without usage included, up to now.',
    unit: unit.count,
    sql: `SELECT sum(u.total_tokens) / ${DAYS} AS tokens ${fromHourly()}`,
  }),
  stat({
    title: 'Per day with usage',
    description: 'All tokens by the days that had any usage, in the dashboard’s time zone.',
    unit: unit.count,
    sql: `SELECT sum(u.total_tokens) / nullIf(uniqExact(${DAY}), 0) AS tokens ${fromHourly()}`,
  }),
  stat({
    title: 'Largest day',
    description: 'The tokens of the day that had most, in the dashboard’s time zone.',
    unit: unit.count,
    sql: `SELECT max(of_day) AS tokens FROM (
    SELECT sum(u.total_tokens) AS of_day ${fromHourly()} GROUP BY ${DAY})`,
  }),
  change({
    title: 'Per request',
    description: `All tokens by requests. Exports that only count buckets contribute their counts. ${BEFORE}`,
    unit: unit.count,
    rise: 'neutral',
    sql: againstPeriodBefore((when) => `sumIf(total_tokens, ${when}) / nullIf(sumIf(requests, ${when}), 0)`),
  }),
  stat({
    title: 'Per session',
    description:
      'The tokens of sessions by their number. What has no session, such as most exports, is in neither.',
    unit: unit.count,
    sql: `SELECT sum(u.total_tokens) / nullIf(uniqExact(u.source, u.dataset, u.session_id), 0) AS tokens
${fromSessions()}`,
  }),
  change({
    title: 'Reasoning share',
    description: `The part of output that was reasoning, where sources tell it. ${BEFORE}`,
    unit: unit.share,
    decimals: 1,
    rise: 'neutral',
    sql: againstPeriodBefore(
      (when) => `sumIf(reasoning_tokens, ${when}) / nullIf(sumIf(output_tokens, ${when}), 0)`,
    ),
  }),
];

function overTimeBy(dimension: Dimension, title: string, noun: string) {
  return series({
    title,
    description: `The ten ${noun} of the range with most tokens; the rest is "other".`,
    unit: unit.count,
    sql: `SELECT ${bucket()} AS time, ${topOrOther(dimension, 'sum(total_tokens)')} AS label, sum(total_tokens) AS tokens
${fromHourly()}
GROUP BY time, label ORDER BY time, label`,
  });
}

const overTime = [
  series({
    title: 'Tokens by type',
    description: 'The types are disjoint and add up to all tokens. Reasoning is part of output.',
    unit: unit.count,
    sql: `SELECT ${bucket()} AS time, ${sums}
${fromHourly()}
GROUP BY time ORDER BY time`,
  }),
  series({
    title: 'Tokens per request',
    description: 'Average size of a request: its prompt with what caches read and wrote, and its output.',
    unit: unit.count,
    draw: 'lines',
    sql: `SELECT ${bucket()} AS time, sum(u.total_tokens - u.output_tokens - u.unclassified_tokens) / nullIf(sum(u.requests), 0) AS prompt,
    sum(u.output_tokens) / nullIf(sum(u.requests), 0) AS output
${fromHourly()}
GROUP BY time ORDER BY time`,
  }),
  overTimeBy('model', 'Tokens by model', 'models'),
  overTimeBy('project', 'Tokens by project', 'projects'),
  overTimeBy('user', 'Tokens by person', 'people'),
  overTimeBy('source', 'Tokens by source', 'sources'),
];

/** Totals per value of a column; a click shows only that value. */
function totalsBy(dimension: Dimension, title: string, noun: string, width: number) {
  const name = noun[0]!.toUpperCase() + noun.slice(1);
  const panel = table({
    title,
    description: `Tokens of each ${noun} by type, its share of all tokens, and averages per request and per day of the range.`,
    unit: unit.count,
    width,
    sortBy: 'total',
    sql: `SELECT ${shown(`u.${dimension}`)} AS name, sum(u.requests) AS requests, ${sums}, sum(u.total_tokens) AS total,
    total / nullIf(sum(total) OVER (), 0) AS share, total / nullIf(requests, 0) AS "per request", total / ${DAYS} AS "per day"
${fromHourly()}
GROUP BY name ORDER BY total DESC, name LIMIT 500`,
  });
  return panel
    .overrideByName(
      'name',
      column({
        title: name,
        link: {
          title: `Only this ${noun}`,
          url: linkChoosing('tallyd-tokens', { [dimension]: '${__value.raw:percentencode}' }),
        },
      }),
    )
    .overrideByName('total', column({ gauge: true }))
    .overrideByName('share', column({ unit: unit.share, decimals: 1 }));
}

export function tokens(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-tokens',
    title: 'LLM usage: Tokens',
    description: 'How many tokens go where: by type, model, project and person, in total and on average.',
    sections: [
      { panels: totals },
      { title: 'Averages', panels: averages },
      { title: 'Over time', panels: overTime },
      {
        title: 'Totals',
        panels: [
          totalsBy('model', 'Totals by model', 'model', 24),
          totalsBy('project', 'Totals by project', 'project', 24),
          totalsBy('user', 'Totals by person', 'person', 24),
        ],
      },
    ],
  });
}
