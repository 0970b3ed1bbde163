import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import { packageRoot } from '../package-root.ts';
import { type EmbeddedEngine, openEmbedded, StoreLockedError } from './embedded.ts';

const folder = temporaryFolder('embedded');
const path = join(folder.path, 'store');
let engine: EmbeddedEngine;
afterAll(() => folder.remove());

/** Another process that owns a store, until it is let go. */
async function ownElsewhere(path: string): Promise<() => Promise<void>> {
  const script =
    `const { createClient } = require('@clickhouse/client'); const { createChdbConnection } = require('chdb/connection');` +
    `createClient({ connection: createChdbConnection({ path: ${JSON.stringify(path)} }) }).command({ query: 'SELECT 1' })` +
    `.then(() => { console.log('open'); setInterval(() => {}, 1000); });`;
  const child = spawn(process.execPath, ['-e', script], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
}

/** One process binds one data directory, so these have no engine beside them. */
describe('opening a store', () => {
  it('that another process owns tells what to do, and works when that one is gone', async () => {
    const owned = join(folder.path, 'owned');
    const release = await ownElsewhere(owned);
    const opening = openEmbedded({ path: owned, poolThreads: 12, maxThreads: 1 });
    await expect(opening).rejects.toThrow(StoreLockedError);
    await expect(opening).rejects.toThrow(/store in .*owned is in use by another process.*TALLYD_DATA_DIR/);
    await release();
    const engine = await openEmbedded({ path: owned, poolThreads: 12, maxThreads: 1 });
    expect(await engine.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await engine.close();
  });

  it('in a folder that cannot be used says so', async () => {
    const broken = join(folder.path, 'broken');
    mkdirSync(join(broken, 'status'), { recursive: true });
    await expect(openEmbedded({ path: broken, poolThreads: 12, maxThreads: 1 })).rejects.toThrow(
      /store in .*broken cannot be opened/,
    );
  });
});

describe('the embedded engine', () => {
  beforeAll(async () => {
    engine = await openEmbedded({ path, poolThreads: 12, maxThreads: 1 });
  });
  afterAll(() => engine.close());

  it('begins no answer with what a failed query had written', async () => {
    for (let i = 0; i < 5; i++) {
      const failing = 'SELECT number, throwIf(number = 300000) AS t FROM numbers(400000)';
      await expect(engine.rows(failing)).rejects.toMatchObject({ code: '395' });
      for (let j = 0; j < 3; j++) expect(await engine.rows('SELECT 7 AS n')).toEqual([{ n: 7 }]);
    }
  });

  it('goes on after a statement that failed', async () => {
    const failed = engine.command('CREATE TABLE a');
    const next = engine.command('CREATE DATABASE after_failure');
    await expect(failed).rejects.toThrow();
    await next;
    expect(await engine.rows("SELECT name FROM system.databases WHERE name = 'after_failure'")).toHaveLength(
      1,
    );
  });

  it('gives connections that change nothing', async () => {
    const client = await engine.readOnlyConnection(['SET max_execution_time=5']);
    await expect(client.command({ query: 'CREATE DATABASE evil' })).rejects.toMatchObject({ code: '164' });
    const result = await client.query({
      query: "SELECT getSetting('max_execution_time') AS s",
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ s: 5 }]);
  });
});
