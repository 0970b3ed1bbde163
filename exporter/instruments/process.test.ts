import { mkdtemp, link, mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { diskUsage } from '../disk-usage.ts';
import type { Exporter } from '../exporter.ts';
import { scrape, startExporter, valueOf } from '../testing.ts';

let exporter: Exporter | undefined;
afterEach(() => exporter?.stop());

const folder = () => mkdtemp(join(tmpdir(), 'tallyd-disk-'));

/** The first defined value of a metric that is measured in the background. */
function eventually(name: string): Promise<number> {
  return vi.waitUntil(async () => valueOf(await scrape(exporter!), name), { timeout: 10_000, interval: 10 });
}

it('reports the process under the common names', async () => {
  exporter = await startExporter({ serviceVersion: '1.2.3' });
  const text = await scrape(exporter);
  expect(valueOf(text, 'tallyd_build_info', { version: '1.2.3' })).toBe(1);
  expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(10e6);
  expect(valueOf(text, 'nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6);
  expect(valueOf(text, 'process_cpu_seconds_total', { mode: 'user' })).toBeGreaterThan(0);
  expect(valueOf(text, 'process_start_time_seconds')).toBeCloseTo(performance.timeOrigin / 1000, 0);
});

it('shows the event loop', async () => {
  exporter = await startExporter();
  const text = await scrape(exporter);
  for (const quantile of ['p50', 'p90', 'p99', 'max'])
    expect(valueOf(text, `nodejs_eventloop_lag_${quantile}_seconds`)).toBeLessThan(1);
  expect(valueOf(text, 'nodejs_eventloop_utilization_ratio')).toBeLessThanOrEqual(1);
});

it('tells what the process may use, so that its share can be told', async () => {
  exporter = await startExporter();
  const text = await scrape(exporter);
  expect(valueOf(text, 'tallyd_cpu_cores')).toBe(availableParallelism());
  const limit = valueOf(text, 'tallyd_memory_limit_bytes')!;
  expect(limit).toBeGreaterThan(valueOf(text, 'process_resident_memory_bytes')!);
  expect(limit).toBeLessThanOrEqual(totalmem());
});

it.runIf(process.platform === 'linux')('counts open file descriptors', async () => {
  exporter = await startExporter();
  const text = await scrape(exporter);
  const open = valueOf(text, 'process_open_fds');
  expect(open).toBeGreaterThan(3);
  expect(valueOf(text, 'process_max_fds')).toBeGreaterThan(open!);
});

it('measures the data directory and its disk without being scraped', async () => {
  const dataDir = await folder();
  await writeFile(join(dataDir, 'part.bin'), Buffer.alloc(1_000_000, 1));
  exporter = await startExporter({ dataDir });
  expect(await eventually('tallyd_data_dir_bytes')).toBeGreaterThanOrEqual(1_000_000);
  expect(await eventually('tallyd_disk_size_bytes')).toBeGreaterThan(
    await eventually('tallyd_disk_free_bytes'),
  );
});

it('counts a file with two names once', async () => {
  const root = await folder();
  await mkdir(join(root, 'a'));
  await mkdir(join(root, 'b'));
  await writeFile(join(root, 'a/part.bin'), Buffer.alloc(1_000_000, 1));
  const before = await diskUsage(root, new AbortController().signal);
  await link(join(root, 'a/part.bin'), join(root, 'b/part.bin'));
  const after = await diskUsage(root, new AbortController().signal);
  expect(after - before).toBeLessThan(100_000);
});

it('ends a walk that is no longer wanted', async () => {
  const root = await folder();
  await writeFile(join(root, 'file'), 'x');
  await expect(diskUsage(root, AbortSignal.abort())).rejects.toThrow();
});
