// What was acknowledged is in the store, and once: the reason for these scripts.
import http from 'k6/http';
import { check, sleep } from 'k6';
import { Counter } from 'k6/metrics';
import { exportOf, prefixOf } from './exports.js';
import { headers, query, ready, URL } from './target.js';

const written = new Counter('tallyd_records_written');
const stored = new Counter('tallyd_records_stored');
// acknowledged records are added, and those that are found at the end subtracted: 0 is what is wanted
const lost = new Counter('tallyd_records_lost');
const doubled = new Counter('tallyd_records_doubled');
const turnedAway = new Counter('tallyd_uploads_turned_away');

/** Thresholds of every script: no error, no check that fails, nothing lost, nothing twice. */
export const thresholds = {
  checks: ['rate==1'],
  http_req_failed: ['rate==0'],
  tallyd_records_written: ['count>0'],
  tallyd_records_lost: ['count==0'],
  tallyd_records_doubled: ['count==0'],
};

const PATIENCE = 100;
const LONGEST_SECONDS = 10;

/** A run of its own: nothing that it sends is known already. */
export function setup() {
  ready();
  return { run: Date.now() };
}

/** Counts at the end what this run's users have in the store. */
export function teardown({ run }) {
  const [found] = query(
    `SELECT count() AS records, uniqExact(user, ts) AS single FROM tallyd.usage WHERE startsWith(user, '${prefixOf(run)}')`,
    { name: 'count' },
  );
  stored.add(Number(found.single));
  lost.add(-Number(found.single));
  doubled.add(Number(found.records) - Number(found.single));
}

/**
 * Sends an export until it is taken; a limit that turns it away (429, 503) says when to try again.
 * @returns the answer; undefined when patience was over
 */
export function upload(run, file, rows, tags = { name: 'upload' }) {
  const csv = exportOf(run, file, rows);
  const url = `${URL}/api/v1/uploads/k6-${run}-${file}.csv?dataset=k6`;
  for (let tries = 0; tries < PATIENCE; tries++) {
    const response = http.put(url, csv, { headers, tags, timeout: '600s' });
    if (response.status !== 429 && response.status !== 503) return acknowledged(response, rows);
    turnedAway.add(1);
    const after = Number(response.headers['Retry-After']);
    check(response, { 'who is turned away is told when to try again': () => after > 0 });
    sleep(Math.min(after || 1, LONGEST_SECONDS));
  }
  check(undefined, { 'an upload is taken in the end': () => false });
  return undefined;
}

function acknowledged(response, rows) {
  const ok = check(response, {
    'an export is stored': ({ status }) => status === 201,
    'every row is new, none rejected': () => sameRows(response, { read: rows, accepted: rows, rejected: 0 }),
  });
  if (ok) {
    written.add(rows);
    lost.add(rows);
  }
  return response;
}

/** Sends it once more: nothing may be added. */
export function uploadAgain(run, file, rows) {
  const url = `${URL}/api/v1/uploads/k6-${run}-${file}.csv?dataset=k6`;
  const response = http.put(url, exportOf(run, file, rows), { headers, tags: { name: 'again' } });
  check(response, {
    'sent again, it adds nothing': () => sameRows(response, { accepted: 0, duplicate: rows }),
  });
}

function sameRows(response, wanted) {
  const rows = response.json('rows') || {};
  return Object.keys(wanted).every((name) => rows[name] === wanted[name]);
}
