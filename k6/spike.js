// From one upload a second to many (PEAK) within seconds, and back. What cannot be taken at once is told
// to come again, comes again, and is in the store at the end.
/* global __VU, __ITER, __ENV */
import http from 'k6/http';
import { thresholds, upload } from './lib/correctness.js';

export { setup, teardown } from './lib/correctness.js';
export { handleSummary } from './lib/summary.js';

const PEAK = Number(__ENV.PEAK || 40);
const ROWS = 200;
http.setResponseCallback(http.expectedStatuses(200, 201, 429, 503));

export const options = {
  scenarios: {
    people: {
      executor: 'ramping-arrival-rate',
      startRate: 1,
      timeUnit: '1s',
      preAllocatedVUs: 50,
      // those that wait for their answer hold one each; more than these are not sent
      maxVUs: 300,
      gracefulStop: '10m',
      stages: [
        { target: 1, duration: '5s' },
        { target: PEAK, duration: '2s' },
        { target: PEAK, duration: '10s' },
        { target: 1, duration: '2s' },
        { target: 1, duration: '5s' },
      ],
    },
  },
  teardownTimeout: '2m',
  thresholds: { ...thresholds, 'http_req_duration{name:upload}': ['p(95)<300000'] },
};

export default function person({ run }) {
  upload(run, `${__VU}-${__ITER}`, ROWS);
}
