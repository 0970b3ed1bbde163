/** docs/adding-a-format.md done literally: its example is built in a copy of the collector, and held to the contract. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './support/store.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/adding-a-format.md'), 'utf8');
const copy = temporaryFolder('adding-a-format');
afterAll(() => copy.remove());

/** The files of the page: blocks of code with a path behind their language. */
const files = [...page.matchAll(/^```\w+ (collector\/\S+)\n([\s\S]*?)^```$/gm)].map(
  ([, path = '', content = '']) => ({ path, content }),
);
const ROWS = 'collector/formats/acme-csv/fixtures/usage.rows.json';

beforeAll(() => {
  for (const part of ['collector', 'clickhouse', 'tests/support', 'package.json'])
    cpSync(join(root, part), join(copy.path, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy.path, 'node_modules'));
  writeFileSync(
    join(copy.path, 'vitest.config.mjs'),
    `export default { test: { pool: 'forks', testTimeout: 60_000, hookTimeout: 60_000, env: { UV_THREADPOOL_SIZE: '12', TZ: 'UTC' } } };\n`,
  );
  for (const { path, content } of files) write(path, content);
  addToIndex();
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(copy.path, path)), { recursive: true });
  writeFileSync(join(copy.path, path), content);
}

/** The two lines that the page says. */
function addToIndex(): void {
  const [, importing = '', member = ''] =
    /in `collector\/formats\/index\.ts` make it known: `([^`]+)` and `([^`]+)` in the list/.exec(page) ?? [];
  const index = readFileSync(join(root, 'collector/formats/index.ts'), 'utf8');
  const list = 'readonly Format[] = [';
  expect(index).toContain(list);
  write('collector/formats/index.ts', `${importing}\n${index.replace(list, `${list}${member}`)}`);
}

interface Results {
  testResults: { assertionResults: { status: string; title: string; failureMessages: string[] }[] }[];
}

/** Runs the contract for the example. @returns what did not pass, and how much did. */
function contract(...flags: string[]): { passed: number; failures: string[] } {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const command = [
    'run',
    'collector/formats/contract.test.ts',
    '-t',
    'acme-csv|token columns that add up',
    '--reporter=json',
  ];
  const { stdout, stderr } = spawnSync(process.execPath, [vitest, ...command, ...flags], {
    cwd: copy.path,
    encoding: 'utf8',
    maxBuffer: 1 << 27,
    // this test's own settings of vitest are not the other's
    env: { PATH: process.env['PATH'], HOME: copy.path, TZ: 'UTC' },
  });
  const start = stdout.indexOf('{"numTotalTestSuites"');
  if (start === -1) throw new Error(`vitest said nothing:\n${stdout}${stderr}`);
  const results = JSON.parse(stdout.slice(start)) as Results;
  const ran = results.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'passed' || status === 'failed'),
  );
  const failures = ran
    .filter(({ status }) => status === 'failed')
    .map(({ title, failureMessages }) => `${title}: ${failureMessages.join('\n')}`);
  return { passed: ran.length - failures.length, failures };
}

describe('the example of docs/adding-a-format.md', () => {
  it('is whole: how to recognise it, how to read it, a fixture and its rows', () => {
    expect(files.map(({ path }) => path.replace('collector/formats/acme-csv/', ''))).toEqual([
      'fixtures/usage.csv',
      'recognise.ts',
      'read.sql',
      'fixtures/usage.rows.json',
    ]);
  });

  it('keeps the contract that every format keeps', () => {
    expect(contract()).toEqual({ passed: 4, failures: [] });
  });

  it('gives the rows of the page when they are written from an empty file, and is held to them', () => {
    const told = readFileSync(join(copy.path, ROWS), 'utf8');
    write(ROWS, '');
    expect(contract('-u')).toEqual({ passed: 4, failures: [] });
    expect(readFileSync(join(copy.path, ROWS), 'utf8')).toBe(told);
    write(ROWS, told.replace('"input_tokens": 200', '"input_tokens": 201'));
    expect(contract()).toMatchObject({
      passed: 3,
      failures: [expect.stringContaining('gives the rows that are written down beside it')],
    });
  });
});
