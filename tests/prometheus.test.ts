/** The metrics, judged by Prometheus itself: its linter, and a server that scrapes them. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Exporter } from '../exporter/exporter.ts';
import { batch, delta, feedEverything, scrape, startExporter } from '../exporter/testing.ts';
import { Prometheus } from './support/prometheus.ts';

const missing = (binary: string) => spawnSync(binary, ['--version']).error !== undefined;
const named = (title: string, binary: string) =>
  missing(binary) ? `${title} (skipped: ${binary} is not installed; apt-get install prometheus)` : title;

let exporter: Exporter;
beforeEach(async () => {
  exporter = await startExporter();
});
afterEach(() => exporter.stop());

describe.skipIf(missing('promtool'))(named('promtool', 'promtool'), () => {
  it('finds nothing to say about a scrape with every metric in it', async () => {
    feedEverything(exporter);
    await answerOneRequest();
    // What is measured in the background and what ends after its response comes a little later.
    const text = await vi.waitUntil(
      async () => {
        const scraped = await scrape(exporter);
        const whole =
          /^tallyd_disk_free_bytes /m.test(scraped) && /^http_server_request_duration/m.test(scraped);
        return whole ? scraped : undefined;
      },
      { timeout: 10_000, interval: 10 },
    );
    const lint = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect({ status: lint.status, stdout: lint.stdout, stderr: lint.stderr }).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe.skipIf(missing('prometheus'))(named('a Prometheus server', 'prometheus'), () => {
  let folder: string;
  let server: Prometheus;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tallyd-prometheus-'));
    server = await Prometheus.start(folder, `${exporter.address!.host}:${exporter.address!.port}`);
    await vi.waitUntil(() => server.isReady(), { timeout: 30_000, interval: 50 });
  });

  afterEach(async () => {
    await server.end();
    await rm(folder, { recursive: true });
  });

  it('scrapes the usage that was fed, whatever characters are in it', async () => {
    const model = 'a "quoted" \\ name, 日本 🤖';
    exporter.telemetry.batchStored(
      batch({
        usage: [
          delta({ input: 10, cacheRead: 3000, output: 200, costUsd: 0.0375 }),
          delta({ model, input: 7 }),
        ],
      }),
    );
    const query = async (promql: string) => (await server.instant(promql))[0]?.values[0];
    await vi.waitUntil(async () => (await query('sum(llm_tokens_total)')) === 3217, {
      timeout: 30_000,
      interval: 50,
    });
    expect(await query('llm_tokens_total{type="cache_read",model="claude-sonnet-4-5"}')).toBe(3000);
    expect(await query(`llm_tokens_total{type="input",model=${JSON.stringify(model)}}`)).toBe(7);
    expect(await query('sum(llm_cost_usd_total)')).toBe(0.0375);
    expect(await query('up')).toBe(1);

    exporter.telemetry.batchStored(batch({ usage: [delta({ output: 5 })] }));
    await vi.waitUntil(async () => (await query('sum(llm_tokens_total)')) === 3222, {
      timeout: 30_000,
      interval: 50,
    });
  });
});

/** One request through the exporter's middleware. */
async function answerOneRequest(): Promise<void> {
  const app = express().use(exporter.httpMiddleware);
  app.get('/healthz', (_request, response) => void response.send('ok'));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`);
  server.closeAllConnections();
  server.close();
}
