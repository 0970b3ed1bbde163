import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createExporter } from './exporter.ts';
import { metricsUrl } from './otlp.ts';
import { PrometheusReader } from './prometheus.ts';
import { feedEverything, scrape, startExporter } from './testing.ts';

interface Received {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

let server: Server;
let endpoint: string;
let received: Received[];
let status: number;

beforeEach(async () => {
  received = [];
  status = 200;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks) });
      response.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

it('pushes what was not yet pushed when it stops, as protobuf', async () => {
  const exporter = await startExporter({ otlpEndpoint: endpoint, claudeCodeNames: true });
  feedEverything(exporter);
  await exporter.stop();
  expect(received).toHaveLength(1);
  const [push] = received;
  expect([push?.method, push?.url]).toEqual(['POST', '/v1/metrics']);
  expect(push?.headers['content-type']).toBe('application/x-protobuf');
  // Own names, not Prometheus': OTLP carries units beside the names.
  for (const name of [
    'llm_tokens',
    'llm_cost_usd',
    'claude_code.token.usage',
    'tallyd_records',
    'service.name',
  ])
    expect(push?.body.includes(name), name).toBe(true);
  expect(push?.body.includes('claude_code_token_usage')).toBe(false);
});

it('pushes without a Prometheus endpoint, and then opens no port', async () => {
  const exporter = createExporter({
    otlpEndpoint: endpoint,
    claudeCodeNames: false,
    serviceVersion: '0.0.0-test',
    dataDir: tmpdir(),
    logger: { warn() {} },
  });
  await exporter.start();
  feedEverything(exporter);
  expect(exporter.address).toBeUndefined();
  await exporter.stop();
  expect(received[0]?.body.includes('llm_tokens')).toBe(true);
});

it('pushes at its interval while both readers see the same', async () => {
  const exporter = await startExporter({ otlpEndpoint: endpoint, otlpIntervalMs: 50 });
  feedEverything(exporter);
  await vi.waitUntil(() => received.length >= 3, { timeout: 10_000 });
  expect(await scrape(exporter)).toMatch(/^llm_tokens_total\{type="input".*\} 100$/m);
  await exporter.stop();
});

it('keeps no copies of measurements for a Prometheus that never scrapes', async () => {
  const bound = vi.spyOn(PrometheusReader.prototype, 'setMetricProducer');
  const exporter = await startExporter({ otlpEndpoint: endpoint, otlpIntervalMs: 5 });
  feedEverything(exporter);
  await vi.waitUntil(() => received.length >= 20, { timeout: 10_000 });
  const kept = copiesKept(bound.mock.calls[0]?.[0]);
  expect(kept.length).toBeGreaterThan(20);
  expect(Math.max(...kept)).toBeLessThanOrEqual(1);
  await exporter.stop();
});

/** How many copies each storage of the SDK keeps for each reader; see series-limit.ts. */
function copiesKept(root: unknown): number[] {
  const seen = new Set<unknown>();
  const lengths: number[] = [];
  const pending = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if ('_unreportedAccumulations' in value) {
      const kept = value._unreportedAccumulations as Map<unknown, unknown[]>;
      lengths.push(...[...kept.values()].map((copies) => copies.length));
    } else pending.push(...(value instanceof Map ? value.values() : Object.values(value)));
  }
  return lengths;
}

it('warns once when pushes begin to fail, and once when they work again', async () => {
  const warnings: string[] = [];
  status = 400;
  const exporter = await startExporter({
    otlpEndpoint: endpoint,
    otlpIntervalMs: 20,
    logger: { warn: (message) => warnings.push(message) },
  });
  await vi.waitUntil(() => received.length >= 4, { timeout: 10_000 });
  status = 200;
  await vi.waitUntil(() => warnings.length >= 2, { timeout: 10_000 });
  await exporter.stop();
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toContain(`cannot be sent to ${endpoint}/v1/metrics`);
  expect(warnings[1]).toContain('again');
});

it('stops in time although nobody answers', async () => {
  server.removeAllListeners('request');
  const exporter = await startExporter({ otlpEndpoint: endpoint });
  const began = performance.now();
  await exporter.stop();
  expect(performance.now() - began).toBeLessThan(8000);
});

it('appends the path of metrics to a base with or without a slash', () => {
  expect(metricsUrl('http://collector:4318')).toBe('http://collector:4318/v1/metrics');
  expect(metricsUrl('https://otlp.example/otlp/')).toBe('https://otlp.example/otlp/v1/metrics');
  expect(metricsUrl('https://otlp.example/otlp')).toBe('https://otlp.example/otlp/v1/metrics');
});
