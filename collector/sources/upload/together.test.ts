/** Small uploads written as one batch: their reports and events are those of one after another. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openTestStore, quiet, temporaryFolder } from '../../../tests/support/store.ts';
import type { Store } from '../../store/store.ts';
import { silentTelemetry } from '../../telemetry.ts';
import type { Bytes } from '../text.ts';
import { tinyTable } from './testing.ts';
import { createUploads, type Uploads } from './uploads.ts';

const folder = temporaryFolder('together');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

interface Row {
  second: number;
  tokens: number;
}

let runs = 0;

async function* body(text: string): Bytes {
  yield await Promise.resolve(Buffer.from(text));
}

function uploads(): Uploads {
  const dir = join(folder.path, `uploads-${++runs}`);
  return createUploads({
    ...{ store, formats: [tinyTable], dir, telemetry: silentTelemetry },
    ...{ log: quiet, retryDelaysMs: [] },
  });
}

/** A second below 0 is no date. Each run has a model of its own, so that runs have no event in common. */
function csv(rows: readonly Row[], model: string, order: 'usual' | 'other'): string {
  const header = order === 'usual' ? 'When,Model,Tokens' : 'Model,When,Tokens';
  const lines = rows.map(({ second, tokens }) => {
    const when = second < 0 ? 'someday' : `2026-03-01 10:00:${String(second).padStart(2, '0')}`;
    return order === 'usual' ? `${when},${model},${tokens}` : `${model},${when},${tokens}`;
  });
  return `${[header, ...lines].join('\n')}\n`;
}

/** What each upload must be told when they come one after another, and what the store holds then. */
function oneAfterAnother(files: readonly (readonly Row[])[]) {
  const held = new Map<number, number>();
  const reports = files.map((rows) => {
    const good = rows.filter(({ second }) => second >= 0);
    const seconds = new Set(good.map(({ second }) => second));
    const accepted = [...seconds].filter((second) => !held.has(second)).length;
    for (const { second, tokens } of good) held.set(second, tokens);
    const rejected = rows.length - good.length;
    return { read: rows.length, accepted, rejected, duplicate: good.length - accepted };
  });
  return { reports, held };
}

const row = fc.record({ second: fc.integer({ min: 0, max: 59 }), tokens: fc.integer({ min: 1, max: 9 }) });
/** A file does not revise itself: which of two copies of one arrival counts is nobody's promise. */
const file = fc.uniqueArray(row, { minLength: 1, maxLength: 4, selector: ({ second }) => second });

async function bring(files: readonly (readonly Row[])[], orders: readonly ('usual' | 'other')[]) {
  const waiting = uploads();
  const model = `model-${runs}`;
  const ids: string[] = [];
  for (const [i, rows] of files.entries())
    ids.push(
      (await waiting.receive(body(csv(rows, model, orders[i] ?? 'usual')), { name: 'x.csv', dataset: model }))
        .id,
    );
  await waiting.start();
  const outcomes = await Promise.all(ids.map((id) => waiting.wait(id)!));
  await waiting.stop();
  const events = await store.rows<{ second: number; tokens: number }>(
    `SELECT toSecond(ts) AS second, output_tokens AS tokens FROM tallyd.usage WHERE model = '${model}'`,
  );
  return {
    outcomes,
    held: new Map(events.map(({ second, tokens }) => [Number(second), Number(tokens)] as const)),
  };
}

it('whatever waits together is told and stored as if it had come one after another', async () => {
  const broken = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: file },
      { weight: 1, arbitrary: fc.constant([{ second: -1, tokens: 1 }]) },
    ),
    {
      minLength: 2,
      maxLength: 6,
    },
  );
  const orders = fc.array(fc.constantFrom('usual', 'usual', 'usual', 'other'), {
    minLength: 6,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(broken, orders, async (files, columnOrders) => {
      const { outcomes, held } = await bring(files, columnOrders);
      const expected = oneAfterAnother(files);
      expect(outcomes.map(({ report }) => report.rows)).toMatchObject(expected.reports);
      expect(held).toEqual(expected.held);
      for (const { report } of outcomes) expect(report.status).toBe('done');
    }),
    { numRuns: 12 },
  );
});

it('fifty small uploads that wait are one batch, and each has its own models without a price', async () => {
  const together = vi.spyOn(store, 'writeTogether');
  const alone = vi.spyOn(store, 'write');
  const files = Array.from({ length: 50 }, (_, second) => [{ second, tokens: second + 1 }]);
  const { outcomes, held } = await bring(files, []);
  expect(held.size).toBe(50);
  expect(together).toHaveBeenCalledTimes(1);
  expect(alone).not.toHaveBeenCalled();
  for (const { report } of outcomes)
    expect(report).toMatchObject({ rows: { read: 1, accepted: 1 }, unpriced: [`model-${runs}`] });
  together.mockRestore();
  alone.mockRestore();
});
