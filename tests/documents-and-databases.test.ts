/** Whole documents and SQLite databases, followed and uploaded, with the real engine. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { droid } from '../collector/formats/droid/recognise.ts';
import type { Format } from '../collector/formats/format.ts';
import { geminiCli } from '../collector/formats/gemini-cli/recognise.ts';
import { builtInFormats } from '../collector/formats/index.ts';
import { openCode, openCodeJson } from '../collector/formats/opencode/recognise.ts';
import type { TailLimits } from '../collector/sources/tail/limits.ts';
import { QUICK } from '../collector/sources/tail/testing/quick-limits.ts';
import { createTail } from '../collector/sources/tail/tail.ts';
import type { Tail, TailOptions } from '../collector/sources/tail/types.ts';
import { createUploads, type Uploads } from '../collector/sources/upload/uploads.ts';
import { sqlString } from '../collector/store/sql.ts';
import type { Store } from '../collector/store/store.ts';
import type { Batch } from '../collector/store/types.ts';
import { silentTelemetry } from '../collector/telemetry.ts';
import { openTestStore, quiet, temporaryFolder } from './support/store.ts';

const TEMPLATES = join(import.meta.dirname, '../collector/formats/testing');
const folder = temporaryFolder('documents');
let store: Store;
let uploads: Uploads;
let cases = 0;
const running = new Set<Tail>();

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
  uploads = createUploads({
    ...{ store, formats: [arrayFormat, ...builtInFormats], dir: join(folder.path, 'uploads') },
    ...{ telemetry: silentTelemetry, log: quiet, retryDelaysMs: [] },
  });
  await uploads.start();
});
afterEach(async () => {
  for (const tail of running) await tail.stop();
  running.clear();
});
afterAll(async () => {
  await uploads.stop();
  await store.close();
  folder.remove();
});

/** A place of a test's own and what was written from it. */
class Place {
  readonly dataset = `case-${++cases}`;
  readonly path = join(folder.path, this.dataset, 'logs');
  batches: Batch[] = [];
  rejected: Record<string, number>[] = [];
  #writes = 0;

  constructor() {
    mkdirSync(this.path, { recursive: true });
  }

  file(name: string): string {
    return join(this.path, name);
  }

  tail(format: Format | 'auto', limits: Partial<TailLimits> = {}, more: Partial<TailOptions> = {}): Tail {
    const data = join(folder.path, this.dataset);
    const options: TailOptions = {
      roots: [{ format, path: this.path, dataset: this.dataset }],
      formats: builtInFormats,
      store: {
        write: async (batch) => {
          this.batches.push(batch);
          return await store.write(batch);
        },
        command: (sql) => store.command(sql),
        catchUp: () => store.catchUp(),
        readsFiles: true,
      },
      ...{ dataDir: data, spoolDir: join(data, 'spool'), log: quiet },
      telemetry: {
        ...silentTelemetry,
        batchStored: ({ rejectedByReason }) => void this.rejected.push(rejectedByReason),
      },
      ...more,
    };
    const tail = createTail(options, { ...QUICK, ...limits });
    running.add(tail);
    return tail;
  }

  async total(): Promise<number> {
    const rows = await store.rows<{ total: number }>(
      `SELECT sum(total_tokens) AS total FROM tallyd.usage WHERE dataset = '${this.dataset}'`,
    );
    return Number(rows[0]!.total);
  }

  async rejections(): Promise<{ path: string; reason: string }[]> {
    return await store.rows(
      `SELECT path, reason FROM tallyd.rejected_records FINAL WHERE dataset = '${this.dataset}'`,
    );
  }

  /** Rewrites a file later than before, as a clock sees it. */
  write(name: string, text: string): void {
    writeFileSync(this.file(name), text);
    const at = Date.now() / 1000 - 86_400 + ++this.#writes;
    utimesSync(this.file(name), at, at);
  }
}

