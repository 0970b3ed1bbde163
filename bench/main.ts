/** `npm run bench`: measures tallyd against what people would use instead and against the limit. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError, type Arguments, readArguments } from './arguments.ts';
import { WrongTotals } from './data/day-model-sums.ts';
import { firstRead } from './first-read.ts';
import { readDocumented, record, worseThan } from './measuring/documented.ts';
import { machine } from './measuring/machine.ts';
import type { Measurement } from './measuring/measurement.ts';
import { dashboards } from './dashboards.ts';
import { follow } from './follow.ts';
import { growth } from './growth.ts';
import { scrape } from './scrape.ts';
import { smallUploads } from './small-uploads.ts';
import { start } from './start.ts';
import { upload } from './upload.ts';
import type { Scenario } from './measuring/scenario.ts';
import { markdown } from './measuring/table.ts';

const SCENARIOS: readonly Scenario[] = [
  firstRead,
  upload,
  follow,
  dashboards,
  smallUploads,
  scrape,
  growth,
  start,
];

const HELP = `npm run bench -- [WHAT…] [options]

What is measured, by name or by the number of its row; nothing: everything.
${SCENARIOS.map(({ name, rows, about }) => `  ${name.padEnd(14)} ${rows.join(', ').padEnd(8)} ${about}`).join('\n')}

  --runs N      how often each pair is run, in turn (default: 3)
  --entries N   how many entries, rows or events, instead of what the row says
  --small       a form of minutes: a fifth or a tenth of the size
  --check       fail when a ratio of rows 1 to 5 is more than twice the documented one (docs/performance.json)
  --record      put this run into docs/performance.json and docs/performance.md
  --data DIR    where generated data is kept between runs (or TALLYD_BENCH_DATA; default: the system's temporary folder)
  --seed TEXT   other data (default: 1)
`;

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2), process.env);
  if (options.help) return void process.stdout.write(HELP);
  const chosen = choose(options.wanted);
  mkdirSync(options.data, { recursive: true });
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const measurements: Measurement[] = [];
  for (const scenario of chosen) {
    say(`\n${scenario.name}: ${scenario.about}`);
    measurements.push(...(await run(scenario, options, say)));
  }
  const sizes = options.small ? 'small form' : 'full size';
  process.stdout.write(
    `\n${machine()}\nSeed ${options.seed}, ${sizes}, ${options.runs} runs; min / median / max.\n\n`,
  );
  process.stdout.write(`${markdown(measurements)}\n`);
  const size = options.small ? 'small' : 'full';
  if (options.check) check(readDocumented()[size]?.measurements ?? [], measurements);
  if (options.record) {
    record(size, { machine: machine(), seed: options.seed, measurements });
    say('docs/performance.json and docs/performance.md have this run now');
  }
}

function check(documented: readonly Measurement[], measurements: readonly Measurement[]): void {
  const worse = worseThan(documented, measurements);
  if (worse.length === 0) return void process.stdout.write('\nNo ratio is much worse than documented.\n');
  process.exitCode = 1;
  process.stderr.write(`\n${worse.join('\n')}\n`);
}

async function run(
  scenario: Scenario,
  options: Arguments,
  say: (text: string) => void,
): Promise<Measurement[]> {
  const scratch = mkdtempSync(join(options.data, 'scratch-'));
  try {
    return await scenario.measure({ ...options, scratch, say });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function choose(wanted: readonly string[]): readonly Scenario[] {
  if (wanted.length === 0) return SCENARIOS;
  return wanted.map((one) => {
    const found = SCENARIOS.find(({ name, rows }) => name === one || rows.includes(Number(one)));
    if (!found)
      throw new ArgumentError(
        `"${one}" is not measured; known are: ${SCENARIOS.map(({ name }) => name).join(', ')}.`,
      );
    return found;
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
await main().catch((error: unknown) => {
  process.exitCode = 1;
  const expected = error instanceof ArgumentError || error instanceof WrongTotals;
  process.stderr.write(`bench: ${expected ? error.message : String((error as Error).stack ?? error)}\n`);
});
