// Readers and writers together: five people send while five look at dashboards, lists and sums.
/* global __VU, __ITER, __ENV */
import http from 'k6/http';
import { check, sleep } from 'k6';
import { thresholds, upload } from './lib/correctness.js';
import { ask, headers, URL } from './lib/target.js';

export { setup, teardown } from './lib/correctness.js';
export { handleSummary } from './lib/summary.js';

const DURATION = __ENV.DURATION || '30s';
const ROWS = 500;

export const options = {
  scenarios: {
    writers: { executor: 'constant-vus', exec: 'write', vus: 5, duration: DURATION, gracefulStop: '2m' },
    readers: { executor: 'constant-vus', exec: 'read', vus: 5, duration: DURATION, gracefulStop: '2m' },
  },
  thresholds: {
    ...thresholds,
    'http_req_duration{name:upload}': ['p(95)<30000'],
    'http_req_duration{name:sums}': ['p(95)<15000'],
    'http_req_duration{name:list}': ['p(95)<15000'],
  },
};

export function write({ run }) {
  upload(run, `${__VU}-${__ITER}`, ROWS);
  sleep(0.2);
}

export function read() {
  const sums = ask(
    'SELECT toDate(ts) AS day, model, sum(cost_usd) AS cost FROM tallyd.usage GROUP BY day, model ORDER BY day',
    { name: 'sums' },
  );
  const list = http.get(`${URL}/api/v1/uploads?limit=20`, { headers, tags: { name: 'list' } });
  check(sums, { 'sums are answered': ({ status }) => status === 200 });
  check(list, { 'the list is answered': ({ status }) => status === 200 });
  sleep(0.2);
}
