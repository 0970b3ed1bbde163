// The same for a long time (DURATION): does anything grow, slow down or get lost?
/* global __VU, __ITER, __ENV */
import { sleep } from 'k6';
import { thresholds, upload, uploadAgain } from './lib/correctness.js';
import { ask } from './lib/target.js';

export { setup, teardown } from './lib/correctness.js';
export { handleSummary } from './lib/summary.js';

const ROWS = 500;

export const options = {
  scenarios: {
    people: { executor: 'constant-vus', vus: 3, duration: __ENV.DURATION || '10m', gracefulStop: '2m' },
  },
  teardownTimeout: '2m',
  thresholds: { ...thresholds, 'http_req_duration{name:upload}': ['p(95)<30000'] },
};

export default function person({ run }) {
  const file = `${__VU}-${__ITER}`;
  upload(run, file, ROWS);
  if (__ITER % 10 === 0) uploadAgain(run, file, ROWS);
  ask('SELECT count() FROM tallyd.usage', { name: 'sums' });
  sleep(1);
}
