/** The tail with a real store: whatever happens to files, every line counts once. */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { claudeCode } from '../collector/formats/claude-code/recognise.ts';
import type { Format } from '../collector/formats/format.ts';
import { runCases } from '../collector/sources/tail/testing/run-cases.ts';
import type { TailLimits } from '../collector/sources/tail/limits.ts';
import { createTail } from '../collector/sources/tail/tail.ts';
import type { Tail, TailOptions } from '../collector/sources/tail/types.ts';
import type { Store } from '../collector/store/store.ts';
import type { Batch } from '../collector/store/types.ts';
import { silentTelemetry, type Telemetry } from '../collector/telemetry.ts';
import { engineStoreOf } from './support/model-engine.ts';
import { openTestStore, quiet, temporaryFolder } from './support/store.ts';

const QUICK: Partial<TailLimits> = {
  coalesceMs: 5,
  paceMs: 0,
  unfinishedQuietMs: 30,
  wholeQuietMs: 60,
  wholePatienceMs: 300,
  tableQuietMs: 60,
  retryMinMs: 5,
  retryMaxMs: 20,
  positionsMs: 10,
  ledgerMs: 10,
};

const folder = temporaryFolder('tail');
let store: Store;
let cases = 0;
const running = new Set<Tail>();

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterEach(async () => {
  for (const tail of running) await tail.stop();
  running.clear();
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

/** A place of a test's own: a folder that is followed, a data directory, and what telemetry heard. */
class Bench {
  readonly dataset = `case-${++cases}`;
  readonly home = join(folder.path, this.dataset);
  readonly logs = join(this.home, 'projects');
  readonly dataDir = join(this.home, 'data');
  bytes = 0;
  failures = 0;
  batches: Batch[] = [];
  format: Format | 'auto' = claudeCode;
  formats: Format[] = [claudeCode];
  store: TailOptions['store'] = {
    write: (batch) => {
      this.batches.push(batch);
      return store.write(batch);
    },
    command: (sql) => store.command(sql),
    catchUp: () => store.catchUp(),
    readsFiles: true,
  };
  #lines = 0;

  constructor() {
    mkdirSync(this.logs, { recursive: true });
  }

  path(name: string): string {
    return join(this.logs, name);
  }

  /** A line of usage that no other line repeats. */
  line(output = 1): string {
    return `${JSON.stringify({
      type: 'assistant',
      sessionId: 's1',
      timestamp: '2026-02-01T00:00:01.000Z',
      message: {
        id: `msg_${this.dataset}_${++this.#lines}`,
        model: 'claude-sonnet-4-5',
        usage: { input_tokens: 1, output_tokens: output },
      },
    })}\n`;
  }

  lines(count: number): string {
    return Array.from({ length: count }, () => this.line()).join('');
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  tail(more: Partial<TailOptions> = {}, limits: Partial<TailLimits> = {}): Tail {
    const telemetry: Telemetry = {
      ...silentTelemetry,
      batchStored: ({ bytes }) => (this.bytes += bytes),
      batchFailed: () => this.failures++,
    };
    const tail = createTail(
      {
        roots: [{ format: this.format, path: this.logs, dataset: this.dataset }],
        formats: this.formats,
        store: this.store,
        dataDir: this.dataDir,
        spoolDir: join(this.home, 'spool'),
        telemetry,
        log: quiet,
        ...more,
      },
      { ...QUICK, ...limits },
    );
    running.add(tail);
    return tail;
  }

  async started(more: Partial<TailOptions> = {}, limits: Partial<TailLimits> = {}): Promise<Tail> {
    const tail = this.tail(more, limits);
    await tail.start();
    return tail;
  }

  async stop(tail: Tail): Promise<void> {
    running.delete(tail);
    await tail.stop();
  }

  async count(): Promise<{ events: number; output: number }> {
    const [row] = await store.rows<{ events: number; output: number }>(
      `SELECT toUInt32(count()) AS events, toUInt32(sum(output_tokens)) AS output FROM tallyd.usage WHERE dataset = '${this.dataset}'`,
    );
    return row!;
  }

  async events(): Promise<number> {
    return (await this.count()).events;
  }

  async rejected(): Promise<{ path: string; record: number; reason: string }[]> {
    return await store.rows(
      `SELECT path, toUInt32(record) AS record, reason FROM tallyd.rejected_records FINAL WHERE dataset = '${this.dataset}' ORDER BY path, record`,
    );
  }

  async followed(): Promise<Record<string, string>> {
    const rows = await store.rows<{ path: string; state: string }>(
      `SELECT path, state FROM tallyd.tailed_files WHERE dataset = '${this.dataset}' ORDER BY path`,
    );
    return Object.fromEntries(rows.map(({ path, state }) => [path.slice(this.logs.length + 1), state]));
  }
}

async function until(condition: () => Promise<boolean>, ms = 30_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('what was waited for did not happen');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a first run', () => {
  it('stores everything that was there before it resolves, the engine reading the files', async () => {
    const bench = new Bench();
    for (let i = 0; i < 30; i++) bench.write(`p${i % 3}/s${i}.jsonl`, bench.lines(5));
    bench.write('p1/notes.txt', 'not a log');
    const progress: unknown[] = [];
    await bench.started({ onProgress: (p) => progress.push(p) });
    expect(await bench.events()).toBe(150);
    expect(bench.batches.map((batch) => [batch.input.kind, batch.live])).toEqual([['files', false]]);
    expect(progress.at(-1)).toMatchObject({ files: 30, filesDone: 30 });
    const last = progress.at(-1) as { bytes: number; bytesDone: number };
    expect(last.bytesDone).toBe(last.bytes);
  });

  it('has the hourly sums of all its batches when it resolves', async () => {
    const bench = new Bench();
    for (let i = 0; i < 5; i++) bench.write(`${i}.jsonl`, bench.lines(3));
    await bench.started({}, { bulkFiles: 2 });
    expect(bench.batches.length).toBeGreaterThan(1);
    const sums = `sum(total_tokens) AS tokens FROM tallyd`;
    const of = `WHERE dataset = '${bench.dataset}'`;
    const [hourly] = await store.rows(`SELECT sum(events) AS events, ${sums}.usage_hourly ${of}`);
    expect(hourly).toEqual({ events: 15, tokens: 30 });
  });

  it('reads files whose names the engine would misread, and all of them where it cannot read files', async () => {
    const bench = new Bench();
    for (const name of ['{a}.jsonl', 'b*.jsonl', 'c?.jsonl', 'd::e.jsonl', 'n\nl.jsonl', "q'\\ ü.jsonl"])
      bench.write(name, bench.lines(2));
    await bench.stop(await bench.started());
    expect(await bench.events()).toBe(12);
    const remote = new Bench();
    remote.store = { ...remote.store, readsFiles: false };
    for (let i = 0; i < 5; i++) remote.write(`s${i}.jsonl`, remote.lines(8));
    await remote.started({}, { chunkBytes: 700, firstBatchBytes: 2000 });
    expect(await remote.events()).toBe(40);
    expect(new Set(remote.batches.map((batch) => batch.input.kind))).toEqual(new Set(['frames']));
    expect(readdirSync(join(remote.home, 'spool'))).toEqual([]);
  });

  it('goes on without a file that vanished after it was looked at', async () => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(2));
    bench.write('b.jsonl', bench.lines(2));
    const { write } = bench.store;
    bench.store = {
      ...bench.store,
      write: (batch) => {
        rmSync(bench.path('a.jsonl'), { force: true });
        return write(batch);
      },
    };
    await bench.started();
    expect(await bench.events()).toBe(2);
  });

  it('does not read again after a restart what it has stored', async () => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(50));
    bench.write('b.jsonl', bench.lines(3).trimEnd());
    utimesSync(bench.path('b.jsonl'), 1_770_000_000, 1_770_000_000);
    await bench.stop(await bench.started());
    bench.bytes = 0;
    const more = bench.line();
    appendFileSync(bench.path('a.jsonl'), more);
    await bench.started();
    expect(await bench.events()).toBe(54);
    expect(bench.bytes).toBe(more.length);
  });

  it('ends in the same totals with older positions, broken ones, or none', async () => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(5));
    await bench.stop(await bench.started());
    const positions = join(bench.dataDir, 'positions.json');
    const older = readFileSync(positions);
    const tail = await bench.started();
    appendFileSync(bench.path('a.jsonl'), bench.lines(5));
    await tail.idle();
    await bench.stop(tail);
    for (const text of [
      older,
      Buffer.from('{"version":1,"files":[{'),
      Buffer.from('{"version":9,"files":[]}'),
    ]) {
      writeFileSync(positions, text);
      await bench.stop(await bench.started());
      expect(await bench.count()).toEqual({ events: 10, output: 10 });
    }
    expect(readdirSync(bench.dataDir).filter((name) => name.includes('broken'))).toHaveLength(2);
  });
});

describe('following', () => {
  it('makes a line readable when it comes, not at the next sweep, as live usage', async () => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(1));
    await bench.started({ sweepSeconds: 3600 }, { coalesceMs: 50, paceMs: 200 });
    appendFileSync(bench.path('a.jsonl'), bench.lines(1));
    await until(async () => (await bench.events()) === 2);
    expect(bench.batches.at(-1)).toMatchObject({ live: true, input: { kind: 'frames' } });
  });

  it('gives the same totals in steps of any number of bytes', async () => {
    const bench = new Bench();
    const text = bench.lines(12);
    const tail = await bench.started();
    let at = 0;
    for (const step of [1, 7, 300, 2, 555, 64, 1, 900, 33, 10_000]) {
      appendFileSync(bench.path('a.jsonl'), text.slice(at, at + step));
      at += step;
      await tail.idle();
      const whole = text.slice(0, at).split('}\n').length - 1;
      expect(await bench.events()).toBeGreaterThanOrEqual(whole);
    }
    expect(await bench.count()).toEqual({ events: 12, output: 12 });
    expect(await bench.rejected()).toEqual([]);
  });

  it('reads a last record without a newline when its file rests, and rejects none that is half written', async () => {
    const bench = new Bench();
    const tail = await bench.started();
    const [first, second] = [bench.line(), bench.line()];
    bench.write('a.jsonl', first + second.trimEnd());
    await tail.idle();
    expect(await bench.events()).toBe(2);
    const third = bench.line();
    appendFileSync(bench.path('a.jsonl'), `\n${third.slice(0, 60)}`);
    await tail.idle();
    expect(await bench.events()).toBe(2);
    appendFileSync(bench.path('a.jsonl'), third.slice(60));
    await tail.idle();
    expect(await bench.events()).toBe(3);
    expect(await bench.rejected()).toEqual([]);
  });

  it('says where a broken line stands, also in a file whose beginning the engine read', async () => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(4));
    const tail = await bench.started();
    appendFileSync(bench.path('a.jsonl'), `${bench.line()}{"broken\n`);
    await tail.idle();
    appendFileSync(bench.path('a.jsonl'), `${bench.line()}{"broken again\n`);
    await tail.idle();
    expect((await bench.rejected()).map(({ record }) => record)).toEqual([6, 8]);
    expect(await bench.events()).toBe(6);
  });

  it('finds a folder that appears later, and one below a root that did not exist', async () => {
    const bench = new Bench();
    rmSync(bench.logs, { recursive: true });
    await bench.started();
    bench.write('x/y/a.jsonl', bench.lines(2));
    await until(async () => (await bench.events()) === 2);
    bench.write('z/b.jsonl', bench.lines(2));
    await until(async () => (await bench.events()) === 4);
    rmSync(bench.logs, { recursive: true });
    bench.write('x/y/c.jsonl', bench.lines(1));
    await until(async () => (await bench.events()) === 5);
  });

  it('keeps the list of followed files', async () => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(1));
    bench.write('b.jsonl', bench.lines(1));
    const tail = await bench.started();
    renameSync(bench.path('a.jsonl'), bench.path('c.jsonl'));
    rmSync(bench.path('b.jsonl'));
    await tail.idle();
    await until(
      async () =>
        JSON.stringify(await bench.followed()) ===
        JSON.stringify({ 'a.jsonl': 'gone', 'b.jsonl': 'gone', 'c.jsonl': 'following' }),
    );
  });
});

