// Does it take uploads, and count them right? A few people send exports at the same time; each export
// must be counted once, and adds nothing when it is sent again. README.md tells how to run it.
/* global __VU, __ITER, __ENV */
import http from 'k6/http';
import { check } from 'k6';
import { thresholds, upload, uploadAgain } from './lib/correctness.js';
import { headers, URL } from './lib/target.js';

export { setup, teardown } from './lib/correctness.js';
export { handleSummary } from './lib/summary.js';

const PEOPLE = Number(__ENV.PEOPLE || 5);
const ROWS = 500;
/** Of 95 % of the uploads; more for machines that have other things to do. */
const P95_MS = Number(__ENV.P95_MS || 10_000);

export const options = {
  scenarios: {
    people: { executor: 'per-vu-iterations', vus: PEOPLE, iterations: 4, maxDuration: '5m' },
  },
  thresholds: {
    ...thresholds,
    'http_req_duration{name:upload}': [`p(95)<${P95_MS}`],
    tallyd_records_written: [`count==${PEOPLE * 4 * ROWS}`],
  },
};

export default function person({ run }) {
  const file = `${__VU}-${__ITER}`;
  const stored = upload(run, file, ROWS);
  uploadAgain(run, file, ROWS);
  const report = http.get(`${URL}/api/v1/uploads/${stored.json('id')}`, {
    headers,
    tags: { name: 'report' },
  });
  check(report, {
    'its report says the same': (response) => response.json('rows.accepted') === ROWS,
    'it is done': (response) => response.json('status') === 'done',
  });
}
