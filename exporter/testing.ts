/** What the exporter's tests share. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UsageDelta } from '../collector/store/types.ts';
import type { Telemetry } from '../collector/telemetry.ts';
import { createExporter, type Exporter, type ExporterOptions } from './exporter.ts';

type BatchStored = Parameters<Telemetry['batchStored']>[0];

/** A delta of one request with every number 0, and what `fields` says. */
export function delta(fields: Partial<UsageDelta> = {}): UsageDelta {
  return {
    source: 'claude-code',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    status: 'ok',
    requests: 1,
    input: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    cacheRead: 0,
    output: 0,
    reasoning: 0,
    unclassified: 0,
    costUsd: 0,
    ...fields,
  };
}

/** A stored batch without records, and what `fields` says. */
export function batch(fields: Partial<BatchStored> = {}): BatchStored {
  return {
    source: 'claude-code',
    via: 'tail',
    rows: { read: 0, accepted: 0, duplicate: 0, rejected: 0, revised: 0 },
    bytes: 0,
    seconds: 0.01,
    rejectedByReason: {},
    usage: [],
    ...fields,
  };
}

/** A started exporter on a free port of this machine, with a data directory of its own. */
export async function startExporter(fields: Partial<ExporterOptions> = {}): Promise<Exporter> {
  const exporter = createExporter({
    listen: { host: '127.0.0.1', port: 0 },
    claudeCodeNames: false,
    serviceVersion: '0.0.0-test',
    dataDir: fields.dataDir ?? (await mkdtemp(join(tmpdir(), 'tallyd-exporter-'))),
    logger: { warn() {} },
    ...fields,
  });
  await exporter.start();
  return exporter;
}

/** The text of one scrape. */
export async function scrape(exporter: Exporter): Promise<string> {
  const response = await fetch(metricsUrl(exporter));
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.text();
}

export function metricsUrl({ address }: Exporter, path = '/metrics'): string {
  return `http://${address!.host}:${address!.port}${path}`;
}

/** The value of the series of `name` that has all of `labels`; undefined when there is none. */
export function valueOf(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const line = text
    .split('\n')
    .find(
      (candidate) =>
        (candidate.startsWith(`${name}{`) || candidate.startsWith(`${name} `)) &&
        wanted.every((label) => candidate.includes(label)),
    );
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}

/** Something of everything that can happen, so that every metric has a series. */
export function feedEverything({ telemetry }: Exporter): void {
  telemetry.batchStored(
    batch({
      rows: { read: 5, accepted: 3, duplicate: 1, rejected: 1, revised: 1 },
      bytes: 4096,
      rejectedByReason: { 'not JSON': 1 },
      newestEventAt: Date.now() - 1000,
      usage: [
        delta({ requests: 3, input: 100, cacheWrite5m: 5, cacheRead: 900, output: 40, costUsd: 0.0125 }),
      ],
    }),
  );
  telemetry.batchFailed({ source: 'codex', via: 'tail', error: new Error('the store is away') });
  telemetry.uploadFinished({ source: 'cursor-csv', status: 'done', bytes: 4096, seconds: 0.2 });
  telemetry.requestLimited({ port: 'http', reason: 'requests' });
  telemetry.spoolHeld({ bytes: 4096, uploads: 1, maxBytes: 10_000 });
  telemetry.tailLag({ source: 'claude-code', files: 3, bytesBehind: 512, secondsBehind: 0.5 });
}