describe('what happens to files', () => {
  it('keeps the position of a file that is renamed', async () => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(9));
    const tail = await bench.started();
    bench.bytes = 0;
    renameSync(bench.path('a.jsonl'), bench.path('b.jsonl'));
    const more = bench.line();
    appendFileSync(bench.path('b.jsonl'), more);
    await tail.idle();
    expect(await bench.events()).toBe(10);
    expect(bench.bytes).toBe(more.length);
  });

  it('reads on in a copy that was put in the place of its original', async () => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(20));
    const tail = await bench.started();
    bench.bytes = 0;
    const more = bench.line();
    copyFileSync(bench.path('a.jsonl'), bench.path('a.tmp'));
    appendFileSync(bench.path('a.tmp'), more);
    renameSync(bench.path('a.tmp'), bench.path('a.jsonl'));
    await tail.idle();
    expect(await bench.events()).toBe(21);
    expect(bench.bytes).toBe(more.length);
  });

  it.each([
    [
      'is copied away and truncated',
      (path: string) => (copyFileSync(path, `${path}.1`), truncateSync(path, 0)),
    ],
    ['is truncated to a part', (path: string) => truncateSync(path, 300)],
    ['is deleted', (path: string) => rmSync(path)],
  ])('reads all that is written after a file %s', async (_name, happens) => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(5));
    const tail = await bench.started();
    happens(bench.path('a.jsonl'));
    appendFileSync(bench.path('a.jsonl'), `\n${bench.lines(30)}`);
    await tail.idle();
    expect(await bench.events()).toBe(35);
  });

  it('notices a rewrite of the same length, and one that begins as before', async () => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(5));
    const tail = await bench.started();
    bench.write('a.jsonl', bench.lines(5));
    await tail.idle();
    expect(await bench.events()).toBe(10);
    const beginning = bench.lines(8);
    bench.write('b.jsonl', beginning + bench.lines(3));
    await tail.idle();
    bench.write('b.jsonl', beginning + bench.lines(4));
    await tail.idle();
    expect(await bench.events()).toBe(25);
  });

  it('passes over a record that is too long, and says so', async () => {
    const bench = new Bench();
    const tail = await bench.started({}, { chunkBytes: 1000, recordBytes: 5000 });
    const long = JSON.stringify({ x: 'y'.repeat(20_000) });
    const fits = JSON.stringify({ x: 'y'.repeat(3000) });
    bench.write('a.jsonl', `${bench.line()}${fits}\n${long}\n${bench.line()}`);
    await tail.idle();
    expect(await bench.events()).toBe(2);
    expect(await bench.rejected()).toMatchObject([
      { record: 3, reason: 'the record is too long to be read' },
    ]);
    appendFileSync(bench.path('a.jsonl'), '{"broken\n');
    await tail.idle();
    expect((await bench.rejected()).map(({ record }) => record)).toEqual([3, 5]);
  });
});

