/** The first look: does the collector run, and does it keep up? */
import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { promInstant } from '../../sdk/query.ts';
import { coloured, stat } from '../../sdk/panels.ts';
import { unit } from '../../sdk/units.ts';
import { of, rate } from './promql.ts';

export const headline = [
  coloured(
    stat({
      title: 'Collectors',
      description: 'Whether Prometheus reaches each chosen collector. Down means that nothing new is read.',
      targets: [promInstant(`min by (instance) (${of('up')})`, '{{instance}}')],
    }).mappings([
      {
        type: MappingType.ValueToText,
        options: {
          '0': { text: 'down', color: 'red', index: 0 },
          '1': { text: 'up', color: 'green', index: 1 },
        },
      },
    ]),
    ['red'],
    ['green', 1],
  ),
  stat({
    title: 'Running since',
    description: 'How long ago the collector was started. Counters begin at 0 with each start.',
    unit: unit.seconds,
    targets: [
      promInstant(`min by (instance) (time() - ${of('process_start_time_seconds')})`, '{{instance}}'),
    ],
  }),
  stat({
    title: 'Records per second',
    description: 'Records read in the range, per second: new, known already and rejected ones.',
    unit: unit.perSecond,
    targets: [promInstant(`sum(rate(${of('tallyd_records_total')}[$__range]))`, 'records')],
  }),
  coloured(
    stat({
      title: 'Waiting for',
      description:
        'How long the oldest bytes have waited that were seen in a followed file and are not stored. Seconds are normal while agents write.',
      unit: unit.seconds,
      decimals: 1,
      targets: [promInstant(`max(${of('tallyd_tail_lag_seconds')})`, 'waiting')],
    }),
    ['green'],
    ['orange', 60],
    ['red', 600],
  ),
  coloured(
    stat({
      title: 'Failed batches in the range',
      description:
        'Attempts to store a batch that failed. Each is tried again, so this counts attempts, not losses.',
      unit: unit.count,
      decimals: 0,
      targets: [promInstant(`sum(increase(${of('tallyd_batches_failed_total')}[$__range]))`, 'failed')],
    }),
    ['green'],
    // increase() estimates: one failure may show as a little less
    ['orange', 0.5],
  ),
  stat({
    title: 'HTTP requests per second',
    description: 'Requests that the collector answers now: uploads, reports, health checks.',
    unit: unit.perSecond,
    targets: [promInstant(`sum(${rate(of('http_server_request_duration_seconds_count'))})`, 'requests')],
  }),
];