function settings(session: number, tokens: number): string {
  const providerLockTimestamp = new Date(Date.UTC(2026, 2, 2) + session * 1000).toISOString();
  return JSON.stringify(
    { model: 'gpt-5', providerLock: 'openai', providerLockTimestamp, tokenUsage: { inputTokens: tokens } },
    undefined,
    2,
  );
}

function session(...messages: { id: string; output: number }[]): string {
  const gemini = messages.map(({ id, output }) => ({
    ...{ id, type: 'gemini', timestamp: '2026-03-02T09:00:00.000Z', model: 'gemini-2.5-pro' },
    tokens: { input: 10, output, total: 10 + output },
  }));
  const head = { sessionId: 's', projectHash: 'p', startTime: '2026-03-02T09:00:00.000Z' };
  return JSON.stringify({ ...head, messages: gemini }, undefined, 2);
}

describe('followed documents', () => {
  it('of thousands of sessions are read in a batch or two, each as one record', async () => {
    const place = new Place();
    for (let n = 0; n < 3000; n++) place.write(`${n}.settings.json`, settings(n, n + 1));
    await settled(place.tail(droid));
    expect(await place.total()).toBe((3000 * 3001) / 2);
    expect(place.batches.length).toBeLessThanOrEqual(2);
    expect(place.batches.map((batch) => batch.input.kind)).toContain('documents');
  });

  it('that grow count with what they say last', async () => {
    const place = new Place();
    place.write('a.settings.json', settings(100_000, 5));
    const tail = place.tail(droid);
    await settled(tail);
    place.write('a.settings.json', settings(100_000, 70));
    await tail.idle();
    expect(await place.total()).toBe(70);
  });

  it('with names that the engine would misread are framed whole', async () => {
    const place = new Place();
    place.write('a{1}*.settings.json', settings(100_001, 7));
    await settled(place.tail(droid));
    expect(await place.total()).toBe(7);
    expect(place.batches[0]!.input).toMatchObject({
      kind: 'frames',
      paths: [place.file('a{1}*.settings.json')],
    });
  });

  it('that are cut off are left until they are whole', async () => {
    const place = new Place();
    const whole = session({ id: `${place.dataset}-1`, output: 5 });
    writeFileSync(place.file('session.json'), whole.slice(0, -20));
    const tail = place.tail(geminiCli, { unfinishedDocumentMs: 600_000 });
    const started = tail.start();
    await waitFor(() => readFileSync(place.file('session.json')).length > 0);
    appendFileSync(place.file('session.json'), whole.slice(-20));
    await started;
    await tail.idle();
    expect(await place.total()).toBe(15);
    expect(await place.rejections()).toEqual([]);
  });

  it('that stay broken are rejected, and are so no more when they are mended', async () => {
    const place = new Place();
    const whole = session({ id: `${place.dataset}-1`, output: 5 }, { id: `${place.dataset}-2`, output: -1 });
    place.write('session.json', whole.slice(0, -20));
    place.write('other.json', '{"sessionId": "cut');
    const tail = place.tail(geminiCli, { unfinishedDocumentMs: 0 });
    await settled(tail);
    expect(await place.rejections()).toHaveLength(2);
    place.write('session.json', whole);
    await tail.idle();
    // the document is whole now, and one message of it is bad; the other file is as it was
    expect(await place.rejections()).toEqual(
      expect.arrayContaining([
        { path: place.file('session.json'), reason: 'a token count is negative or not a whole number' },
        { path: place.file('other.json'), reason: 'not valid JSON (cut off or broken)' },
      ]),
    );
    expect(await place.rejections()).toHaveLength(2);
    expect(await place.total()).toBe(15);
  });

  it('that are read again count a record that was rejected before once', async () => {
    const place = new Place();
    const bad = { id: `${place.dataset}-0`, output: -1 };
    place.write('session.json', session(bad));
    const tail = place.tail(geminiCli);
    await settled(tail);
    place.write('session.json', session(bad, { id: `${place.dataset}-1`, output: 5 }));
    await tail.idle();
    expect(place.rejected).toEqual([{ 'a token count is negative or not a whole number': 1 }, {}]);
  });

  it('that are too long to be held are said to be, and hold up nobody', async () => {
    const place = new Place();
    place.write('long.json', session({ id: `${place.dataset}-1`, output: 5 }));
    truncateSync(place.file('long.json'), 128 * 1024 * 1024 + 1);
    place.write('short.json', session({ id: `${place.dataset}-2`, output: 6 }));
    const tail = place.tail(geminiCli);
    await settled(tail);
    expect(await place.total()).toBe(16);
    expect(tail.status().roots[0]!.unrecognised).toEqual([
      { path: place.file('long.json'), problem: 'It has 129 MiB. A document is read whole, up to 128 MiB.' },
    ]);
  });

  it('that hold the records of an API are left to uploads', async () => {
    const place = new Place();
    place.write('records.json', '[{"api_record":"e0","tokens":1}]');
    const tail = place.tail('auto', {}, { formats: [arrayFormat] });
    await settled(tail);
    expect(place.batches).toEqual([]);
    expect(tail.status().roots[0]!.unrecognised[0]!.problem).toContain('push it with tallyd push');
  });

  it('that spell half a character are read all the same', async () => {
    const place = new Place();
    const whole = session({ id: `${place.dataset}-1`, output: 5 });
    place.write('session.json', whole.replace('"sessionId"', '"title": "cut \\ud83d", "sessionId"'));
    await settled(place.tail(geminiCli));
    expect(await place.total()).toBe(15);
    expect(await place.rejections()).toEqual([]);
  });
});

