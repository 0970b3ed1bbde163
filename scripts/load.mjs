// Runs load scripts with k6 against a collector of its own, or the one at TALLYD_URL; k6/README.md.
//
//   npm run load                    # the smoke
//   npm run load -- soak people     # others; what begins with - goes on to k6
//   npm run test:load               # all, and their counts; fails when one record is lost or doubled
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCollector } from './load/collector.mjs';
import { findK6, runK6 } from './load/k6.mjs';
import { ALL, SCENARIOS } from './load/scenarios.mjs';

/** Once asked to end, the scenario under way ends in order, counted, and no further one begins. */
let asked = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (asked = true));

process.exitCode = await main(process.argv.slice(2));

async function main(given) {
  const first = given.findIndex((one) => one.startsWith('-') && one !== '--all');
  const forK6 = first === -1 ? [] : given.slice(first);
  const words = first === -1 ? given : given.slice(0, first);
  const names = words.includes('--all') ? ALL : words.length > 0 ? words : ['smoke'];
  const unknown = names.find((name) => !(name in SCENARIOS));
  if (unknown !== undefined)
    return sayNo(`there is no scenario ${unknown}; there are ${Object.keys(SCENARIOS).join(', ')}.`);
  const k6 = findK6();
  if (k6 === undefined)
    return sayNo(
      'k6 is not installed. Its packages are at https://grafana.com/docs/k6/latest/set-up/install-k6/; with Go: ' +
        '`go install go.k6.io/k6@latest`. Where it is not in PATH, name it: K6=/path/to/k6.',
    );
  const folder = mkdtempSync(join(tmpdir(), 'tallyd-load-'));
  const counts = [];
  try {
    for (const name of names) if (!asked) counts.push(await runOne(name, { k6, folder, forK6 }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const line of counts.map(lineOf)) console.log(line);
  return !asked && counts.every(({ passed }) => passed) ? 0 : 1;
}

/** Each scenario has a collector of its own, so that none finds what another left. */
async function runOne(name, { k6, folder, forK6 }) {
  const collector = process.env.TALLYD_URL ? undefined : await startCollector(join(folder, name));
  try {
    const run = await runK6(k6, {
      scenario: SCENARIOS[name],
      env: { ...collector?.env, TALLYD_SCENARIO: name },
      summary: join(folder, `${name}.json`),
      more: forK6,
    });
    for (const line of collector?.watch.lines() ?? []) console.log(line);
    // counted here once more, from what k6 itself says
    const { written = 0, stored = 0, lost = 0, doubled = 0 } = run.summary?.records ?? {};
    const correct = written > 0 && stored === written && lost === 0 && doubled === 0;
    return { name, passed: run.code === 0 && correct, code: run.code, summary: run.summary };
  } finally {
    await collector?.stop();
  }
}

function lineOf({ name, passed, code, summary }) {
  if (!summary) return `${name}: FAILED, k6 ended with ${code} before it had counted`;
  const { written, stored, lost, doubled } = summary.records;
  return (
    `${name}: ${passed ? 'passed' : 'FAILED'}, ${summary.requests} requests, records: ` +
    `${written} written, ${stored} stored, ${lost} lost, ${doubled} doubled`
  );
}

function sayNo(sentence) {
  console.error(sentence);
  return 1;
}
