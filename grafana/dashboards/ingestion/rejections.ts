/** What could not be read: how much, why, and the records themselves. */
import { column, series, table } from '../../sdk/panels.ts';
import { bucket, shown } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';
import { FROM_REJECTED } from './filters.ts';

/** Reasons are fixed phrases, but a format of one's own may bring many. */
const TOP_REASON = `if(r.reason IN (SELECT r.reason ${FROM_REJECTED} GROUP BY r.reason ORDER BY count() DESC, r.reason LIMIT 10), ${shown('r.reason')}, 'other')`;

const overTime = series({
  title: 'Rejections by reason',
  description: 'Rejected records by the time of their rejection and its reason: the ten most frequent.',
  unit: unit.count,
  sql: `SELECT ${bucket('r.rejected_at')} AS time, ${TOP_REASON} AS label, count() AS records
${FROM_REJECTED}
GROUP BY time, label ORDER BY time, label`,
});

const summary = table({
  title: 'Reasons',
  description:
    'Rejected records by source, reason and column, with the value (or the beginning) of the newest one. Where a whole column is affected, the export has probably changed.',
  sortBy: 'records',
  sql: `SELECT r.source AS source, r.dataset AS dataset, r.reason AS reason, r.column AS column, count() AS records,
    max(r.rejected_at) AS newest, argMax(if(r.value = '', r.excerpt, r.value), (r.rejected_at, r.record)) AS example
${FROM_REJECTED}
GROUP BY source, dataset, reason, column ORDER BY records DESC, reason, column LIMIT 200`,
}).overrideByName('newest', column({ unit: unit.fromNow }));

const records = table({
  title: 'Rejected records with excerpts',
  description:
    'The newest 200 rejected records: the file or upload, the record and its line, the column and value that were wrong, the reason, and how the record begins.',
  width: 24,
  height: 10,
  sql: `SELECT r.rejected_at AS rejected, r.source AS source, r.dataset AS dataset, if(r.path = '', r.upload_id, r.path) AS file,
    r.record AS record, r.line AS line, r.reason AS reason, r.column AS column, r.value AS value, r.excerpt AS excerpt
${FROM_REJECTED}
ORDER BY rejected DESC, file, record LIMIT 200`,
})
  .overrideByName('rejected', column({ unit: unit.time, width: 170 }))
  .overrideByName('file', column({ width: 260 }))
  .overrideByName('record', column({ unit: 'none', width: 90 }))
  .overrideByName('line', column({ unit: 'none', width: 90 }))
  .overrideByName('excerpt', column({ width: 420 }));

export const rejections = [overTime, summary, records];
