/** docs/metrics.md and /metrics name the same metrics. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, it, vi } from 'vitest';
import { feedEverything, scrape, startExporter } from './testing.ts';

/** `name type` of every row whose second cell is a metric's type. */
async function documented(): Promise<string[]> {
  const text = await readFile(new URL('../docs/metrics.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` +\| (counter|gauge|histogram) +\|.*$/gm)];
  const here = rows.filter(([row]) => process.platform === 'linux' || !row.includes('(Linux'));
  return here.map(([, name, type]) => `${name} ${type}`).sort();
}

const exposed = (text: string) =>
  [...text.matchAll(/^# TYPE (\w+ \w+)$/gm)].map(([, metric]) => metric).sort();

it('documents exactly the metrics that are exposed, with their types', async () => {
  const exporter = await startExporter({ claudeCodeNames: true });
  feedEverything(exporter);
  const server = express().use(exporter.httpMiddleware).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const expected = await documented();
  // The disk is measured in the background, and a request ends after its response.
  await vi
    .waitUntil(async () => exposed(await scrape(exporter)).length >= expected.length, {
      timeout: 5_000,
      interval: 10,
    })
    .catch(() => undefined);
  expect(exposed(await scrape(exporter))).toEqual(expected);
  server.closeAllConnections();
  server.close();
  await exporter.stop();
});

it('documents every label of every series', async () => {
  const exporter = await startExporter({ claudeCodeNames: true });
  feedEverything(exporter);
  const text = await readFile(new URL('../docs/metrics.md', import.meta.url), 'utf8');
  for (const [, name = '', labels = ''] of (await scrape(exporter)).matchAll(/^(\w+)\{(.*)\} /gm)) {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    const row = text.split('\n').find((line) => line.startsWith(`| \`${base}\``)) ?? '';
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g))
      if (label !== 'le') expect(row, `${base}{${label}}`).toContain(`\`${label}\``);
  }
  await exporter.stop();
});
