// Files of 1, 10 or 100 MB (MEGABYTES), one after another from each of a few people.
/* global __VU, __ITER, __ENV */
import { thresholds, upload } from './lib/correctness.js';
import { ROW_BYTES } from './lib/exports.js';

export { setup, teardown } from './lib/correctness.js';
export { handleSummary } from './lib/summary.js';

const MEGABYTES = Number(__ENV.MEGABYTES || 1);
const PEOPLE = Number(__ENV.PEOPLE || (MEGABYTES < 100 ? 3 : 1));
const FILES = Number(__ENV.FILES || (MEGABYTES < 100 ? 3 : 2));
const ROWS = Math.round((MEGABYTES * 1e6) / ROW_BYTES);

export const options = {
  scenarios: {
    people: { executor: 'per-vu-iterations', vus: PEOPLE, iterations: FILES, maxDuration: '15m' },
  },
  teardownTimeout: '5m',
  thresholds: {
    ...thresholds,
    // a person waits for seconds, and for a hundred megabytes for minutes
    'http_req_duration{name:upload}': [
      `p(95)<${MEGABYTES < 10 ? 30_000 : MEGABYTES < 100 ? 120_000 : 600_000}`,
    ],
    tallyd_records_written: [`count==${PEOPLE * FILES * ROWS}`],
  },
};

export default function person({ run }) {
  upload(run, `${__VU}-${__ITER}`, ROWS);
}