/** A message of OpenCode as its database holds it. */
function message(output: number, more: object = {}): string {
  const tokens = { input: 0, output, reasoning: 0, cache: { read: 0, write: 0 } };
  return JSON.stringify({
    role: 'assistant',
    modelID: 'gpt-5',
    time: { created: 1_772_442_000_000 },
    tokens,
    ...more,
  });
}

/** A program that has the database of a test open and writes to it. */
class Program {
  readonly table = `default.program_${++cases}`;
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    copyFileSync(join(TEMPLATES, 'opencode-empty.db'), path);
  }

  async open(): Promise<void> {
    await store.command(
      `CREATE TABLE ${this.table} (id Nullable(String), session_id Nullable(String), time_created Nullable(Int64), ` +
        `time_updated Nullable(Int64), data Nullable(String)) ENGINE = SQLite(${sqlString(this.path)}, 'message')`,
    );
  }

  async insert(id: string, data: string): Promise<void> {
    await store.command(`INSERT INTO ${this.table} VALUES (${sqlString(id)}, 's', 1, 1, ${sqlString(data)})`);
  }

  async close(): Promise<void> {
    await store.command(`DROP TABLE ${this.table} SYNC`);
  }
}

describe('followed databases', () => {
  it('are read with what stands only in the log beside them, as it is written', async () => {
    const place = new Place();
    const program = new Program(place.file('opencode.db'));
    await program.open();
    const main = statSync(program.path).mtimeMs;
    await program.insert(`${place.dataset}-1`, message(5));
    expect(readdirSync(place.path)).toContain('opencode.db-wal');
    const tail = place.tail(openCode);
    await settled(tail);
    expect(await place.total()).toBe(5);
    await program.insert(`${place.dataset}-2`, message(70));
    await waitFor(async () => (await place.total()) === 75);
    expect(statSync(program.path).mtimeMs).toBe(main);
    await program.close();
    await tail.idle();
    expect(await place.total()).toBe(75);
  });

  it('are never opened themselves, and their copies do not stay', async () => {
    const place = new Place();
    for (const name of ['schema-in-log.db', 'schema-in-log.db-wal'])
      copyFileSync(join(TEMPLATES, name), place.file(name));
    const before = readdirSync(place.path).map((name) => [
      name,
      readFileSync(place.file(name)).toString('hex'),
    ]);
    await settled(place.tail('auto'));
    expect(place.batches).toHaveLength(1);
    expect(place.batches[0]).toMatchObject({
      format: { name: 'opencode' },
      input: { kind: 'sqlite', origin: place.file('schema-in-log.db') },
    });
    expect(
      readdirSync(place.path).map((name) => [name, readFileSync(place.file(name)).toString('hex')]),
    ).toEqual(before);
    expect(readdirSync(join(folder.path, place.dataset, 'spool'))).toEqual([]);
    if (existsSync('/proc/self/fd')) expect(openFiles().filter((path) => path.includes('spool'))).toEqual([]);
  });

  it('and their backups and the files of earlier versions count a message once', async () => {
    const place = new Place();
    const program = new Program(place.file('opencode.db'));
    const id = `${place.dataset}-1`;
    await program.open();
    await program.insert(id, message(5));
    for (const ending of ['', '-wal'])
      copyFileSync(program.path + ending, place.file(`opencode-backup.db${ending}`));
    await program.insert(`${place.dataset}-2`, message(70));
    place.write('msg.json', message(5, { id, sessionID: 's' }));
    await settled(place.tail('auto'));
    expect(await place.total()).toBe(75);
    expect(
      await store.rows(`SELECT DISTINCT source FROM tallyd.usage WHERE dataset = '${place.dataset}'`),
    ).toEqual([{ source: 'opencode' }]);
  });

  it('in the middle of a transaction are read as they were before it', async () => {
    const place = new Place();
    for (const ending of ['', '-journal'])
      copyFileSync(join(TEMPLATES, `hot-journal.db${ending}`), place.file(`opencode.db${ending}`));
    await settled(place.tail(openCode));
    expect(await place.total()).toBe(20);
    expect(readdirSync(place.path)).toEqual(['opencode.db', 'opencode.db-journal']);
  });

  it('are found through a link, with the log beside the file it leads to', async () => {
    const place = new Place();
    const elsewhere = new Place();
    const program = new Program(elsewhere.file('opencode.db'));
    await program.open();
    await program.insert(`${place.dataset}-1`, message(5));
    symlinkSync(program.path, place.file('opencode.db'));
    await settled(place.tail(openCode));
    expect(await place.total()).toBe(5);
  });

  it('are not read where a server stores, and that is said', async () => {
    const place = new Place();
    copyFileSync(join(TEMPLATES, 'opencode-empty.db'), place.file('opencode.db'));
    const elsewhere = { write: () => Promise.reject(new Error('not asked')), readsFiles: false };
    const tail = place.tail(
      openCode,
      {},
      {
        store: { ...elsewhere, command: (sql) => store.command(sql), catchUp: () => store.catchUp() },
      },
    );
    await settled(tail);
    expect(tail.status().roots[0]!.unrecognised[0]!.problem).toContain('embedded engine only');
  });

  it('that are too large are said to be', async () => {
    const place = new Place();
    copyFileSync(join(TEMPLATES, 'opencode-empty.db'), place.file('opencode.db'));
    const tail = place.tail(openCode, { databaseBytes: 1024 });
    await settled(tail);
    expect(tail.status().roots[0]!.unrecognised[0]!.problem).toMatch(/^It has 0\.0 GiB; databases of up to/);
  });
});

