/**
 * A ClickHouse server by its own metrics, scraped as job `clickhouse`. With the embedded engine there is
 * none: its memory and time are the collector's.
 */
import { series } from '../../sdk/panels.ts';
import { promTarget } from '../../sdk/query.ts';
import { unit } from '../../sdk/units.ts';
import { grown, ofServer, rate } from './promql.ts';

const ONLY = 'Empty unless Prometheus scrapes a ClickHouse server as the job "clickhouse".';

const metric = (name: string): string => ofServer(`ClickHouseMetrics_${name}`);
const event = (name: string): string => ofServer(`ClickHouseProfileEvents_${name}`);
const asynchronous = (name: string): string => ofServer(`ClickHouseAsyncMetrics_${name}`);

export const clickHouseServer = [
  series({
    title: 'Server memory',
    description: `What queries, merges and caches of the server hold by its own count, and its resident memory. ${ONLY}`,
    unit: unit.bytes,
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(`max(${metric('MemoryTracking')})`, 'tracked', 'A'),
      promTarget(`max(${metric('MergesMutationsMemoryTracking')})`, 'merges', 'B'),
      promTarget(`max(${asynchronous('MemoryResident')})`, 'resident', 'C'),
    ],
  }),
  series({
    title: 'Queries',
    description: `Queries of the server per second, and those that failed. ${ONLY}`,
    unit: unit.perSecond,
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(`sum(${rate(event('SelectQuery'))})`, 'SELECT', 'A'),
      promTarget(`sum(${rate(event('InsertQuery'))})`, 'INSERT', 'B'),
      promTarget(`sum(${rate(event('FailedQuery'))})`, 'failed', 'C'),
    ],
  }),
  series({
    title: 'Queries under way',
    description: `Queries that run now, and open HTTP connections. ${ONLY}`,
    unit: unit.count,
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(`sum(${metric('Query')})`, 'queries', 'A'),
      promTarget(`sum(${metric('HTTPConnection')})`, 'HTTP connections', 'B'),
    ],
  }),
  series({
    title: 'Time per query',
    description: `Average time of SELECT and INSERT. ${ONLY}`,
    unit: 'µs',
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(
        `sum(${rate(event('SelectQueryTimeMicroseconds'))}) / sum(${rate(event('SelectQuery'))})`,
        'SELECT',
        'A',
      ),
      promTarget(
        `sum(${rate(event('InsertQueryTimeMicroseconds'))}) / sum(${rate(event('InsertQuery'))})`,
        'INSERT',
        'B',
      ),
    ],
  }),
  series({
    title: 'Parts',
    description: `Active parts of all tables, and the most of one partition: beyond 1,000 inserts are slowed down, beyond 3,000 refused. ${ONLY}`,
    unit: unit.count,
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(`sum(${metric('PartsActive')})`, 'active', 'A'),
      promTarget(`max(${asynchronous('MaxPartCountForPartition')})`, 'most of one partition', 'B'),
    ],
  }),
  series({
    title: 'Merges',
    description: `Merges and mutations that run, and inserts that were delayed or refused for too many parts. ${ONLY}`,
    unit: unit.count,
    draw: 'lines',
    width: 8,
    targets: [
      promTarget(`sum(${metric('Merge')})`, 'merges', 'A'),
      promTarget(`sum(${metric('PartMutation')})`, 'mutations', 'B'),
      promTarget(`sum(${grown(event('DelayedInserts'))})`, 'delayed inserts', 'C'),
      promTarget(`sum(${grown(event('RejectedInserts'))})`, 'refused inserts', 'D'),
    ],
  }),
  series({
    title: 'Rows',
    description: `Rows that were inserted, read by queries and merged, per second. ${ONLY}`,
    unit: unit.perSecond,
    draw: 'lines',
    targets: [
      promTarget(`sum(${rate(event('InsertedRows'))})`, 'inserted', 'A'),
      promTarget(`sum(${rate(event('SelectedRows'))})`, 'read', 'B'),
      promTarget(`sum(${rate(event('MergedRows'))})`, 'merged', 'C'),
    ],
  }),
  series({
    title: 'Server disk',
    description: `What all tables occupy, and what is free on the server’s disk. ${ONLY}`,
    unit: unit.bytes,
    draw: 'lines',
    targets: [
      promTarget(`max(${asynchronous('TotalBytesOfMergeTreeTables')})`, 'tables', 'A'),
      promTarget(`max(${asynchronous('FilesystemMainPathAvailableBytes')})`, 'free', 'B'),
    ],
  }),
];
