/** The load scripts with the real k6: what they find, and that they find it. */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../collector/package-root.ts';
import { type Ended, until } from './support/program.ts';
import { Prometheus, prometheusIsMissing } from './support/prometheus.ts';
import { temporaryFolder } from './support/store.ts';

const k6IsMissing = spawnSync('k6', ['version']).status !== 0;
const folder = temporaryFolder('load');
afterAll(() => folder.remove());

function load(env: Record<string, string>, ...args: string[]): Promise<Ended> {
  const script = join(packageRoot, 'scripts/load.mjs');
  const environment = { PATH: process.env['PATH'] ?? '', TMPDIR: folder.path, P95_MS: '300000', ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env: environment }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

/** A collector that acknowledges everything, and a store of it that holds what the test says. */
async function liar(found: { records: number; single: number }): Promise<Server> {
  const sent = new Set<string>();
  const answer: RequestListener = (request, response) => {
    const { method = '', url = '' } = request;
    request.resume().once('end', () => {
      if (method === 'POST') return response.end(`${JSON.stringify(found)}\n`);
      const isNew = method === 'PUT' && !sent.has(url);
      if (isNew) sent.add(url);
      const rows = { read: 500, accepted: isNew || method === 'GET' ? 500 : 0, duplicate: isNew ? 0 : 500 };
      const body = JSON.stringify({ id: 'x', status: 'done', rows: { ...rows, rejected: 0 } });
      response.writeHead(method === 'PUT' ? 201 : 200, { 'content-type': 'application/json' }).end(body);
    });
  };
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe.skipIf(k6IsMissing)(`the smoke${k6IsMissing ? ' (no k6)' : ''}`, () => {
  it.skipIf(prometheusIsMissing)(
    `starts a collector, counts every record once, and tells a Prometheus${prometheusIsMissing ? ' (none here)' : ''}`,
    async () => {
      const receiver = '--web.enable-remote-write-receiver';
      const prometheus = await Prometheus.start(folder.path, '127.0.0.1:1', receiver);
      try {
        await until(() => prometheus.isReady());
        const env = { PEOPLE: '2', K6_PROMETHEUS_RW_SERVER_URL: `${prometheus.url}/api/v1/write` };
        const ended = await load(env, 'smoke', '--out', 'experimental-prometheus-rw');
        expect(ended).toMatchObject({ code: 0 });
        expect(ended.stdout).toMatch(/ {2}records {5}4000 written, 4000 stored, 0 lost, 0 doubled\n/);
        expect(ended.stdout).toMatch(
          /\nsmoke: passed, \d+ requests, records: 4000 written, 4000 stored, 0 lost, 0 doubled\n$/,
        );
        const stored = await prometheus.instant('k6_tallyd_records_stored_total');
        expect(stored.map(({ values }) => values)).toEqual([[4000]]);
      } finally {
        await prometheus.end();
      }
    },
    300_000,
  );

  it.each([
    ['lost', { records: 1999, single: 1999 }, '2000 written, 1999 stored, 1 lost, 0 doubled'],
    ['doubled', { records: 2001, single: 2000 }, '2000 written, 2000 stored, 0 lost, 1 doubled'],
  ])('fails when one record that was acknowledged is %s', async (_what, found, counts) => {
    const server = await liar(found);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stdout } = await load({ PEOPLE: '1', TALLYD_URL: url, TALLYD_STORE_URL: url });
    server.close();
    expect(stdout).toContain(`smoke: FAILED, 15 requests, records: ${counts}`);
    expect(code).toBe(1);
  });

  it('that does not exist is told which there are', async () => {
    const { code, stderr } = await load({}, 'smokes');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^there is no scenario smokes; there are smoke, /),
    ]);
  });
});
