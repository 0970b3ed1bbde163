/** How many requests were how large, from the histograms that the hourly sums keep. */
import { barChart } from '../../sdk/panels.ts';
import { fromWholeHours } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import type { Kind } from './kinds.ts';

/** Bars from the smallest to the largest that has requests, empty ones between them included. */
export function histogramSql({ counts, bounds, label }: Kind): string {
  const labels = bounds.map((from, index) => `'${label(from, bounds[index + 1])}'`).join(', ');
  return `SELECT [${labels}][bar] AS size, requests
FROM (SELECT sumForEach(u.${counts}) AS bars ${fromWholeHours()})
ARRAY JOIN bars AS requests, arrayEnumerate(bars) AS bar
WHERE bar >= arrayFirstIndex(each -> each > 0, bars) AND bar <= arrayLastIndex(each -> each > 0, bars)
ORDER BY bar`;
}

export function histogram(kind: Kind) {
  return barChart({
    title: `Requests by ${kind.name}`,
    description: `How many requests lie between which bounds; the bounds grow by 1, 2, 5, 10 and so on. ${kind.about}`,
    x: 'size',
    unit: unit.count,
    sql: histogramSql(kind),
  }).xTickLabelRotation(-45);
}
