/** The first look: is anything wrong with what comes in? */
import { coloured, stat } from '../../sdk/panels.ts';
import { unit } from '../../sdk/units.ts';
import { chosen, FROM_FILES, FROM_REJECTED, FROM_UPLOADS, UNREAD } from './filters.ts';

export const headline = [
  stat({
    title: 'Uploads',
    description: 'Files that were sent in the range, whatever became of them.',
    unit: unit.count,
    sql: `SELECT count() AS uploads ${FROM_UPLOADS}`,
  }),
  coloured(
    stat({
      title: 'Failed uploads',
      description: 'Uploads of the range from which nothing was stored. The list below says why.',
      unit: unit.count,
      sql: `SELECT countIf(up.status = 'failed') AS failed ${FROM_UPLOADS}`,
    }),
    ['green'],
    ['red', 1],
  ),
  coloured(
    stat({
      title: 'Rejected records',
      description:
        'Records of followed files and uploads that could not be read in the range. They are missing from all sums.',
      unit: unit.count,
      sql: `SELECT count() AS rejected ${FROM_REJECTED}`,
    }),
    ['green'],
    ['orange', 1],
  ),
  stat({
    title: 'Duplicates',
    description:
      'Share of the records of uploads that were known already: exports overlap. Duplicates are counted once.',
    unit: unit.share,
    decimals: 1,
    sql: `SELECT sum(up.rows_duplicate) / nullIf(sum(up.rows_read), 0) AS share ${FROM_UPLOADS}`,
  }),
  stat({
    title: 'Not yet read',
    description: 'Bytes that stand in followed files and are not in the store, now.',
    unit: unit.bytes,
    sql: `SELECT sum(${UNREAD}) AS bytes ${FROM_FILES}`,
  }),
  stat({
    title: 'Newest event',
    description: 'How long ago the newest event of the chosen sources happened, whatever the range.',
    unit: unit.seconds,
    sql: `SELECT if(count() = 0, NULL, dateDiff('second', max(u.newest_ts), now('UTC'))) AS age
FROM tallyd.usage_hourly AS u
WHERE ${chosen({ source: 'u.source', dataset: 'u.dataset' })}`,
  }),
];
