/** How fresh the data is and how far the reading is behind, by source and dataset. */
import { column, series, table } from '../../sdk/panels.ts';
import { bucket, fromHourly } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { chosen, FROM_FILES, UNREAD } from './filters.ts';

const sources = table({
  title: 'Freshness by source',
  description:
    'Per source and dataset, whatever the range: the newest event and its age, followed files, bytes not yet read and since when, and the newest upload.',
  width: 24,
  height: 8,
  sql: `SELECT name AS source, set AS dataset, max(event) AS newest_event, dateDiff('second', newest_event, now('UTC')) AS age,
    sum(counted) AS events, sum(followed) AS files, sum(waiting) AS files_behind, sum(unread) AS unread_bytes,
    dateDiff('second', min(waiting_since), now('UTC')) AS behind_since, max(uploaded) AS newest_upload
FROM (
    SELECT toString(u.source) AS name, toString(u.dataset) AS set, toNullable(max(u.newest_ts)) AS event, sum(u.events) AS counted,
        0 AS followed, 0 AS waiting, 0 AS unread, CAST(NULL, 'Nullable(DateTime64(3, \\'UTC\\'))') AS waiting_since,
        CAST(NULL, 'Nullable(DateTime64(3, \\'UTC\\'))') AS uploaded
    FROM tallyd.usage_hourly AS u
    WHERE ${chosen({ source: 'u.source', dataset: 'u.dataset' })}
    GROUP BY name, set
    UNION ALL
    SELECT toString(f.source) AS name, toString(f.dataset) AS set, NULL, 0, count(), countIf(f.size > f.offset), sum(${UNREAD}),
        minOrNullIf(f.modified_at, f.size > f.offset), NULL
    ${FROM_FILES}
    GROUP BY name, set
    UNION ALL
    SELECT toString(up.format) AS name, toString(up.dataset) AS set, NULL, 0, 0, 0, 0, NULL, max(up.finished_at)
    FROM tallyd.uploads AS up
    WHERE up.status = 'done' AND ${chosen({ source: 'up.format', dataset: 'up.dataset' })}
    GROUP BY name, set
)
GROUP BY source, dataset ORDER BY newest_event DESC NULLS LAST, source, dataset`,
})
  .overrideByName('newest_event', column({ title: 'newest event', unit: unit.time }))
  .overrideByName('age', column({ unit: unit.seconds }))
  .overrideByName('events', column({ unit: unit.count }))
  .overrideByName('files', column({ title: 'files followed', unit: unit.count }))
  .overrideByName('files_behind', column({ title: 'files behind', unit: unit.count }))
  .overrideByName('unread_bytes', column({ title: 'not yet read', unit: unit.bytes }))
  .overrideByName('behind_since', column({ title: 'behind for', unit: unit.seconds }))
  .overrideByName('newest_upload', column({ title: 'newest upload', unit: unit.time }));

const events = series({
  title: 'Events by source',
  description:
    'Stored events by the time at which they happened. A source that falls silent stopped being used, or stopped being read.',
  unit: unit.count,
  sql: `SELECT ${bucket()} AS time, u.source AS label, sum(u.events) AS events
${fromHourly(['source', 'dataset'])}
GROUP BY time, label ORDER BY time, label`,
});

const behind = table({
  title: 'Files with unread bytes',
  description:
    'Followed files that are not read to their end, the largest rest first. A half-written last line stays unread until it is complete.',
  sql: `SELECT f.path AS path, f.source AS source, f.size AS size, ${UNREAD} AS unread, f.modified_at AS modified
${FROM_FILES} AND f.size > f.offset
ORDER BY unread DESC, path LIMIT 100`,
})
  .noValue('Every file is read to its end.')
  .overrideByName('size', column({ unit: unit.bytes }))
  .overrideByName('unread', column({ unit: unit.bytes }))
  .overrideByName('modified', column({ unit: unit.fromNow }));

export const freshness = [sources, events, behind];
