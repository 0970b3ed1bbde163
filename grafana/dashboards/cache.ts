/** Cache: how much of the prompts it answers, what that saves and what writing to it costs. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard, linkChoosing } from '../sdk/dashboard.ts';
import { change, column, series, table } from '../sdk/panels.ts';
import {
  againstPeriodBefore,
  bucket,
  CACHE_SAVED,
  type Dimension,
  fromHourly,
  HIT_RATE,
  PROMPT_TOKENS,
  shown,
  topOrOther,
} from '../sdk/sql.ts';
import { unit } from '../sdk/units.ts';

const BEFORE = 'The change is against a period of the same length before the dashboard’s range.';
const UNPRICED = 'Requests without a price count as 0.';

/** Dollars over `usage_hourly`. Writes cost `cache_write_cost_usd`; plain input would have cost the rest of it. */
const SAVED = 'toFloat64(sum(cache_read_saved_usd))';
const EXTRA = 'toFloat64(sum(cache_write_extra_usd))';
const WRITES = 'toFloat64(sum(cache_write_cost_usd))';

const dollars = { unit: unit.dollars, decimals: 2 };

const headline = [
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
    title: 'Saved, less what writes cost',
    description: `What cache reads saved against plain input, less what cache writes cost above it. ${UNPRICED} ${BEFORE}`,
    ...dollars,
    rise: 'good',
    sql: againstPeriodBefore(
      (when) => `sumIf(cache_read_saved_usd, ${when}) - sumIf(cache_write_extra_usd, ${when})`,
    ),
  }),
  change({
    title: 'Saved by reads',
    description: `What the tokens that a cache answered would have cost more as plain input. ${UNPRICED} ${BEFORE}`,
    ...dollars,
    rise: 'good',
    sql: againstPeriodBefore((when) => `sumIf(cache_read_saved_usd, ${when})`),
  }),
  change({
    title: 'Writes above plain input',
    description: `What the tokens that were written to a cache cost more than as plain input. ${UNPRICED} ${BEFORE}`,
    ...dollars,
    rise: 'bad',
    sql: againstPeriodBefore((when) => `sumIf(cache_write_extra_usd, ${when})`),
  }),
  change({
    title: 'Read per token written',
    description: `How often a written token was read, on average: what pays for a write. Sources whose caches fill by themselves report no writes. ${BEFORE}`,
    unit: unit.count,
    decimals: 1,
    rise: 'good',
    sql: againstPeriodBefore((when) => {
      const writes = `sumIf(cache_write_5m_tokens + cache_write_1h_tokens, ${when})`;
      return `sumIf(cache_read_tokens, ${when} AND source IN (SELECT w.source FROM tallyd.usage_hourly AS w WHERE w.cache_write_5m_tokens + w.cache_write_1h_tokens > 0)) / nullIf(${writes}, 0)`;
    }),
  }),
  change({
    title: 'Uncached input',
    description: `Tokens of prompts that no cache read or wrote. ${BEFORE}`,
    unit: unit.count,
    rise: 'bad',
    sql: againstPeriodBefore((when) => `sumIf(input_tokens, ${when})`),
  }),
];

const hitRates = [
  series({
    title: 'Hit rate over time',
    description: "Share of the prompts' tokens that were read from a cache.",
    unit: unit.share,
    decimals: 1,
    draw: 'lines',
    max: 1,
    sql: `SELECT ${bucket()} AS time, ${HIT_RATE} AS "hit rate"
${fromHourly()}
GROUP BY time HAVING "hit rate" IS NOT NULL ORDER BY time`,
  }),
  series({
    title: 'Hit rate by model',
    description: 'Of the ten models with the longest prompts in sum; the rest is "other".',
    unit: unit.share,
    decimals: 1,
    draw: 'lines',
    max: 1,
    sql: `SELECT ${bucket()} AS time, ${topOrOther('model', `sum(${PROMPT_TOKENS})`)} AS label, ${HIT_RATE} AS rate
${fromHourly()}
GROUP BY time, label HAVING rate IS NOT NULL ORDER BY time, label`,
  }),
];

