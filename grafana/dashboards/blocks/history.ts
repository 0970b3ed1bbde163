/** The blocks that begin in the range: over time with their limit, and as rows. */
import { GraphDrawStyle, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import { sqlTarget } from '../../sdk/query.ts';
import { clickhouse } from '../../sdk/datasources.ts';
import { type AnyPanel, column, series, table } from '../../sdk/panels.ts';
import { filters } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { blocksSql, MOMENT } from './fold.ts';
import { limitsSql } from './limits.ts';

const MOST = 1000;

function bars(value: 'total' | 'cost'): string {
  return `${blocksSql('$__fromTime')}
SELECT starts AS time, source, ${value} AS "in a block" FROM blocks ORDER BY time, source`;
}

/** A line from end to end of the range per source that has blocks in it. */
function line(value: 'limit_tokens' | 'limit_usd'): string {
  return `WITH ${limitsSql}
SELECT arrayJoin([toDateTime(toStartOfHour($__fromTime)), toDateTime(${MOMENT})]) AS time, source, ${value} AS "limit"
FROM limits
WHERE ${value} > 0 AND source IN (
    SELECT DISTINCT u.source FROM tallyd.usage_by_session AS u
    WHERE u.grain = 'request' AND u.hour >= toStartOfHour($__fromTime) AND u.hour <= ${MOMENT} AND ${filters()}
)
ORDER BY time, source`;
}

function chart(
  title: string,
  value: 'total' | 'cost',
  limit: 'limit_tokens' | 'limit_usd',
  of: string,
): AnyPanel {
  return series({
    title,
    description:
      'A bar for each block, at its beginning; where there is none, nothing was used. The line is the limit of tallyd.yaml, or where none is set the largest block before the range’s end.',
    unit: of,
    width: 24,
    stacked: false,
    targets: [sqlTarget(bars(value), 'timeseries', 'A'), sqlTarget(line(limit), 'timeseries', 'B')],
  })
    .datasource(clickhouse)
    .overrideByQuery('B', [
      { id: 'custom.drawStyle', value: GraphDrawStyle.Line },
      { id: 'custom.stacking', value: { mode: StackingMode.None, group: 'B' } },
      { id: 'custom.fillOpacity', value: 0 },
      { id: 'custom.lineWidth', value: 1 },
      { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
      { id: 'custom.spanNulls', value: true },
    ]);
}

export const charts: AnyPanel[] = [
  chart('Tokens by block', 'total', 'limit_tokens', unit.count),
  chart('Cost by block', 'cost', 'limit_usd', unit.dollars),
];

/** As `tallyd report blocks`; its gaps are `idle_before`. */
export const blocksTableSql = `${blocksSql('$__fromTime')}
SELECT source, starts, ends, first, last, idle_before, if(active, 'running', 'over') AS state,
    requests, input, cache_write, cache_read, output, total, cost, models
FROM (
    SELECT *, dateDiff('millisecond', lagInFrame(toNullable(last), 1, NULL) OVER (PARTITION BY source ORDER BY start
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), first) / 1000 AS idle, if(idle > 18000, idle, NULL) AS idle_before
    FROM blocks
)
ORDER BY starts DESC, source LIMIT ${MOST}`;

const COLUMNS: [name: string, title: string, unit?: string, decimals?: number][] = [
  ['source', 'Source'],
  ['starts', 'Began', unit.time],
  ['ends', 'Ends', unit.time],
  ['first', 'First request', unit.time],
  ['last', 'Last request', unit.time],
  ['idle_before', 'Idle before', unit.seconds],
  ['state', 'State'],
  ['requests', 'Requests', unit.count],
  ['input', 'Input', unit.count],
  ['cache_write', 'Cache write', unit.count],
  ['cache_read', 'Cache read', unit.count],
  ['output', 'Output', unit.count],
  ['total', 'Tokens', unit.count],
  ['cost', 'Cost', unit.dollars, 2],
  ['models', 'Models'],
];

export const blocksTable = COLUMNS.reduce(
  (panel, [name, title, of, decimals]) => panel.overrideByName(name, column({ title, unit: of, decimals })),
  table({
    title: 'Blocks',
    description: `The blocks that begin in the range, at most ${MOST} of them, the newest first. "Idle before" is the time since the last request of the block before in the range, where that is more than five hours.`,
    width: 24,
    height: 14,
    sql: blocksTableSql,
  }),
);