describe('a store that fails', () => {
  it('gets everything when it is back', async () => {
    const bench = new Bench();
    bench.write('a.jsonl', bench.lines(5));
    bench.write('b.jsonl', bench.lines(5));
    const { write, command } = bench.store;
    let away = 4;
    bench.store = {
      ...bench.store,
      write: (batch) => (away-- > 0 ? Promise.reject(new Error('away')) : write(batch)),
      command: (sql) => (away > 0 ? Promise.reject(new Error('away')) : command(sql)),
    };
    const tail = await bench.started();
    expect(await bench.events()).toBe(10);
    away = 2;
    appendFileSync(bench.path('a.jsonl'), bench.lines(5));
    await tail.idle();
    expect(await bench.count()).toEqual({ events: 15, output: 15 });
    expect(bench.failures).toBe(6);
  });

  it('is not held up by a file that it refuses for ever', async () => {
    const bench = new Bench();
    for (let i = 0; i < 9; i++) bench.write(`s${i}.jsonl`, bench.lines(1));
    const { write } = bench.store;
    bench.store = {
      ...bench.store,
      write: (batch) =>
        batch.input.kind === 'files' && batch.input.files.some(({ path }) => path.endsWith('s4.jsonl'))
          ? Promise.reject(new Error('refused'))
          : write(batch),
    };
    const tail = await bench.started();
    expect(await bench.events()).toBe(8);
    expect(tail.status().roots[0]).toMatchObject({
      files: 9,
      errors: [{ path: bench.path('s4.jsonl'), problem: expect.stringContaining('refuses') as string }],
    });
  });
});

