/** The blocks that run at the range's end, and where they lead: as `tallyd report blocks --active`. */
import { BigValueColorMode, ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { type AnyPanel, column, stat, table, thresholds } from '../../sdk/panels.ts';
import { unit } from '../../sdk/units.ts';
import { blocksSql, MOMENT } from './fold.ts';
import { limitsSql } from './limits.ts';

/** A block that runs began at most five hours ago. */
const RECENT = `${MOMENT} - 5 * 3600`;

/**
 * `WITH …` up to `running`. Rates are over the time from the first request to the last, and NULL where
 * there is but one; the projection is by whole minutes, as in collector/reports/burn-rate.ts.
 */
const runningSql = `${blocksSql(RECENT)},
running AS (
    SELECT source, starts, ends, first, last, requests, total, cost, models,
        dateDiff('second', ${MOMENT}, ends) AS seconds_left,
        floor(seconds_left / 60 + 0.5) AS minutes_left,
        nullIf(dateDiff('millisecond', first, last) / 60000, 0) AS minutes,
        total / minutes AS tokens_per_minute,
        cost / minutes * 60 AS cost_per_hour,
        floor(total + tokens_per_minute * minutes_left + 0.5) AS projected_tokens,
        floor((cost + cost_per_hour / 60 * minutes_left) * 100 + 0.5) / 100 AS projected_cost
    FROM blocks
    WHERE active
)`;

/** The same up to `limited`, which has `token_limit` and `cost_limit` too: NULL where there is nothing to measure by. */
const limitedSql = `${runningSql},
${limitsSql},
limited AS (
    SELECT running.*, nullIf(limit_tokens, 0) AS token_limit, nullIf(limit_usd, 0) AS cost_limit
    FROM running LEFT JOIN limits ON running.source = limits.source
)`;

const RUNNING =
  'Of each source whose five-hour block runs at the end of the range; nothing runs five hours after the last request.';
const LIMITS =
  'Limits are those of `alerts` in tallyd.yaml (block_limit_tokens, block_limit_usd); where none is set, the largest block before.';

/** Values of every running block, each with its source's name. */
function perSource(options: {
  title: string;
  description: string;
  from: 'running' | 'limited';
  values: string;
}) {
  return stat({
    title: options.title,
    description: `${options.description} ${RUNNING}`,
    width: 12,
    height: 5,
    sql: `${options.from === 'running' ? runningSql : limitedSql}
SELECT source, ${options.values} FROM ${options.from} ORDER BY total DESC, source LIMIT 8`,
  }).reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(true).limit(8));
}

export const headline: AnyPanel[] = [
  perSource({
    title: 'Burn rate',
    description:
      'All tokens and the cost of the running block by the time from its first request to its last, and how long it still runs.',
    from: 'running',
    values:
      'seconds_left AS "time left", tokens_per_minute AS "tokens per minute", cost_per_hour AS "dollars per hour"',
  })
    .overrideByName('time left', column({ unit: unit.seconds, decimals: 0 }))
    .overrideByName('tokens per minute', column({ unit: unit.count, decimals: 1 }))
    .overrideByName('dollars per hour', column({ unit: unit.dollars, decimals: 2 })),
  perSource({
    title: 'Against the limit',
    description: `What the running block has used, and what it comes to at this rate, as shares of its limits. ${LIMITS}`,
    from: 'limited',
    values:
      'total / token_limit AS "tokens so far", projected_tokens / token_limit AS "tokens at its end", projected_cost / cost_limit AS "cost at its end"',
  })
    .unit(unit.share)
    .decimals(0)
    .colorMode(BigValueColorMode.Value)
    // the report warns from four fifths on
    .thresholds(thresholds(['green'], ['orange', 0.8], ['red', 1])),
];

const COLUMNS: [name: string, title: string, unit?: string, decimals?: number][] = [
  ['source', 'Source'],
  ['starts', 'Began', unit.time],
  ['ends', 'Ends', unit.time],
  ['seconds_left', 'Time left', unit.seconds],
  ['requests', 'Requests', unit.count],
  ['total', 'Tokens', unit.count],
  ['cost', 'Cost', unit.dollars, 2],
  ['tokens_per_minute', 'Tokens per minute', unit.count],
  ['cost_per_hour', 'Cost per hour', unit.dollars, 2],
  ['projected_tokens', 'Tokens at its end', unit.count],
  ['token_limit', 'Token limit', unit.count],
  ['projected_cost', 'Cost at its end', unit.dollars, 2],
  ['cost_limit', 'Cost limit', unit.dollars, 2],
  ['models', 'Models'],
];

export const runningTable = COLUMNS.reduce(
  (panel, [name, title, of, decimals]) => panel.overrideByName(name, column({ title, unit: of, decimals })),
  table({
    title: 'Running blocks',
    description: `Where they stand, and where they lead at this rate. ${RUNNING} ${LIMITS}`,
    width: 24,
    height: 6,
    sql: `${limitedSql}
SELECT ${COLUMNS.map(([name]) => name).join(', ')} FROM limited ORDER BY total DESC, source LIMIT 100`,
  }),
);
