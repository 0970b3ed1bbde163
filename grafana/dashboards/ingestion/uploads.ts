/** Uploads: what was sent, what became of it, how much of it was known already. */
import { column, series, table } from '../../sdk/panels.ts';
import { bucket } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { FROM_UPLOADS } from './filters.ts';

/** This dashboard again, with the rejected records of the row's upload. */
const ITS_REJECTIONS =
  '/d/tallyd-ingestion?${__url_time_range}&${source:queryparam}&${dataset:queryparam}&var-upload=${__data.fields.id}';

const STATUS_COLOURS = [
  {
    type: 'value',
    options: {
      done: { color: 'green', index: 0 },
      running: { color: 'blue', index: 1 },
      received: { color: 'blue', index: 2 },
      failed: { color: 'red', index: 3 },
    },
  },
];

const list = table({
  title: 'Upload list',
  description:
    'The newest 500 uploads of the range. Revised records are duplicates that corrected what was stored; a click on a rejected count shows those records below.',
  width: 24,
  height: 10,
  sql: `SELECT up.started_at AS started, up.name AS name, up.format AS source, up.dataset AS dataset, toString(up.mode) AS mode,
    toString(up.status) AS status, up.bytes AS bytes, up.rows_read AS read, up.rows_accepted AS accepted, up.rows_duplicate AS duplicate,
    up.rows_revised AS revised, up.rows_rejected AS rejected,
    dateDiff('millisecond', up.started_at, up.finished_at) / 1000 AS duration,
    arrayStringConcat(up.unpriced, ', ') AS unpriced, up.error AS error, up.id AS id
${FROM_UPLOADS}
ORDER BY started DESC, id DESC LIMIT 500`,
})
  .overrideByName('started', column({ unit: unit.time, width: 170 }))
  .overrideByName('status', [
    { id: 'mappings', value: STATUS_COLOURS },
    { id: 'custom.cellOptions', value: { type: 'color-text' } },
  ])
  .overrideByName('bytes', column({ unit: unit.bytes }))
  .overrideByName('duration', column({ unit: unit.seconds, decimals: 1 }))
  .overrideByName('unpriced', column({ title: 'models without a price' }))
  .overrideByName(
    'rejected',
    column({ link: { title: 'The rejected records of this upload', url: ITS_REJECTIONS } }),
  )
  .overrideByName('error', column({ width: 320 }))
  .overrideByName('id', column({ hidden: true }));

const outcomes = series({
  title: 'Records of uploads',
  description:
    'What became of the records that were uploaded: new, known already, or unreadable. Together they are all that was read.',
  unit: unit.count,
  sql: `SELECT ${bucket('up.started_at')} AS time, sum(up.rows_accepted) AS accepted, sum(up.rows_duplicate) AS duplicate,
    sum(up.rows_rejected) AS rejected
${FROM_UPLOADS}
GROUP BY time ORDER BY time`,
});

const duplicates = series({
  title: 'Share of duplicates',
  description:
    'Share of the uploaded records that were known already, by source. An export that is sent every day with a month in it has many.',
  unit: unit.share,
  draw: 'lines',
  max: 1,
  sql: `SELECT ${bucket('up.started_at')} AS time, up.format AS label,
    sum(up.rows_duplicate) / sum(up.rows_read) AS share
${FROM_UPLOADS} AND up.rows_read > 0
GROUP BY time, label ORDER BY time, label`,
});

export const uploads = [list, outcomes, duplicates];