const tokensAndMoney = [
  series({
    title: 'Reads and writes',
    description: 'Tokens that were read from a cache, and written to one for 5 minutes or an hour.',
    unit: unit.count,
    sql: `SELECT ${bucket()} AS time, sum(cache_read_tokens) AS reads, sum(cache_write_5m_tokens) AS "5-minute writes",
    sum(cache_write_1h_tokens) AS "1-hour writes"
${fromHourly()}
GROUP BY time ORDER BY time`,
  }),
  series({
    title: 'What writes cost and reads saved',
    description: `Reads saved: against plain input. Writes cost: their whole cost, and the part of it above plain input, which is what reads have to bring in. ${UNPRICED}`,
    ...dollars,
    draw: 'lines',
    min: 'auto',
    sql: `SELECT ${bucket()} AS time, ${SAVED} AS "reads saved", ${WRITES} AS "writes cost", ${EXTRA} AS "of it above plain input"
${fromHourly()}
GROUP BY time ORDER BY time`,
  }),
  series({
    title: 'Savings',
    description: `What reads saved less what writes cost above plain input. Below zero caching costs more than it saves. ${UNPRICED}`,
    ...dollars,
    min: 'auto',
    sql: `SELECT ${bucket()} AS time, ${CACHE_SAVED} AS saved
${fromHourly()}
GROUP BY time ORDER BY time`,
  }),
  series({
    title: 'Savings by model',
    description: `The same for the ten models of the range that saved most; the rest is "other". ${UNPRICED}`,
    ...dollars,
    min: 'auto',
    sql: `SELECT ${bucket()} AS time, ${topOrOther('model', 'sum(cache_read_saved_usd) - sum(cache_write_extra_usd)')} AS label, ${CACHE_SAVED} AS saved
${fromHourly()}
GROUP BY time, label ORDER BY time, label`,
  }),
];

/** Hit rate, tokens and money per value of a column; a click shows only that value. */
function cachingBy(dimension: Dimension, title: string, noun: string) {
  const panel = table({
    title,
    description: `Per ${noun}: what caches read and wrote, and what that saved and cost. "Saved" is reads less writes above plain input. ${UNPRICED}`,
    width: 24,
    sortBy: 'prompt',
    sql: `SELECT ${shown(`u.${dimension}`)} AS name, ${HIT_RATE} AS "hit rate", sum(${PROMPT_TOKENS}) AS prompt, sum(u.input_tokens) AS uncached,
    sum(u.cache_read_tokens) AS reads, sum(u.cache_write_5m_tokens) AS "5-minute writes", sum(u.cache_write_1h_tokens) AS "1-hour writes",
    ${SAVED} AS "reads saved", ${WRITES} AS "writes cost", ${EXTRA} AS "above plain input", ${CACHE_SAVED} AS saved
${fromHourly()}
GROUP BY name HAVING prompt > 0 ORDER BY prompt DESC, name LIMIT 500`,
  });
  const url = linkChoosing('tallyd-cache', { [dimension]: '${__value.raw:percentencode}' });
  panel
    .overrideByName(
      'name',
      column({
        title: noun[0]!.toUpperCase() + noun.slice(1),
        link: { title: `Only this ${noun}`, url },
      }),
    )
    .overrideByName('hit rate', [
      ...column({ unit: unit.share, decimals: 1, gauge: true }),
      { id: 'max', value: 1 },
    ]);
  for (const tokens of ['prompt', 'uncached', 'reads', '5-minute writes', '1-hour writes'])
    panel.overrideByName(tokens, column({ unit: unit.count }));
  for (const money of ['reads saved', 'writes cost', 'above plain input', 'saved'])
    panel.overrideByName(money, column(dollars));
  return panel;
}

export function cache(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-cache',
    title: 'LLM usage: Cache',
    description: 'How much of the prompts caches answer, what that saves, and what writing to them costs.',
    sections: [
      { panels: headline },
      { title: 'Hit rate', panels: hitRates },
      { title: 'Reads, writes and money', panels: tokensAndMoney },
      {
        title: 'Where caching works and where it does not',
        panels: [
          cachingBy('model', 'By model', 'model'),
          cachingBy('project', 'By project', 'project'),
          cachingBy('user', 'By person', 'person'),
        ],
      },
    ],
  });
}
