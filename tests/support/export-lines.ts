/** Exports that come as JSON as well as a table: both must give the same events. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { UsageExport } from '../../collector/demo/usage-export.ts';
import { builtInFormats } from '../../collector/formats/index.ts';
import { createUploads } from '../../collector/sources/upload/uploads.ts';
import type { UploadReport } from '../../collector/sources/upload/types.ts';
import type { Store } from '../../collector/store/store.ts';
import type { BatchReport } from '../../collector/store/types.ts';
import { silentTelemetry } from '../../collector/telemetry.ts';
import { readFile } from './read-fixture.ts';
import { quiet, temporaryFolder } from './store.ts';
import { type ExportBench, expectedRows, truthsOf } from './usage-export.ts';

const { path: folder, remove } = temporaryFolder('lines');
afterAll(remove);
let files = 0;

/** Reads a file that is no CSV, and holds its recognition against the name of the format. */
export async function uploadAs(
  bench: ExportBench,
  name: string,
  content: string | Buffer,
  dataset: string,
  arrivedAt = 3000,
): Promise<BatchReport> {
  const path = join(folder, `export-${++files}`);
  writeFileSync(path, content);
  const read = await readFile(bench.store(), path, { formats: builtInFormats, dataset, arrivedAt });
  expect(read.format.name).toBe(name);
  return read.report;
}

export interface Twins {
  /** The format of the JSON. */
  name: string;
  /** The table, read after the first text; every other text after it. */
  table: string;
  texts: readonly string[];
  made: UsageExport;
}

/** The first text gives all events, and what follows gives the same again: nothing new, nothing revised. */
export async function expectLinesAlike(
  bench: ExportBench,
  { name, table, texts, made }: Twins,
): Promise<void> {
  const dataset = `${name} ${++files}`;
  const truths = truthsOf(made);
  const [first = '', ...rest] = texts;
  const report = await uploadAs(bench, name, first, dataset);
  expect(report.rejections).toEqual([]);
  expect(report.rows).toMatchObject({ accepted: truths.length, duplicate: 0, rejected: 0 });
  expect(await bench.stored(dataset)).toEqual(expectedRows(truths));
  const same = { accepted: 0, revised: 0, rejected: 0, duplicate: truths.length };
  expect((await bench.upload(table, dataset, 4000)).rows).toMatchObject(same);
  for (const [i, text] of rest.entries())
    expect((await uploadAs(bench, name, text, dataset, 5000 + i)).rows).toMatchObject(same);
}

/** Receives bodies one after another as uploads are, and gives their reports. */
export async function receivedWhole(
  store: Store,
  dataset: string,
  bodies: readonly [string, Buffer][],
): Promise<UploadReport[]> {
  const dir = mkdtempSync(join(folder, 'received-'));
  const options = { store, formats: builtInFormats, dir, telemetry: silentTelemetry, log: quiet };
  const uploads = createUploads({ ...options, retryDelaysMs: [] });
  await uploads.start();
  try {
    const reports: UploadReport[] = [];
    for (const [name, bytes] of bodies) {
      const body = (async function* () {
        yield await Promise.resolve(bytes);
      })();
      const encoding = name.endsWith('.gz') ? { contentEncoding: 'gzip' } : {};
      const { id } = await uploads.receive(body, { name, dataset, ...encoding });
      reports.push((await uploads.wait(id))!.report);
    }
    return reports;
  } finally {
    await uploads.stop();
  }
}
