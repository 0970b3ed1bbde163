import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { claudeCode } from '../../formats/claude-code/recognise.ts';
import type { Format } from '../../formats/format.ts';
import { BatchRead } from '../../store/batch-read.ts';
import type { Batch, BatchReport } from '../../store/types.ts';
import { silentTelemetry } from '../../telemetry.ts';
import type { TailLimits } from './limits.ts';
import { createTail } from './tail.ts';
import { testFolder } from './testing/folder.ts';
import { MemoryStore } from './testing/memory-store.ts';
import { QUICK } from './testing/quick-limits.ts';

const other: Format = { ...claudeCode, name: 'other' };

function tailOver(folder: string, store: MemoryStore, limits: Partial<TailLimits> = {}) {
  const tail = createTail(
    {
      roots: [
        { format: claudeCode, path: join(folder, 'one'), dataset: 'one' },
        { format: other, path: join(folder, 'two'), dataset: 'two' },
      ],
      formats: [claudeCode, other],
      store,
      dataDir: join(folder, 'data'),
      spoolDir: join(folder, 'spool'),
      telemetry: silentTelemetry,
      log: pino({ level: 'silent' }),
    },
    { ...QUICK, ...limits },
  );
  onTestFinished(() => tail.stop());
  return tail;
}

/** A store that tells which batches were read ahead, and what became of them. */
class AheadStore extends MemoryStore {
  readonly ahead: BatchRead[] = [];
  dropped = 0;

  readAhead(): BatchRead | undefined {
    const last = this.ahead.at(-1);
    if (last && !last.isOver) return undefined;
    const table = `table ${this.ahead.length}`;
    this.ahead.push(new BatchRead(table, Promise.resolve(), () => Promise.resolve(void this.dropped++)));
    return this.ahead.at(-1);
  }

  override write(batch: Batch): Promise<BatchReport> {
    batch.ahead?.taken();
    return super.write(batch);
  }
}

describe('sources', () => {
  it('do not wait for one whose batches fail', async () => {
    const folder = testFolder();
    const store = new MemoryStore();
    const write = store.write.bind(store);
    let refusing = true;
    store.write = (batch) =>
      refusing && batch.format === claudeCode ? Promise.reject(new Error('refused')) : write(batch);
    const tail = tailOver(folder.path, store);
    await tail.start();
    folder.write('one/a.jsonl', '{"id":"1"}\n');
    folder.write('two/b.jsonl', '{"id":"2"}\n');
    await vi.waitFor(() => expect([...store.ids]).toEqual(['2']));
    refusing = false;
    await vi.waitFor(() => expect([...store.ids]).toEqual(['2', '1']));
  });

  it('find the one file of many that the store refuses', async () => {
    const folder = testFolder();
    const store = new MemoryStore();
    const write = store.write.bind(store);
    store.write = (batch) =>
      batch.input.kind === 'files' && batch.input.files.some(({ path }) => path.endsWith('7.jsonl'))
        ? Promise.reject(new Error('refused'))
        : write(batch);
    for (let i = 0; i < 10; i++) folder.write(`one/${i}.jsonl`, `{"id":"${i}"}\n`);
    const tail = tailOver(folder.path, store);
    await tail.start();
    expect([...store.ids].sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '8', '9']);
    expect(tail.status().roots[0]!.errors).toMatchObject([
      { problem: expect.stringContaining('refused') as string },
    ]);
  });

  it('keep the spool folder clean, also of what a crash left', async () => {
    const folder = testFolder();
    folder.write('spool/tail-1-1.frames', 'left');
    folder.write('spool/upload-1', 'of another room');
    const store = new MemoryStore();
    const tail = tailOver(folder.path, store);
    await tail.start();
    const path = folder.write('one/a.jsonl', '{"id":"1"}\n');
    await tail.idle();
    appendFileSync(path, '{"id":"2"}\n');
    await tail.idle();
    writeFileSync(path, '{"id":"3"}\n');
    await tail.idle();
    expect([...store.ids]).toEqual(['1', '2', '3']);
    expect(readdirSync(join(folder.path, 'spool'))).toEqual(['upload-1']);
  });

  it('send a chatty file in few batches', async () => {
    const folder = testFolder();
    const store = new MemoryStore();
    const path = folder.write('one/a.jsonl', '{"id":"0"}\n');
    const tail = createTail(
      {
        roots: [{ format: claudeCode, path: join(folder.path, 'one'), dataset: 'one' }],
        formats: [claudeCode],
        store,
        dataDir: join(folder.path, 'data'),
        spoolDir: join(folder.path, 'spool'),
        telemetry: silentTelemetry,
        log: pino({ level: 'silent' }),
      },
      { ...QUICK, paceMs: 200 },
    );
    onTestFinished(() => tail.stop());
    await tail.start();
    for (let i = 1; i <= 40; i++) {
      appendFileSync(path, `{"id":"${i}"}\n`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await vi.waitFor(() => expect(store.ids.size).toBe(41));
    expect(store.batches.length).toBeLessThan(8);
  });
});

describe('files that are read ahead', () => {
  function filled(count: number) {
    const folder = testFolder();
    for (let i = 0; i < count; i++) folder.write(`one/${i}.jsonl`, `{"id":"${i}"}\n`);
    return folder;
  }
  const all = (count: number) => Array.from({ length: count }, (_, i) => String(i));

  it('are stored, each batch read while the one before is stored', async () => {
    const folder = filled(10);
    const store = new AheadStore();
    await tailOver(folder.path, store, { bulkFiles: 2 }).start();
    expect([...store.ids].sort()).toEqual(all(10));
    expect(store.batches.map(({ ahead }) => ahead?.table)).toEqual([
      undefined,
      'table 0',
      'table 1',
      'table 2',
      'table 3',
    ]);
    expect(store.dropped).toBe(4);
  });

  it('are dropped when the batch before them fails, and stored with it later', async () => {
    const folder = filled(10);
    const store = new AheadStore();
    const write = store.write.bind(store);
    let failures = 2;
    store.write = (batch) => (failures-- > 0 ? Promise.reject(new Error('away')) : write(batch));
    await tailOver(folder.path, store, { bulkFiles: 4 }).start();
    await vi.waitFor(() => expect([...store.ids].sort()).toEqual(all(10)));
    expect(store.dropped).toBe(store.ahead.length);
  });

  it('are dropped when the tail stops meanwhile', async () => {
    const folder = filled(10);
    const store = new AheadStore();
    const write = store.write.bind(store);
    let stopped: Promise<void> | undefined;
    const tail = tailOver(folder.path, store, { bulkFiles: 2 });
    store.write = async (batch) => {
      await vi.waitFor(() => expect(store.ahead).toHaveLength(1));
      stopped = tail.stop();
      return await write(batch);
    };
    await tail.start();
    await stopped;
    expect(store.ids.size).toBe(2);
    expect(store.dropped).toBe(1);
  });
});
