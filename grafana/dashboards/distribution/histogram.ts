/** How many requests were how large. Buckets are made by the store: it sends a row per bar, not per request. */
import { barChart } from '../../sdk/panels.ts';
import { fromEvents } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import type { Kind } from './kinds.ts';

/** Bars from the smallest to the largest that has requests, empty ones between them included. */
export function histogramSql({ ofEvent, bounds, label }: Kind): string {
  const labels = bounds.map((from, index) => `'${label(from, bounds[index + 1])}'`).join(', ');
  const list = `[${bounds.join(', ')}]`;
  return `SELECT [${labels}][bar] AS size, requests
FROM (
    SELECT toUInt8(indexOf(${list}, lower)) AS bar, count() AS requests
    FROM (
        SELECT roundDown(toFloat64(assumeNotNull(${ofEvent})), ${list.replace('[0', '[0.')}) AS lower
        ${fromEvents()} AND u.grain = 'request' AND ${ofEvent} IS NOT NULL
    )
    GROUP BY bar ORDER BY bar WITH FILL
)`;
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