describe('files that are read whole', () => {
  const whole: Format = { ...claudeCode, name: 'whole', unit: 'file' };

  it('are read again after a change and a pause, and only then', async () => {
    const bench = new Bench();
    bench.format = whole;
    bench.formats = [whole];
    bench.write('a.jsonl', bench.lines(3));
    let tail = await bench.started();
    await tail.idle();
    const batches = bench.batches.length;
    await bench.stop(tail);
    tail = await bench.started();
    await tail.idle();
    expect(bench.batches.length).toBe(batches);
    appendFileSync(bench.path('a.jsonl'), bench.lines(2));
    await tail.idle();
    expect(await bench.events()).toBe(5);
    expect(bench.batches.at(-1)!.input).toMatchObject({
      kind: 'files',
      files: [{ path: bench.path('a.jsonl') }],
    });
  });

  it('reach a server in frames', async () => {
    const bench = new Bench();
    bench.format = whole;
    bench.formats = [whole];
    bench.store = { ...bench.store, readsFiles: false };
    bench.write('a.jsonl', `${bench.lines(20)}{"broken\n${bench.lines(3)}`);
    const tail = await bench.started({}, { chunkBytes: 700 });
    await tail.idle();
    expect(await bench.events()).toBe(23);
    expect((await bench.rejected()).map(({ record }) => record)).toEqual([21]);
  });
});

