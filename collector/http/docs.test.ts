/** docs/http-api.md: its commands run, and what it says of problems is true. */
import { exec, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, quiet, temporaryFolder } from '../../tests/support/store.ts';
import { zipOf } from '../../tests/support/zip.ts';
import { packageRoot } from '../package-root.ts';
import { tinyTable } from '../sources/upload/testing.ts';
import { createUploads, type Uploads } from '../sources/upload/uploads.ts';
import type { Store } from '../store/store.ts';
import { silentTelemetry } from '../telemetry.ts';
import { createApp } from './app.ts';
import { listen, type Listening } from './server.ts';

const page = readFileSync(join(packageRoot, 'docs/http-api.md'), 'utf8');
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) => block[1]!.trim().split('\n'));
const missing = ['curl', 'gzip'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);

const folder = temporaryFolder('http-docs');
let store: Store;
let uploads: Uploads;
let server: Listening;

beforeAll(async () => {
  const usage = 'When,Model,Tokens\n2026-01-01,m,5\nyesterday,m,6\n';
  writeFileSync(join(folder.path, 'usage.csv'), usage);
  writeFileSync(join(folder.path, 'usage.csv.gz'), gzipSync(usage));
  writeFileSync(join(folder.path, 'export.zip'), zipOf([{ name: 'usage.csv', content: usage }]));
  store = await openTestStore(join(folder.path, 'store'));
  const dir = join(folder.path, 'uploads');
  const formats = [tinyTable];
  uploads = createUploads({ store, formats, dir, telemetry: silentTelemetry, log: quiet });
  await uploads.start();
  const readiness = () => Promise.resolve({ ready: true, reasons: [] });
  const app = createApp({ uploads, formats, readiness, version: '1', log: quiet });
  server = await listen(app, { host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await server.close();
  await uploads.stop();
  await store.close();
  folder.remove();
});

describe.skipIf(missing.length > 0)(
  `the page's commands${missing.length > 0 ? ` (no ${missing.join()})` : ''}`,
  () => {
    let id = '';

    it.each(commands)('%s', async (command) => {
      const real = command
        .replaceAll('localhost:4318', `127.0.0.1:${server.address.port}`)
        .replaceAll('uploads/ID', `uploads/${id}`)
        .replaceAll('curl ', 'curl -sS -w "%{stderr}%{http_code}" ');
      const { stdout, stderr } = await promisify(exec)(real, { cwd: folder.path });
      const sends = /-T|-F|--data/.test(command);
      expect(stderr).toBe(sends ? (command.includes('wait=false') ? '202' : '201') : '200');
      if (command.includes('text/csv'))
        expect(stdout).toMatch(/^record,line,reason,column,value,excerpt\r\n/);
      else if (sends) id ||= (JSON.parse(stdout) as { id: string }).id;
    });
  },
);

describe('the page', () => {
  it('shows a report with the keys it has', async () => {
    const example = JSON.parse(/```json\n(\{\n {2}"summary"[\s\S]*?)```/.exec(page)![1]!) as object;
    const response = await fetch(`http://127.0.0.1:${server.address.port}/api/v1/uploads/x.csv`, {
      method: 'PUT',
      body: 'When,Model,Tokens\nyesterday,m,5\n2026-01-01,m,5\n',
    });
    const report = (await response.json()) as object;
    expect(Object.keys(example)).toEqual(Object.keys(report));
  });

  it('lists every problem with its status', () => {
    const rows = [...page.matchAll(/^\| (\d{3}) \| `([\w-]+)` \|/gm)].map((row) => `${row[1]} ${row[2]}`);
    const source = [
      'http/problem.ts',
      'http/guards.ts',
      'http/authorise.ts',
      'http/datasets.ts',
      'http/methods.ts',
      'http/app.ts',
      'http/backup.ts',
      'http/client-error.ts',
      'http/rate-limit.ts',
      'http/upload-room.ts',
      'sources/upload/problem.ts',
    ]
      .map((file) => readFileSync(join(packageRoot, 'collector', file), 'utf8'))
      .join('\n');
    const table = [...source.matchAll(/^ {2}'?([\w-]+)'?: \{ status: (\d{3}),/gm)].map(
      (m) => `${m[2]} ${m[1]}`,
    );
    const thrown = [...source.matchAll(/HttpProblem\(\s*(\d{3}),\s*'([\w-]+)'/g)].map(
      (m) => `${m[1]} ${m[2]}`,
    );
    expect([...rows].sort()).toEqual([...new Set([...table, ...thrown])].sort());
  });
});
