/** How long batches and uploads take, and what goes wrong. */
import { series } from '../../sdk/panels.ts';
import { promTarget } from '../../sdk/query.ts';
import { unit } from '../../sdk/units.ts';
import { HTTP, REQUESTS } from './http.ts';
import { grown, of, quantileTargets, rate } from './promql.ts';

export const latency = [
  series({
    title: 'Storing a batch',
    description: 'Time to read, price and store a batch: median, 95th and 99th percentile.',
    unit: unit.seconds,
    draw: 'lines',
    targets: quantileTargets('tallyd_batch_duration_seconds'),
  }),
  series({
    title: 'Uploads',
    description: 'Time from the first byte of an upload to its report: median, 95th and 99th percentile.',
    unit: unit.seconds,
    draw: 'lines',
    targets: quantileTargets('tallyd_upload_duration_seconds'),
  }),
];

export const errors = [
  series({
    title: 'Failed batches',
    description:
      'Attempts to store a batch that failed, around each point. They are tried again; a row of them means that the store is away or full.',
    unit: unit.count,
    width: 6,
    targets: [
      promTarget(
        `sum by (source, via) (${grown(of('tallyd_batches_failed_total'))})`,
        '{{source}} by {{via}}',
      ),
    ],
  }),
  series({
    title: 'Rejected by reason',
    description:
      'Records that could not be read, around each point. The dashboard Ingestion shows the records themselves.',
    unit: unit.count,
    width: 6,
    targets: [promTarget(`sum by (reason) (${grown(of('tallyd_records_rejected_total'))})`, '{{reason}}')],
  }),
  series({
    title: 'Uploads that failed',
    description: 'Uploads from which nothing was stored, around each point, by source.',
    unit: unit.count,
    width: 6,
    targets: [
      promTarget(
        `sum by (source) (${grown(of('tallyd_upload_duration_seconds_count', 'status="failed"'))})`,
        '{{source}}',
      ),
    ],
  }),
  series({
    title: 'Share of HTTP errors',
    description: 'Share of requests that were refused (400 to 499) and that failed (500 and more).',
    unit: unit.share,
    draw: 'lines',
    max: 1,
    width: 6,
    targets: (['4', '5'] as const).map((first, index) =>
      promTarget(
        `(sum(${rate(of(`${HTTP}_count`, `http_response_status_code=~"${first}.."`))}) or vector(0)) / sum(${rate(REQUESTS)})`,
        first === '4' ? 'refused' : 'failed',
        'AB'[index],
      ),
    ),
  }),
];
