/** Whether the data is there: sources that fell silent, and records that could not be read. */
import type { AlertGroup, SqlRule } from './rule.ts';
import { limit, weeksBefore } from './sql.ts';

const STALE_MINUTES = limit('stale_minutes');
/** The sums tell the newest event of each hour, so less than an hour is not seen in past weeks. */
const PAST_MINUTES = `toUInt32(greatest(${STALE_MINUTES}, 60))`;

/** 1 when the source was in use at this time so many weeks ago, else 0. */
function inUse(week: number): string {
  const until = weeksBefore("now('UTC')", week);
  return `(countIf(u.newest_ts > ${until} - toIntervalMinute(${PAST_MINUTES}) AND u.newest_ts <= ${until}) > 0)`;
}

/** Followed sources: what is uploaded comes later than it happened, and has a rule of its own. */
const silence = `FROM (
    SELECT toString(u.source) AS source_name, dateDiff('second', max(u.newest_ts), now64(3, 'UTC')) / 60 AS minutes,
        ${[1, 2, 3, 4].map(inUse).join('\n        + ')} AS weeks_in_use,
        ${inUse(1)} AS last_week
    FROM tallyd.usage_hourly AS u
    WHERE u.hour >= now('UTC') - INTERVAL 30 DAY AND u.newest_ts <= now64(3, 'UTC')
    GROUP BY source_name
)
WHERE source_name IN (SELECT toString(source) FROM tallyd.tailed_files WHERE state = 'following')`;

const stale: SqlRule = {
  uid: 'tallyd-data-stale',
  title: 'Nothing new from a source',
  severity: 'warning',
  panel: { dashboard: 'tallyd-ingestion', title: 'Freshness by source' },
  // a week of silence is no fault but a holiday, or the end
  sql: `SELECT source_name, toFloat64(if(last_week AND weeks_in_use >= 3, minutes / ${STALE_MINUTES}, 0)) AS value
${silence}`,
  facts: { MINUTES: `SELECT source_name, toFloat64(minutes) AS value\n${silence}` },
  for: '15m',
  keepFiringFor: '15m',
  summary:
    'Run "tallyd doctor" where {{ $labels.source_name }} is followed: nothing new arrives from it, though it is usually in use at this time.',
  description:
    'The newest event of {{ $labels.source_name }} is {{ humanize $values.MINUTES.Value }} minutes old. At this time it was in use last week, and in at least three of the past four.',
};

/** Datasets that came on four days or more, over a week or more: a habit. */
const uploadGaps = `FROM (
    SELECT toString(dataset) AS dataset_name, arraySort(groupArray(toUnixTimestamp(assumeNotNull(finished_at)))) AS moments,
        toFloat64(arrayMax(arraySlice(arrayDifference(moments), 2))) AS longest,
        toFloat64(dateDiff('second', max(assumeNotNull(finished_at)), now64(3, 'UTC'))) AS pause
    FROM tallyd.uploads
    WHERE status = 'done' AND finished_at >= now('UTC') - INTERVAL 60 DAY
    GROUP BY dataset_name
    HAVING uniqExact(toDate(assumeNotNull(finished_at))) >= 4 AND moments[-1] - moments[1] >= 604800
)`;

const overdue: SqlRule = {
  uid: 'tallyd-upload-overdue',
  title: 'An upload is overdue',
  severity: 'warning',
  panel: { dashboard: 'tallyd-ingestion', title: 'Upload list' },
  // after a long time it is no delay any more: nobody sends it
  sql: `SELECT dataset_name, if(pause > greatest(8 * longest, 1209600), 0, pause / greatest(2 * longest, 60 * ${STALE_MINUTES})) AS value
${uploadGaps}`,
  facts: {
    PAUSE: `SELECT dataset_name, pause AS value\n${uploadGaps}`,
    LONGEST: `SELECT dataset_name, longest AS value\n${uploadGaps}`,
  },
  for: '15m',
  summary: 'Look at what sends {{ $labels.dataset_name }}: its next upload is long overdue.',
  description:
    'The last upload to {{ $labels.dataset_name }} was {{ humanizeDuration $values.PAUSE.Value }} ago; the longest pause between two was {{ humanizeDuration $values.LONGEST.Value }}.',
};

/** What old files hold is no news: the first read of a history finds it, and a person cannot mend it. */
function rejectedRecords(value: string): string {
  return `SELECT toString(r.source) AS source_name, toString(r.dataset) AS dataset_name, ${value} AS value
FROM tallyd.rejected_records AS r FINAL
WHERE r.rejected_at >= now('UTC') - INTERVAL 1 HOUR
    AND (r.upload_id != '' OR r.path NOT IN (SELECT path FROM tallyd.tailed_files WHERE modified_at < now('UTC') - INTERVAL 1 DAY))
GROUP BY source_name, dataset_name`;
}

const rejected: SqlRule = {
  uid: 'tallyd-rejected-records',
  title: 'Records could not be read',
  severity: 'warning',
  panel: { dashboard: 'tallyd-ingestion', title: 'Rejected records with excerpts' },
  sql: rejectedRecords(`toFloat64(count()) / ${limit('rejected_records')}`),
  facts: { RECORDS: rejectedRecords('toFloat64(count())') },
  for: '5m',
  summary:
    'See the reasons and excerpts in the dashboard Ingestion: records of {{ $labels.dataset_name }} could not be read and are not counted.',
  description:
    '{{ humanize $values.RECORDS.Value }} records of {{ $labels.source_name }} (dataset {{ $labels.dataset_name }}) were rejected in the last hour.',
};

export const data: AlertGroup = {
  name: 'tallyd data',
  interval: 300,
  rules: [stale, overdue, rejected],
};
