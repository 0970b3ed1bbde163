/** Percentiles, merged from the states that the hourly sums keep: as fast for years as for days. */
import { type AnyPanel, column, series, stat, table } from '../../sdk/panels.ts';
import { bucket, fromHourly, shown, topOrOther } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { choice } from '../../sdk/variables.ts';
import type { Kind } from './kinds.ts';

/** In the order of the states' parameters. */
const LEVELS = ['p50', 'p90', 'p95', 'p99'] as const;

/** Which percentile the panels by model show over time: its place in the states. */
export const percentile = choice('percentile', 'Percentile by model', [
  ['p95', '3'],
  ['p50', '1'],
  ['p90', '2'],
  ['p99', '4'],
]);

/** Merged states of hourly rows, aliased `u`: an array of the four. */
const merged = (states: string): string => `quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(u.${states})`;

/** One of the four; no requests have no percentile. */
const level = (place: string): string =>
  `if(isFinite(quantiles[${place}]), toFloat64(quantiles[${place}]), NULL)`;

const levels = LEVELS.map((name, index) => `${level(String(index + 1))} AS ${name}`).join(', ');

const DIGEST =
  'Percentiles come from digests that the hourly sums keep, which put them within half a percent of the requests.';

/** Four numbers of the whole range. */
function whole(kind: Kind) {
  return stat({
    title: `Percentiles of ${kind.name}`,
    description: `What half, 90, 95 and 99 percent of requests stay within. ${kind.about} ${DIGEST}`,
    unit: kind.unit,
    decimals: kind.decimals,
    width: 24,
    sql: `SELECT ${levels} FROM (SELECT ${merged(kind.states)} AS quantiles ${fromHourly()})`,
  });
}

function overTime(kind: Kind) {
  return series({
    title: `Percentiles of ${kind.name} over time`,
    description: `By the variable "Granularity". ${kind.about} ${DIGEST}`,
    unit: kind.unit,
    draw: 'lines',
    sql: `SELECT time, ${levels}
FROM (SELECT ${bucket()} AS time, ${merged(kind.states)} AS quantiles ${fromHourly()} GROUP BY time)
ORDER BY time`,
  });
}

function byModelOverTime(kind: Kind) {
  return series({
    title: `\${percentile:text} of ${kind.name} by model`,
    description: `The percentile that the variable "Percentile by model" names, for the ten models with most requests; the rest together is "other". ${kind.about}`,
    unit: kind.unit,
    draw: 'lines',
    sql: `SELECT time, label, percentile
FROM (
    SELECT time, label, ${level('$percentile')} AS percentile
    FROM (
        SELECT ${bucket()} AS time, ${topOrOther('model', 'sum(requests)')} AS label, ${merged(kind.states)} AS quantiles
        ${fromHourly()} GROUP BY time, label
    )
)
WHERE percentile IS NOT NULL ORDER BY time, label`,
  });
}

function byModel(kind: Kind) {
  const panel = table({
    title: `Models by ${kind.name}`,
    description: `Percentiles of each model over the range. ${kind.about} ${DIGEST}`,
    unit: kind.unit,
    decimals: kind.decimals,
    sortBy: 'p95',
    sql: `SELECT model, requests, p50, p90, p95, p99
FROM (
    SELECT model, requests, ${levels}
    FROM (
        SELECT ${shown('u.model')} AS model, sum(u.requests) AS requests, ${merged(kind.states)} AS quantiles
        ${fromHourly()} GROUP BY model
    )
)
WHERE p50 IS NOT NULL ORDER BY p95 DESC, model LIMIT 500`,
  });
  return panel
    .overrideByName('model', column({ title: 'Model' }))
    .overrideByName('requests', column({ unit: unit.count, decimals: 0, title: 'Requests' }));
}

export function percentilePanels(
  kind: Kind,
): Record<'whole' | 'overTime' | 'byModelOverTime' | 'byModel', AnyPanel> {
  return {
    whole: whole(kind),
    overTime: overTime(kind),
    byModelOverTime: byModelOverTime(kind),
    byModel: byModel(kind),
  };
}
