import { createServer } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { metrics } from '@opentelemetry/api';
import { createExporter, type Exporter } from './exporter.ts';
import { batch, delta, feedEverything, metricsUrl, scrape, startExporter, valueOf } from './testing.ts';

let exporter: Exporter;
afterEach(() => exporter.stop());

it('serves the text format with its version, and only to readers', async () => {
  exporter = await startExporter();
  const read = await fetch(metricsUrl(exporter, '/metrics?debug=1'));
  expect(read.status).toBe(200);
  expect(read.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await read.text()).toMatch(/^# HELP /);
  const head = await fetch(metricsUrl(exporter), { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  const written = await fetch(metricsUrl(exporter), { method: 'POST', body: 'x' });
  expect([written.status, written.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

it('says where the metrics are when asked for something else', async () => {
  exporter = await startExporter();
  const response = await fetch(metricsUrl(exporter, '/'));
  expect(response.status).toBe(404);
  expect(await response.text()).toBe('There is nothing here; the metrics are at /metrics.\n');
});

it('takes events before it is started', async () => {
  exporter = createExporter({
    listen: { host: '127.0.0.1', port: 0 },
    claudeCodeNames: false,
    serviceVersion: '0',
    dataDir: '/does/not/exist',
    logger: { warn() {} },
  });
  expect(() => exporter.address).toThrow('does not listen yet');
  exporter.telemetry.batchStored(batch({ usage: [delta({ input: 3 })] }));
  await exporter.start();
  expect(valueOf(await scrape(exporter), 'llm_tokens_total', { type: 'input' })).toBe(3);
});

it('keeps two exporters in one process apart and registers neither', async () => {
  exporter = await startExporter();
  const other = await startExporter();
  exporter.telemetry.batchStored(batch({ usage: [delta({ input: 3 })] }));
  expect(await scrape(other)).not.toContain('llm_tokens_total');
  await other.stop();
  expect(metrics.getMeterProvider().constructor.name).toBe('NoopMeterProvider');
});

it('refuses to start on a port that is taken, and says which', async () => {
  exporter = await startExporter();
  const { port } = exporter.address!;
  await expect(startExporter({ listen: { host: '127.0.0.1', port } })).rejects.toThrow(
    `Cannot serve metrics on 127.0.0.1:${port}`,
  );
});

it('frees its port when stopped, whoever is still connected', async () => {
  exporter = await startExporter();
  await scrape(exporter);
  const { port } = exporter.address!;
  await exporter.stop();
  await new Promise<void>((resolve) => {
    const next = createServer().listen(port, '127.0.0.1', () => next.close(() => resolve()));
  });
});

it('puts no scope, target or overflow into the series', async () => {
  exporter = await startExporter({ claudeCodeNames: true });
  feedEverything(exporter);
  expect(await scrape(exporter)).not.toMatch(/otel_|target_info|# UNIT|description missing/);
});
