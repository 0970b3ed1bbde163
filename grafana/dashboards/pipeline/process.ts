/** The collector as a process, with the embedded ClickHouse inside it, and its disk. */
import { coloured, series, stat } from '../../sdk/panels.ts';
import { promInstant, promTarget } from '../../sdk/query.ts';
import { unit } from '../../sdk/units.ts';
import { of, rate } from './promql.ts';

export const resources = [
  series({
    title: 'Memory',
    description:
      'Resident memory of the process, the embedded ClickHouse included, and the parts that are JavaScript’s.',
    unit: unit.bytes,
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(`sum by (instance) (${of('process_resident_memory_bytes')})`, 'resident {{instance}}', 'A'),
      promTarget(`sum by (instance) (${of('nodejs_heap_size_used_bytes')})`, 'heap used {{instance}}', 'B'),
      promTarget(`sum by (instance) (${of('nodejs_heap_size_total_bytes')})`, 'heap {{instance}}', 'C'),
      promTarget(`sum by (instance) (${of('nodejs_external_memory_bytes')})`, 'buffers {{instance}}', 'D'),
    ],
  }),
  series({
    title: 'CPU',
    description: 'Processor cores in use, the embedded ClickHouse included: 1 is one core all the time.',
    unit: unit.count,
    decimals: 2,
    stacked: true,
    draw: 'lines',
    width: 8,
    targets: [promTarget(`sum by (mode) (${rate(of('process_cpu_seconds_total'))})`, '{{mode}}')],
  }),
  series({
    title: 'Open files',
    description: 'Open file descriptors and how many may be open. At the limit nothing more can be read.',
    unit: unit.count,
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(`max by (instance) (${of('process_open_fds')})`, 'open {{instance}}', 'A'),
      promTarget(`max by (instance) (${of('process_max_fds')})`, 'limit {{instance}}', 'B'),
    ],
  }),
  series({
    title: 'Event loop lag',
    description:
      'How much later than due timers fire. Beyond a tenth of a second, requests and files wait for something that blocks.',
    unit: unit.seconds,
    draw: 'lines',
    targets: ['p50', 'p90', 'p99', 'max'].map((name, index) =>
      promTarget(`max(${of(`nodejs_eventloop_lag_${name}_seconds`)})`, name, 'ABCD'[index]),
    ),
  }),
  series({
    title: 'Event loop in use',
    description: 'Share of the time in which the event loop was busy. Near 1 the collector cannot do more.',
    unit: unit.share,
    draw: 'lines',
    max: 1,
    targets: [promTarget(`max by (instance) (${of('nodejs_eventloop_utilization_ratio')})`, '{{instance}}')],
  }),
];

const FREE = `${of('tallyd_disk_free_bytes')} / ${of('tallyd_disk_size_bytes')}`;

export const disk = [
  coloured(
    stat({
      title: 'Disk in use',
      description:
        'Used share of the disk that holds the data directory. From 80 % on an alert is sent; a full disk stops the reading.',
      unit: unit.share,
      decimals: 1,
      width: 4,
      height: 8,
      targets: [promInstant(`max by (instance) (1 - ${FREE})`, '{{instance}}')],
    }),
    ['green'],
    ['orange', 0.8],
    ['red', 0.9],
  ),
  series({
    title: 'Data directory',
    description:
      'Disk space that the data directory occupies: the embedded store, uploads that wait, positions in files.',
    unit: unit.bytes,
    draw: 'lines',
    width: 10,
    height: 8,
    targets: [promTarget(`max by (instance) (${of('tallyd_data_dir_bytes')})`, '{{instance}}')],
  }),
  series({
    title: 'Free disk space',
    description: 'Free space and size of the disk that holds the data directory.',
    unit: unit.bytes,
    draw: 'lines',
    width: 10,
    height: 8,
    targets: [
      promTarget(`max by (instance) (${of('tallyd_disk_free_bytes')})`, 'free {{instance}}', 'A'),
      promTarget(`max by (instance) (${of('tallyd_disk_size_bytes')})`, 'size {{instance}}', 'B'),
    ],
  }),
];
