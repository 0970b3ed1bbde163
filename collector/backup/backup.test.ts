import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../tests/support/program.ts';
import { bookOf, openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { claudeCode } from '../formats/claude-code/recognise.ts';
import { codex } from '../formats/codex/recognise.ts';
import type { Format } from '../formats/format.ts';
import { packageRoot } from '../package-root.ts';
import { claudeFile } from '../sources/upload/testing.ts';
import type { Store } from '../store/store.ts';
import type { Batch } from '../store/types.ts';
import { pack, readBackup, sumOf } from './archive.ts';
import { Backups } from './create.ts';
import type { Manifest } from './manifest.ts';
import { finishRestore, restore } from './restore.ts';

const folder = temporaryFolder('backup');
const THREADS = { poolThreads: 12, maxThreads: 2 };
const prices = bookOf({ 'claude-sonnet-4-5': { input: '3', output: '15' } });
const dataDir = join(folder.path, 'here');
const file = join(folder.path, 'made.zip');
let manifest: Manifest;
/** What readers saw when the backup was made. */
let before: string;
let store: Store;

function batchOf(format: Format, path: string, more: Partial<Batch> = {}): Batch {
  return {
    ...{ format, dataset: 'home', uploadId: '', arrivedAt: 1, mode: 'append', live: false },
    input: { kind: 'files', files: [{ path, size: statSync(path).size }] },
    ...more,
  };
}

const fixture = (name: string): string => join(packageRoot, 'collector/formats', name);

function linesOf(...ids: string[]): string {
  const path = join(folder.path, `${ids[0]}.jsonl`);
  writeFileSync(path, claudeFile(...ids));
  return path;
}

/** All that readers see, but for what was not there yet in a schema before. */
async function seen(of: Store): Promise<string> {
  const parts: unknown[] = [];
  for (const view of ['usage', 'usage_hourly', 'rejected_records', 'uploads', 'sessions', 'tailed_files']) {
    const columns = await of.rows<{ name: string; type: string }>(`DESCRIBE TABLE tallyd.${view}`);
    const names = columns.filter(({ type }) => !type.startsWith('AggregateFunction')).map(({ name }) => name);
    const final = view === 'rejected_records' ? 'FINAL' : '';
    parts.push(await of.rows(`SELECT ${names.join(', ')} FROM tallyd.${view} ${final} ORDER BY ALL`));
  }
  const quantiles =
    'SELECT finalizeAggregation(quantilesTDigestMergeState(0.5, 0.9, 0.95, 0.99)(tokens_quantiles)) AS q FROM tallyd.usage_hourly';
  return JSON.stringify([...parts, await of.rows(quantiles)]);
}

beforeAll(async () => {
  store = await openTestStore(join(dataDir, 'store'), { prices });
  await store.write(batchOf(claudeCode, fixture('claude-code/fixtures/transcript.jsonl')));
  await store.write(batchOf(codex, fixture('codex/fixtures/rollout-parent.jsonl')));
  await store.write(batchOf(claudeCode, linesOf('msg_old'), { dataset: 'r', mode: 'replace' }));
  await store.write(batchOf(claudeCode, linesOf('msg_new'), { dataset: 'r', mode: 'replace' }));
  mkdirSync(join(dataDir, 'uploads'));
  writeFileSync(join(dataDir, 'positions.json'), '{"version":1,"files":[]}');
  for (const name of ['1.job.json', '1.body', '2.body']) writeFileSync(join(dataDir, 'uploads', name), name);
  before = await seen(store);
  const made = new Backups({ store, dataDir }).create();
  // what comes while it is written, and afterwards, is not in it
  const tables = join(dataDir, 'backup/tables');
  await until(() => existsSync(tables) && readdirSync(tables).length > 0);
  const more = store.write(batchOf(claudeCode, linesOf('msg_later')));
  const backup = await made;
  manifest = backup.manifest;
  await cp(backup.path, file);
  await backup.remove();
  await more;
  await store.write(batchOf(claudeCode, linesOf('msg_last'), { dataset: 'r', mode: 'replace' }));
  expect(await seen(store)).not.toBe(before);
  await store.close();
});
afterAll(() => folder.remove());

/** The schema's tables hold the same again, in a folder elsewhere. */
async function restored(to: string): Promise<string> {
  await restore({ file, dataDir: to, ...THREADS });
  const again = await openTestStore(join(to, 'store'), { prices });
  const now = await seen(again);
  await again.close();
  return now;
}

it('is the store as it was when it was made, wherever it is restored', async () => {
  const to = join(folder.path, 'elsewhere');
  expect(await restored(to)).toBe(before);
  // positions and what is to be gone on with; a body without a job was only half received
  expect(readFileSync(join(to, 'positions.json'), 'utf8')).toBe('{"version":1,"files":[]}');
  expect(readdirSync(join(to, 'uploads')).sort()).toEqual(['1.body', '1.job.json']);
  expect(readdirSync(to).sort()).toEqual(['positions.json', 'store', 'uploads']);
});

it('leaves nothing behind where it was made', () => {
  expect(readdirSync(dataDir).sort()).toEqual(['positions.json', 'store', 'uploads']);
});

it('takes the place of all that was there', async () => {
  writeFileSync(join(dataDir, 'prices.json'), 'newer');
  writeFileSync(join(dataDir, 'uploads', '9.job.json'), 'newer');
  expect(await restored(dataDir)).toBe(before);
  expect(readdirSync(dataDir).sort()).toEqual(['positions.json', 'store', 'uploads']);
  expect(readdirSync(join(dataDir, 'uploads')).sort()).toEqual(['1.body', '1.job.json']);
});

describe('a backup that cannot be restored is told of in a sentence, and changes nothing:', () => {
  const damagedFile = join(folder.path, 'damaged.zip');
  const refused = async (): Promise<string> => {
    const to = join(folder.path, 'refused');
    const error = await restore({ file: damagedFile, dataDir: to, ...THREADS }).then(
      () => undefined,
      (one: unknown) => one as Error,
    );
    expect(error?.name).toBe('BackupError');
    expect(readdirSync(to)).toEqual([]);
    return error!.message;
  };

  it('one with a changed byte', async () => {
    const bytes = readFileSync(file);
    // the manifest names it first, then it comes
    const name = 'tables/usage_events.native.zst';
    const at = bytes.indexOf(name, bytes.indexOf(name) + 1) + name.length + 60;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(damagedFile, bytes);
    expect(await refused()).toMatch(/is damaged: tables\/usage_events/);
  });

  it('one that is cut off', async () => {
    await cp(file, damagedFile);
    truncateSync(damagedFile, statSync(file).size - 100);
    expect(await refused()).toMatch(/is damaged: it cannot be read as an archive/);
  });

  it('something else', async () => {
    writeFileSync(damagedFile, 'Date,Model\n');
    expect(await refused()).toMatch(/damaged/);
    rmSync(damagedFile);
    expect(await refused()).toMatch(/there is no file/);
  });

  it('one of a newer schema, or of a schema that is not ours', async () => {
    const parts = join(folder.path, 'parts');
    await readBackup(file, parts);
    const next = { version: manifest.schema.at(-1)!.version + 1, name: 'of_tomorrow', hash: 'x' };
    await pack(parts, { ...manifest, schema: [...manifest.schema, next] }, damagedFile);
    expect(await refused()).toMatch(/of_tomorrow.*made by a newer tallyd/);
    await pack(parts, { ...manifest, schema: [{ ...manifest.schema[0]!, hash: 'x' }] }, damagedFile);
    expect(await refused()).toMatch(/is not the one that this version of tallyd knows/);
    await pack(parts, { ...manifest, files: [await sumOf(parts, 'data/positions.json')] }, damagedFile);
    await expect(
      restore({ file: damagedFile, dataDir: join(folder.path, 'refused'), ...THREADS }),
    ).rejects.toThrow();
  });
});

describe('a restore that is cut off', () => {
  /** What is here, and what is to be put in its place: a file each. */
  function prepared(name: string): string {
    const dir = join(folder.path, name);
    mkdirSync(join(dir, 'restore/data'), { recursive: true });
    for (const part of ['positions.json', 'prices.json', 'uploads', 'store'])
      writeFileSync(join(dir, part), 'old');
    for (const part of ['positions.json', 'uploads', 'store'])
      writeFileSync(join(dir, 'restore/data', part), 'new');
    writeFileSync(join(dir, 'restore/ready'), JSON.stringify(['positions.json', 'uploads', 'store']));
    return dir;
  }
  const contents = (dir: string): string[] =>
    readdirSync(dir).map((name) => `${name} ${readFileSync(join(dir, name), 'utf8')}`);

  it('leaves what was there until everything is ready', async () => {
    const dir = prepared('not ready');
    rmSync(join(dir, 'restore/ready'));
    expect(await finishRestore(dir)).toBe(false);
    rmSync(join(dir, 'restore'), { recursive: true });
    expect(contents(dir)).toEqual(['positions.json old', 'prices.json old', 'store old', 'uploads old']);
  });

  it('is finished by whoever comes next, at whatever step it was', async () => {
    const steps = [
      ['positions.json', 'restore/old/positions.json'],
      ['restore/data/positions.json', 'positions.json'],
      ['prices.json', 'restore/old/prices.json'],
      ['uploads', 'restore/old/uploads'],
      ['restore/data/uploads', 'uploads'],
      ['store', 'restore/old/store'],
      ['restore/data/store', 'store'],
    ] as const;
    for (let done = 0; done <= steps.length; done++) {
      const dir = prepared(`cut ${done}`);
      mkdirSync(join(dir, 'restore/old'));
      for (const [from, to] of steps.slice(0, done)) await rename(join(dir, from), join(dir, to));
      expect(await finishRestore(dir)).toBe(true);
      expect(contents(dir), `after ${done} steps`).toEqual([
        'positions.json new',
        'store new',
        'uploads new',
      ]);
      expect(await finishRestore(dir)).toBe(false);
    }
  });
});
