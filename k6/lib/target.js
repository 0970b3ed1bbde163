// Where tallyd is, and who asks.
/* global __ENV */
import http from 'k6/http';
import { fail } from 'k6';
import encoding from 'k6/encoding';

export const URL = (__ENV.TALLYD_URL || 'http://localhost:4318').replace(/\/$/, '');
/** The read endpoint, or the ClickHouse server where there is none. */
export const STORE_URL = (__ENV.TALLYD_STORE_URL || 'http://localhost:8123').replace(/\/$/, '');

/** Sent with every request to 4318. */
export const headers = __ENV.TALLYD_TOKEN ? { Authorization: `Bearer ${__ENV.TALLYD_TOKEN}` } : {};

/** User and password of a ClickHouse server; else the token. */
function storeHeaders() {
  if (!__ENV.TALLYD_STORE_USER) return headers;
  const pair = `${__ENV.TALLYD_STORE_USER}:${__ENV.TALLYD_STORE_PASSWORD || ''}`;
  return { Authorization: `Basic ${encoding.b64encode(pair)}` };
}

/** Rows of a SELECT, as objects. */
export function query(sql, tags = { name: 'query' }) {
  const response = ask(sql, tags);
  if (response.status !== 200) fail(`${STORE_URL} answered ${response.status}: ${response.body}`);
  return response.body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The answer to a SELECT. */
export function ask(sql, tags) {
  const url = `${STORE_URL}/?default_format=JSONEachRow`;
  return http.post(url, sql, { headers: storeHeaders(), tags });
}

/** Waits for nothing: what is not ready now fails the run, with what it says. */
export function ready() {
  const response = http.get(`${URL}/readyz`, { headers, tags: { name: 'ready' } });
  if (response.status !== 200) fail(`${URL}/readyz answered ${response.status}: ${response.body}`);
  query('SELECT 1');
}