/** Records as an API gives them: lines, one array, or a page. */
const arrayFormat: Format = {
  name: 'api-records',
  title: 'records of an API',
  layout: 'lines',
  unit: 'record',
  arrays: ['', 'data'],
  recognise: ({ head }) => ({ is: head.includes('"api_record"') ? 'this' : 'other' }),
  readSql: `
SELECT path, record, if(isValidJSON(line), '', 'not valid JSON') AS rejected, '' AS rejected_column, '' AS rejected_value,
    substring(line, 1, 40) AS excerpt,
    reinterpretAsUInt128(sipHash128('api', JSONExtractString(line, 'api_record'))) AS event_id, toUInt128(1) AS version,
    toDateTime64('2026-03-02 09:00:00', 3, 'UTC') AS ts, JSONExtractUInt(line, 'tokens') AS output_tokens
FROM {{records}}`,
};

async function upload(name: string, bytes: Buffer, dataset: string) {
  async function* body(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(bytes);
  }
  const { id } = await uploads.receive(body(), { name, dataset });
  const outcome = await uploads.wait(id);
  return { ...outcome!.report, problem: outcome!.problem?.message };
}

describe('an upload', () => {
  it.each([
    ['lines', '{"api_record":"a0","tokens":1}\n{"api_record":"a1","tokens":2}\n'],
    ['one array', '[{"api_record":"b0","tokens":1},\n {"api_record":"b1","tokens":2}]'],
    [
      'a page',
      '{\n "data": [\n {"api_record":"c0","tokens":1},\n {"api_record":"c1","tokens":2}],\n "meta": {"page": 1}\n}\n',
    ],
  ])('may hold its records as %s', async (kind, text) => {
    const report = await upload('records.json', Buffer.from(text), kind);
    expect(report).toMatchObject({ status: 'done', rows: { read: 2, accepted: 2, rejected: 0 } });
  });

  it('of an array that is cut off is an error', async () => {
    const report = await upload('cut.json', Buffer.from('[{"api_record":"d0","tokens":1},{"api_re'), 'cut');
    expect(report.rows).toMatchObject({ read: 1, rejected: 1 });
    expect(report.problem).toContain('no record of cut.json could be read');
  });

  it('of a database reads its table', async () => {
    const fixture = join(import.meta.dirname, '../collector/formats/opencode/fixtures/opencode.db');
    const report = await upload('opencode.db', readFileSync(fixture), 'uploaded');
    expect(report).toMatchObject({ format: 'opencode', rows: { read: 9, accepted: 6, rejected: 3 } });
    expect(readdirSync(join(folder.path, 'uploads'))).toEqual([]);
  });

  it('of a database that is cut off says so', async () => {
    const fixture = join(import.meta.dirname, '../collector/formats/opencode/fixtures/opencode.db');
    const report = await upload('opencode.db', readFileSync(fixture).subarray(0, 6000), 'cut database');
    expect(report).toMatchObject({ status: 'failed', rows: { accepted: 0 } });
    expect(report.problem).toContain('the SQLite database cannot be read');
  });

  it('of a document reads it whole, with several lines as well', async () => {
    const report = await upload('x.settings.json', Buffer.from(settings(200_000, 9)), 'uploaded');
    expect(report).toMatchObject({ format: 'droid', rows: { read: 1, accepted: 1 } });
    const lines = readFileSync(
      join(import.meta.dirname, '../collector/formats/gemini-cli/fixtures/session-lines.jsonl'),
    );
    expect(await upload('session.jsonl', lines, 'uploaded')).toMatchObject({
      format: 'gemini-cli',
      rows: { read: 4, accepted: 2, rejected: 1 },
    });
  });

  it('of a database of another program names its tables', async () => {
    const bytes = readFileSync(join(TEMPLATES, 'goose-empty.db'));
    async function* body(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(bytes);
    }
    await expect(uploads.receive(body(), { name: 'x.db', format: 'opencode' })).rejects.toThrow(
      '"x.db" cannot be read as opencode: it has no table "message", but the tables "',
    );
  });
});

it('the formats of one agent are told apart by the shape of the file', () => {
  expect([openCode.layout, openCodeJson.layout]).toEqual(['sqlite', 'document']);
  expect(openCodeJson.source).toBe(openCode.name);
});

/** Everything that was there is stored, and so is what was too new at the start. */
async function settled(tail: Tail): Promise<void> {
  await tail.start();
  await tail.idle();
}

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return ''; // closed since it was listed
    }
  });
}

async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
