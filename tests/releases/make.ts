/**
 * Makes the fixture store of a release from the formats' fixtures, and what it comes to:
 *   npm run release:fixture -- 0.2.0
 * A second argument names another program than this one's (`bin/tallyd.cjs` of a checkout).
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack, sumOf } from '../../collector/backup/archive.ts';
import type { Manifest } from '../../collector/backup/manifest.ts';
import { packageRoot } from '../../collector/package-root.ts';
import { openEmbedded } from '../../collector/store/embedded.ts';
import { cloneTables, copyClones, dropClones } from '../../collector/store/table-copies.ts';
import { environment } from '../support/program.ts';
import { rollupDifferences, totalsOf } from './totals.ts';

/** Not larger than this, so that the repository stays small. */
const LARGEST_BYTES = 200_000;

const FOLLOWED = ['claude-code', 'codex', 'gemini-cli', 'pi'];
const PUSHED = [
  'cursor-csv/fixtures/v2.csv',
  'cursor-csv/fixtures/rejected.csv',
  'openrouter-csv/fixtures/requests.csv',
  'openai-cost-csv/fixtures',
  'deepseek/fixtures',
];

const [release, program = join(packageRoot, 'bin/tallyd.cjs')] = process.argv.slice(2);
if (release === undefined || !/^\d+\.\d+\.\d+$/.test(release))
  throw new Error('name the release, such as 0.2.0');

// a path that says nothing of this machine: it is in the rows
const folder = join(tmpdir(), 'tallyd-release');
rmSync(folder, { recursive: true, force: true });
const formats = join(packageRoot, 'collector/formats');
for (const name of FOLLOWED)
  cpSync(join(formats, name, 'fixtures'), join(folder, name), {
    recursive: true,
    filter: (path) => !path.endsWith('.rows.json'),
  });

const env = environment(folder, {
  TALLYD_TAIL: FOLLOWED.map((name) => `${name}=${join(folder, name)}`).join(','),
});
const tallyd = (...args: string[]): void => {
  execFileSync(process.execPath, [program, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
};
tallyd('start', '--once');
for (const path of PUSHED) {
  const source = join(formats, path);
  const files = statSync(source).isDirectory() ? csvsIn(source) : [source];
  for (const file of files) {
    try {
      tallyd('push', file);
    } catch (error) {
      console.log(`${file}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
}
// a dataset that was replaced
for (const name of ['v0-team', 'v2'])
  tallyd(
    'push',
    '--mode',
    'replace',
    '--dataset',
    'replaced',
    join(formats, `cursor-csv/fixtures/${name}.csv`),
  );

const engine = await openEmbedded({
  path: join(env['TALLYD_DATA_DIR']!, 'store'),
  poolThreads: 12,
  maxThreads: 2,
});
const differences = await rollupDifferences(engine);
if (differences.length > 0)
  throw new Error(`the sums differ from the events: ${JSON.stringify(differences)}`);
const totals = await totalsOf(engine);
const parts = join(folder, 'parts');
mkdirSync(join(parts, 'tables'), { recursive: true });
const copy = await copyClones(engine, await cloneTables(engine), join(parts, 'tables'));
await dropClones(engine);
await engine.close();
const files: Manifest['files'] = [];
for (const { file } of copy.tables) files.push(await sumOf(parts, `tables/${file}`));
const target = join(packageRoot, 'tests/releases', `${release}.backup`);
const createdAt = new Date().toISOString();
await pack(parts, { kind: 'tallyd backup', format: 1, version: release, createdAt, ...copy, files }, target);
writeFileSync(target.replace('.backup', '.json'), `${JSON.stringify(totals, undefined, 2)}\n`);
rmSync(folder, { recursive: true });
const { size } = statSync(target);
console.log(`${target}: ${size} bytes, schema ${copy.schema.length}`);
if (size > LARGEST_BYTES) throw new Error(`that is more than ${LARGEST_BYTES} bytes: take fewer fixtures`);

function csvsIn(path: string): string[] {
  return execFileSync('ls', [path], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name.endsWith('.csv'))
    .map((name) => join(path, name));
}
