/** What comes in, and how far the reading is behind what is written. */
import { series } from '../../sdk/panels.ts';
import { promTarget } from '../../sdk/query.ts';
import { unit } from '../../sdk/units.ts';
import { of, rate } from './promql.ts';

export const throughput = [
  series({
    title: 'Records by outcome',
    description:
      'Records read per second: accepted are new events, duplicates known ones, rejected unreadable.',
    unit: unit.perSecond,
    draw: 'lines',
    width: 8,
    targets: [promTarget(`sum by (outcome) (${rate(of('tallyd_records_total'))})`, '{{outcome}}')],
  }),
  series({
    title: 'Records by source',
    description: 'Records read per second by source, and whether they came from followed files or uploads.',
    unit: unit.perSecond,
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(`sum by (source, via) (${rate(of('tallyd_records_total'))})`, '{{source}} by {{via}}'),
    ],
  }),
  series({
    title: 'Bytes stored',
    description: 'Bytes of logs and exports that were stored, per second.',
    unit: unit.bytesPerSecond,
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(`sum by (source, via) (${rate(of('tallyd_bytes_total'))})`, '{{source}} by {{via}}'),
    ],
  }),
  series({
    title: 'Records per batch',
    description:
      'Average size of a stored batch. Small batches are normal while agents work; each costs a write.',
    unit: unit.count,
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(
        `sum by (source, via) (${rate(of('tallyd_batch_records_sum'))}) / sum by (source, via) (${rate(of('tallyd_batch_records_count'))})`,
        '{{source}} by {{via}}',
      ),
    ],
  }),
  series({
    title: 'Corrected events',
    description:
      'Duplicates per second that corrected the event they repeat: agents write a request several times while it streams.',
    unit: unit.perSecond,
    draw: 'lines',
    width: 8,
    targets: [promTarget(`sum by (source) (${rate(of('tallyd_records_revised_total'))})`, '{{source}}')],
  }),
  series({
    title: 'Tokens as they happen',
    description:
      'Tokens per second of what followed files gain while tallyd runs, by source. History and uploads are not in it; ClickHouse has all.',
    unit: unit.perSecond,
    draw: 'lines',
    width: 8,
    targets: [promTarget(`sum by (source) (${rate(of('llm_tokens_total'))})`, '{{source}}')],
  }),
];

export const tail = [
  series({
    title: 'Followed files',
    description: 'Files that are followed, by source.',
    unit: unit.count,
    draw: 'lines',
    width: 6,
    targets: [promTarget(`sum by (source) (${of('tallyd_tail_files')})`, '{{source}}')],
  }),
  series({
    title: 'Bytes not yet stored',
    description:
      'Bytes that were seen in followed files and are not stored. It rises while the store is away.',
    unit: unit.bytes,
    draw: 'lines',
    width: 6,
    targets: [promTarget(`sum by (source) (${of('tallyd_tail_lag_bytes')})`, '{{source}}')],
  }),
  series({
    title: 'Waiting time',
    description: 'How long the oldest of these bytes have waited.',
    unit: unit.seconds,
    draw: 'lines',
    width: 6,
    targets: [promTarget(`max by (source) (${of('tallyd_tail_lag_seconds')})`, '{{source}}')],
  }),
  series({
    title: 'Age of the newest event',
    description:
      'How long ago the newest event stored since the start happened. It grows when nobody works, too; only together with unread bytes it is bad.',
    unit: unit.seconds,
    draw: 'lines',
    width: 6,
    targets: [promTarget(`min by (source) (${of('tallyd_newest_event_age_seconds')})`, '{{source}}')],
  }),
];
