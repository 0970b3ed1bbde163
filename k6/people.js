// A hundred people (PEOPLE) who all send at once, twice.
/* global __VU, __ITER, __ENV */
import http from 'k6/http';
import { thresholds, upload } from './lib/correctness.js';

export { setup, teardown } from './lib/correctness.js';
export { handleSummary } from './lib/summary.js';

const PEOPLE = Number(__ENV.PEOPLE || 100);
const ROWS = 200;
const P95_MS = Number(__ENV.P95_MS || 120_000);
// more than may be received at once are told to come again, which is no failure
http.setResponseCallback(http.expectedStatuses(200, 201, 429, 503));

export const options = {
  scenarios: {
    people: { executor: 'per-vu-iterations', vus: PEOPLE, iterations: 2, maxDuration: '20m' },
  },
  thresholds: {
    ...thresholds,
    'http_req_duration{name:upload}': [`p(95)<${P95_MS}`],
    tallyd_records_written: [`count==${PEOPLE * 2 * ROWS}`],
  },
};

export default function person({ run }) {
  upload(run, `${__VU}-${__ITER}`, ROWS);
}
