// Does it take uploads, and count them right? A few people send exports at the same time; each export
// must be counted once, and adds nothing when it is sent again.
//
//   docker compose --profile load run --rm k6
//   k6 run -e TALLYD_URL=http://localhost:4318 -e TALLYD_TOKEN=… k6/smoke.js
/* global __ENV, __VU, __ITER */
import http from 'k6/http';
import { check, fail } from 'k6';
import { Counter } from 'k6/metrics';

const URL = __ENV.TALLYD_URL || 'http://localhost:4318';
const ROWS = 500;
const headers = __ENV.TALLYD_TOKEN ? { Authorization: `Bearer ${__ENV.TALLYD_TOKEN}` } : {};
const stored = new Counter('tallyd_rows_stored');

export const options = {
  scenarios: { people: { executor: 'per-vu-iterations', vus: 5, iterations: 4, maxDuration: '2m' } },
  thresholds: {
    // every check below, without exception
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    'http_req_duration{name:upload}': ['p(95)<10000'],
    tallyd_rows_stored: [`count==${5 * 4 * ROWS}`],
  },
};

export function setup() {
  const ready = http.get(`${URL}/readyz`, { headers });
  if (ready.status !== 200) fail(`${URL}/readyz answered ${ready.status}: ${ready.body}`);
  // unlike any other run's, so that nothing of it is known already
  return { run: Date.now() };
}

export default function upload({ run }) {
  const csv = exported(run);
  const first = send(run, csv);
  const rows = first.json('rows') || {};
  check(first, {
    'an export is stored': (response) => response.status === 201,
    'every row is new': () => rows.read === ROWS && rows.accepted === ROWS,
    'no row is rejected': () => rows.rejected === 0,
  });
  stored.add(rows.accepted || 0);
  const again = send(run, csv).json('rows') || {};
  check(again, { 'sent again, it adds nothing': () => again.accepted === 0 && again.duplicate === ROWS });
  const report = http.get(`${URL}/api/v1/uploads/${first.json('id')}`, { headers, tags: { name: 'report' } });
  check(report, {
    'its report says the same': (response) => response.json('rows.accepted') === ROWS,
    'it is done': (response) => response.json('status') === 'done',
  });
}

function send(run, csv) {
  const name = `k6-${run}-${__VU}-${__ITER}.csv`;
  const url = `${URL}/api/v1/uploads/${name}?dataset=k6`;
  return http.put(url, csv, { headers, tags: { name: 'upload' } });
}

/** A Cursor team export of the last minutes, whose rows are this run's, person's and iteration's alone. */
function exported(run) {
  const user = `k6-${run}-${__VU}-${__ITER}@demo.example`;
  const lines = [
    'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost',
  ];
  for (let i = 0; i < ROWS; i++) {
    const at = new Date(run - i * 1000).toISOString();
    lines.push(
      `"${at}","${user}","Included","claude-4.5-sonnet","No","10","${i}","100","20","${130 + i}","0.01"`,
    );
  }
  return `${lines.join('\n')}\n`;
}
