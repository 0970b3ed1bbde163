/** The HTTP server: how much is asked, how fast it is answered. */
import { column, series, table } from '../../sdk/panels.ts';
import { promTarget } from '../../sdk/query.ts';
import { unit } from '../../sdk/units.ts';
import { mergedRows, named, of, promRows, quantile, QUANTILES, quantileTargets, rate } from './promql.ts';

export const HTTP = 'http_server_request_duration_seconds';
export const REQUESTS = of(`${HTTP}_count`);

const ROUTE_COLUMNS = { A: 'p50', B: 'p95', C: 'p99', D: 'requests', E: 'server errors' };

const routes = table({
  title: 'Routes',
  description:
    'Requests of the range by route, how long they took, and how many ended with a status of 500 or more. Every upload’s time is in its route.',
  targets: [
    ...QUANTILES.map(([q, , refId]) =>
      promRows(named(quantile(q, HTTP, ['http_route'], '$__range'), 'http_route', 'no route'), refId),
    ),
    promRows(named(`sum by (http_route) (increase(${REQUESTS}[$__range]))`, 'http_route', 'no route'), 'D'),
    promRows(
      named(
        `sum by (http_route) (increase(${of(`${HTTP}_count`, 'http_response_status_code=~"5.."')}[$__range]))`,
        'http_route',
        'no route',
      ),
      'E',
    ),
  ],
  sortBy: 'requests',
})
  .transformations(mergedRows(ROUTE_COLUMNS))
  .overrideByName('http_route', column({ title: 'route', width: 280 }))
  .overrideByName('p50', column({ unit: unit.seconds }))
  .overrideByName('p95', column({ unit: unit.seconds }))
  .overrideByName('p99', column({ unit: unit.seconds }))
  .overrideByName('requests', column({ unit: unit.count, decimals: 0 }))
  .overrideByName('server errors', column({ unit: unit.count, decimals: 0 }));

export const http = [
  series({
    title: 'HTTP requests by status',
    description: 'Answers per second by status. "client left" had not got its answer when it hung up.',
    unit: unit.perSecond,
    draw: 'lines',
    targets: [
      promTarget(
        named(
          `sum by (http_response_status_code) (${rate(REQUESTS)})`,
          'http_response_status_code',
          'client left',
        ),
        '{{http_response_status_code}}',
      ),
    ],
  }),
  series({
    title: 'HTTP latency',
    description: 'Time from a request’s headers to the end of its answer: median, 95th and 99th percentile.',
    unit: unit.seconds,
    draw: 'lines',
    targets: quantileTargets(HTTP),
  }),
  series({
    title: 'HTTP latency by route',
    description: 'The 95th percentile by route; "no route" is what nothing answers to.',
    unit: unit.seconds,
    draw: 'lines',
    targets: [
      promTarget(named(quantile(0.95, HTTP, ['http_route']), 'http_route', 'no route'), '{{http_route}}'),
    ],
  }),
  series({
    title: 'HTTP requests under way',
    description: 'Requests that are being answered. An upload counts until its report is sent.',
    unit: unit.count,
    draw: 'lines',
    targets: [
      promTarget(
        `sum by (http_request_method) (${of('http_server_active_requests')})`,
        '{{http_request_method}}',
      ),
    ],
  }),
  routes.span(24),
];