describe('a folder whose files are recognised', () => {
  const table: Format = {
    name: 'test-csv',
    title: 'test export',
    layout: 'table',
    unit: 'record',
    columns: [
      { name: 'time', headers: ['Time'], required: true },
      { name: 'tokens', headers: ['Tokens'], required: true },
    ],
    recognise: (sample) => (sample.table?.columns.includes('Tokens') ? { is: 'this' } : { is: 'other' }),
    readSql:
      "SELECT path, record, if(toUInt64OrNull(tokens) IS NULL, 'no count', '') AS rejected, 'tokens' AS rejected_column, " +
      "ifNull(tokens, '') AS rejected_value, '' AS excerpt, reinterpretAsUInt128(sipHash128(time, path)) AS event_id, " +
      '{{arrived_at}} AS version, ' +
      "assumeNotNull(parseDateTime64BestEffortOrNull(ifNull(time, ''), 3, 'UTC')) AS ts, ifNull(toUInt64OrNull(tokens), 0) AS output_tokens FROM {{records}}",
  };

  it('takes transcripts and exports, and says of the others why not', async () => {
    const bench = new Bench();
    bench.format = 'auto';
    bench.formats = [claudeCode, table];
    bench.write('a.jsonl', bench.lines(2));
    bench.write('odd{1}.csv', 'Time,Tokens\n2026-01-01 00:00:00,5\n2026-01-01 00:00:01,6\n');
    bench.write('b.csv', 'Colour,Taste\nred,sweet\n');
    const tail = await bench.started();
    await tail.idle();
    expect(await bench.count()).toEqual({ events: 4, output: 13 });
    expect(tail.status().roots[0]).toMatchObject({
      files: 2,
      unrecognised: [{ path: bench.path('b.csv'), problem: expect.stringContaining('Colour') as string }],
    });
    writeFileSync(bench.path('b.csv'), 'Time,Tokens\n2026-01-01 00:00:00,7\n');
    appendFileSync(bench.path('odd{1}.csv'), '2026-01-01 00:00:02,8\n');
    await tail.idle();
    expect(await bench.count()).toEqual({ events: 6, output: 28 });
    expect(tail.status().roots[0]!.unrecognised).toEqual([]);
    writeFileSync(bench.path('b.csv'), bench.lines(3));
    await tail.idle();
    expect(await bench.events()).toBe(9);
    expect(readdirSync(join(bench.home, 'spool'))).toEqual([]);
  });
});

describe('whatever happens to files', () => {
  // The model runs in collector/sources/tail/tail.model.test.ts over many more cases, without ClickHouse.
  it('leaves the store with what was there when the tail looked', async () => {
    const counts = await runCases({
      folder: join(folder.path, 'model'),
      cases: 4,
      lanes: 1,
      most: 20,
      storeOf: engineStoreOf(store),
    });
    expect(counts).toMatchObject({ cases: 4, lost: 0, invented: 0, doubled: 0 });
  });
});

describe('stopping', () => {
  it('leaves no write under way and loses nothing', async () => {
    const bench = new Bench();
    for (let i = 0; i < 20; i++) bench.write(`s${i}.jsonl`, bench.lines(2));
    let writing = 0;
    const { write } = bench.store;
    bench.store = {
      ...bench.store,
      write: async (batch) => {
        writing++;
        try {
          return await write(batch);
        } finally {
          writing--;
        }
      },
    };
    const tail = bench.tail({}, { bulkFiles: 3 });
    const start = tail.start();
    await until(() => Promise.resolve(bench.batches.length > 2));
    await bench.stop(tail);
    await start;
    expect(writing).toBe(0);
    expect(await bench.events()).toBeLessThan(40);
    await bench.started();
    expect(await bench.events()).toBe(40);
  });
});
