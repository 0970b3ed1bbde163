// Finding and running k6.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = fileURLToPath(new URL('../../k6', import.meta.url));

/** The program: `K6`, or `k6` in PATH or where Go puts it; undefined when there is none. */
export function findK6() {
  const home = process.env.HOME ?? '';
  const places = process.env.K6
    ? [process.env.K6]
    : ['k6', join(process.env.GOPATH ?? join(home, 'go'), 'bin/k6')];
  return places.find((place) => spawnSync(place, ['version']).status === 0);
}

/** Runs one script to its end. The summary is undefined when there was no end. */
export async function runK6(k6, { scenario, env, summary, more }) {
  const variables = {
    ...scenario.env,
    ...env,
    K6_SUMMARY_JSON: summary,
    K6_NO_USAGE_REPORT: 'true',
  };
  // any port for k6's own API: two may run at once
  const flags = ['--address', '127.0.0.1:0', ...(process.stdout.isTTY ? [] : ['--quiet'])];
  const child = spawn(k6, ['run', ...flags, ...more, join(scripts, scenario.script)], {
    env: { ...variables, ...process.env, ...env, K6_SUMMARY_JSON: summary },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // it ends in order, and counts, when it is asked to; a terminal asks it itself
  const ask = () => child.kill('SIGINT');
  process.once('SIGTERM', ask);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, signal) => resolve(status ?? signal));
  }).finally(() => process.off('SIGTERM', ask));
  return { code, summary: existsSync(summary) ? JSON.parse(readFileSync(summary, 'utf8')) : undefined };
}
