/** Followed files that are damaged, with the real engine: what is good is stored, what is not is told, mended files are read again. */
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { messageTables } from '../collector/demo/opencode.ts';
import { sqliteFile } from '../collector/demo/sqlite-file.ts';
import { claudeCode } from '../collector/formats/claude-code/recognise.ts';
import type { Format } from '../collector/formats/format.ts';
import { geminiCli } from '../collector/formats/gemini-cli/recognise.ts';
import { builtInFormats } from '../collector/formats/index.ts';
import { QUICK } from '../collector/sources/tail/testing/quick-limits.ts';
import type { TailLimits } from '../collector/sources/tail/limits.ts';
import { createTail } from '../collector/sources/tail/tail.ts';
import type { Tail } from '../collector/sources/tail/types.ts';
import { claudeLine } from '../collector/sources/upload/testing.ts';
import { createUploads, type Uploads } from '../collector/sources/upload/uploads.ts';
import { sqlString } from '../collector/store/sql.ts';
import type { Store } from '../collector/store/store.ts';
import type { RowCounts } from '../collector/store/types.ts';
import { silentTelemetry } from '../collector/telemetry.ts';
import { openTestStore, quiet, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('damaged-files');
let store: Store;
let uploads: Uploads;
let cases = 0;
const running = new Set<Tail>();

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
  uploads = createUploads({
    ...{ store, formats: builtInFormats, dir: join(folder.path, 'uploads') },
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

/** A followed folder of a test's own. */
class Place {
  readonly dataset = `case-${++cases}`;
  readonly logs = join(folder.path, this.dataset, 'logs');
  readonly spool = join(folder.path, this.dataset, 'spool');
  /** Batches that were given to the store. */
  batches = 0;

  constructor() {
    mkdirSync(this.logs, { recursive: true });
  }

  at(name: string): string {
    return join(this.logs, name);
  }

  write(name: string, content: string | Buffer): void {
    writeFileSync(this.at(name), content);
  }

  async follow(format: Format | 'auto' = 'auto', limits: Partial<TailLimits> = {}): Promise<Tail> {
    const tail = createTail(
      {
        roots: [{ format, path: this.logs, dataset: this.dataset }],
        formats: builtInFormats,
        store: {
          write: async (batch) => {
            this.batches++;
            return await store.write(batch);
          },
          command: (sql) => store.command(sql),
          catchUp: () => store.catchUp(),
          readsFiles: true,
        },
        ...{ dataDir: join(folder.path, this.dataset), spoolDir: this.spool },
        ...{ log: quiet, telemetry: silentTelemetry },
      },
      { ...QUICK, ...limits },
    );
    running.add(tail);
    await tail.start();
    await tail.idle();
    return tail;
  }

  /** What the events of the folder say in a column, in its order. */
  async stored(column: 'user' | 'request_id' | 'output_tokens'): Promise<string[]> {
    const rows = await store.rows<{ value: string }>(
      `SELECT toString(${column}) AS value FROM tallyd.usage WHERE dataset = '${this.dataset}' ORDER BY value`,
    );
    return rows.map(({ value }) => value);
  }

  /** `file:line reason` of every rejected record. */
  async rejected(): Promise<string[]> {
    const rows = await store.rows<{ path: string; line: number; reason: string }>(
      `SELECT path, toUInt32(line) AS line, reason FROM tallyd.rejected_records FINAL ` +
        `WHERE dataset = '${this.dataset}' ORDER BY path, line`,
    );
    return rows.map(({ path, line, reason }) => `${path.slice(this.logs.length + 1)}:${line} ${reason}`);
  }

  /** Why files are not read, as doctor finds it. */
  async problems(): Promise<Record<string, string>> {
    const rows = await store.rows<{ path: string; problem: string }>(
      `SELECT path, problem FROM tallyd.tailed_files WHERE dataset = '${this.dataset}' AND problem != ''`,
    );
    return Object.fromEntries(rows.map(({ path, problem }) => [path.slice(this.logs.length + 1), problem]));
  }
}

/** What becomes of an upload: its rows, and the sentence where it is refused or failed. */
async function pushed(name: string, content: Buffer): Promise<{ rows?: RowCounts; problem?: string }> {
  async function* body(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(content);
  }
  try {
    const { id } = await uploads.receive(body(), { name, dataset: 'pushed' });
    const { report, problem } = (await uploads.wait(id))!;
    return { rows: report.rows, ...(problem && { problem: problem.message }) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

const HEADER =
  'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n';
let rows = 0;
/** A row that no other row repeats. `user` as it stands in the file. */
function row(user: string): string {
  const at = new Date(Date.UTC(2026, 1, 1) + ++rows * 1000).toISOString();
  return `"${at}",${user},"Included","claude-4.5-sonnet","No","10","20","30","40","100","0.1"\n`;
}

describe('a followed table', () => {
  it('with broken quoting loses the broken records alone, told by file and line', async () => {
    const place = new Place();
    place.write('open.csv', HEADER + row('a1') + row('"never closed') + row('a2') + row('a3'));
    place.write('after.csv', HEADER + row('b1') + row('"x"y') + row('b2'));
    place.write('whole.csv', HEADER + row('c1'));
    const tail = await place.follow();
    expect(await place.stored('user')).toEqual(['"x"y', 'a1', 'a2', 'a3', 'b1', 'b2', 'c1']);
    expect(await place.rejected()).toEqual([expect.stringMatching(/^open\.csv:3 /)]);
    expect(tail.status().roots[0]!.errors).toEqual([]);
    expect(readdirSync(place.spool)).toEqual([]);
  });

  it('gives the events that an upload of it gives, whatever its quoting and encoding', async () => {
    const place = new Place();
    const files = {
      'quotes.csv': Buffer.from(HEADER + row('d1') + row('"x"y') + row('"open') + row('d2')),
      'excel.csv': Buffer.from(HEADER + row('José') + row('Zoë'), 'latin1'),
    };
    for (const [name, content] of Object.entries(files)) place.write(name, content);
    await place.follow();
    const events = await place.stored('user');
    expect(events).toEqual(['"x"y', 'José', 'Zoë', 'd1', 'd2'].sort());
    for (const [name, content] of Object.entries(files)) {
      const { rows } = await pushed(name, content);
      expect(rows).toMatchObject({ accepted: 0 });
    }
  });

  it('that is mended is read again, and its record is rejected no more', async () => {
    const place = new Place();
    const good = row('mended');
    place.write('mend.csv', HEADER + row('e1') + good.replace('mended', '"mended'));
    const tail = await place.follow();
    expect(await place.rejected()).toHaveLength(1);
    place.write('mend.csv', HEADER + row('e1') + good);
    await tail.idle();
    expect(await place.stored('user')).toContain('mended');
    expect(await place.rejected()).toEqual([]);
  });
});

describe('a followed log', () => {
  const line = (output: number): string => `${claudeLine(`msg_${++rows}`, output)}\n`;
  const BROKEN = 'not valid JSON (cut off or broken)';

  it('loses its damaged lines alone, told by file and line, on a first read and while it grows', async () => {
    const place = new Place();
    const half = line(0).slice(0, 60);
    const damaged: Record<string, [content: string, problems: string[]]> = {
      'zeros.jsonl': [line(1) + `${'\0'.repeat(4096)}\n` + line(2), [`2 ${BROKEN}`]],
      'zeros-first.jsonl': [`${'\0'.repeat(4096)}\n` + line(3), [`1 ${BROKEN}`]],
      'bytes.jsonl': [line(4) + '{"type":"assistant","x":"\xff\xfe\n' + line(5), [`2 ${BROKEN}`]],
      'half.jsonl': [`${line(6)}${half}\n${line(7)}`, [`2 ${BROKEN}`]],
      // of two lines in one, what is whole is read
      'glued.jsonl': [`${line(8)}${half}${line(9)}`, [`2 ${BROKEN}`]],
      'long.jsonl': [line(10) + line(11).replace('/src/a', 'x'.repeat(20_000_000)) + line(12), []],
      'unfinished.jsonl': [line(13) + half, []],
      'whole.jsonl': [line(14), []],
    };
    for (const [name, [content]] of Object.entries(damaged))
      place.write(name, Buffer.from(content, 'latin1'));
    const tail = await place.follow(claudeCode);
    const numbers = (upTo: number): string[] => Array.from({ length: upTo }, (_, i) => String(i + 1)).sort();
    const told = Object.entries(damaged).flatMap(([name, [, problems]]) =>
      problems.map((one) => `${name}:${one}`),
    );
    expect(await place.stored('output_tokens')).toEqual(numbers(14));
    expect(await place.rejected()).toEqual(told.sort());
    appendFileSync(place.at('whole.jsonl'), `${'\0'.repeat(9000)}\n${half}\n${line(15)}`);
    await tail.idle();
    expect(await place.stored('output_tokens')).toEqual(numbers(15));
    told.push(`whole.jsonl:2 ${BROKEN}`, `whole.jsonl:3 ${BROKEN}`);
    expect(await place.rejected()).toEqual(told.sort());
    expect(tail.status().roots[0]).toMatchObject({ errors: [], unrecognised: [] });
  });

  it('in UTF-16, or replaced by something binary, harms no other file, and counts again when it is written anew', async () => {
    const place = new Place();
    const [one, two, three, four] = [line(1), line(2), line(3), line(4)];
    place.write('utf16.jsonl', Buffer.from(`\uFEFF${one}`, 'utf16le'));
    place.write('replaced.jsonl', two);
    const tail = await place.follow();
    expect(tail.status().roots[0]!.unrecognised).toEqual([
      { path: place.at('utf16.jsonl'), problem: expect.stringContaining('is UTF-16 text') as string },
    ]);
    place.write('replaced.jsonl', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)));
    place.write('other.jsonl', three);
    await tail.idle();
    expect(await place.stored('output_tokens')).toEqual(['2', '3']);
    place.write('utf16.jsonl', one);
    place.write('replaced.jsonl', two + four);
    await tail.idle();
    expect(await place.stored('output_tokens')).toEqual(['1', '2', '3', '4']);
    expect(await place.rejected()).toEqual([]);
    expect(tail.status().roots[0]).toMatchObject({ errors: [], unrecognised: [] });
  });

  it('whose damaged line is mended by a rewriting has it rejected no more', async () => {
    const place = new Place();
    const [one, two, three] = [line(1), line(2), line(3)];
    place.write('mend.jsonl', `${one.slice(0, 50)}\n${two}`);
    const tail = await place.follow(claudeCode);
    expect(await place.rejected()).toEqual([`mend.jsonl:1 ${BROKEN}`]);
    place.write('mend.jsonl', one + two + three);
    await tail.idle();
    expect(await place.stored('output_tokens')).toEqual(['1', '2', '3']);
    expect(await place.rejected()).toEqual([]);
  });
});

describe('a followed document', () => {
  const session = (...outputs: number[]): string =>
    JSON.stringify({
      ...{ sessionId: 's', projectHash: 'p', startTime: '2026-03-02T09:00:00.000Z' },
      messages: outputs.map((output) => ({
        ...{
          id: `m${++rows}`,
          type: 'gemini',
          timestamp: '2026-03-02T09:00:00.000Z',
          model: 'gemini-2.5-pro',
        },
        tokens: { input: 10, output, total: 10 + output },
      })),
    });

  it.each([
    ['cut off', (text: string) => text.slice(0, -30)],
    ['overwritten in its middle', (text: string) => `${text.slice(0, 150)}\0\0\0\0${text.slice(154)}`],
    ['with a hole in its middle', (text: string) => text.replace('"tokens":{', '"tok')],
  ])('%s is rejected, harms no other, and counts when it is whole', async (_title, damage) => {
    const place = new Place();
    const whole = session(1, 2);
    place.write('damaged.json', damage(whole));
    place.write('whole.json', session(3));
    const tail = await place.follow(geminiCli, { unfinishedDocumentMs: 0 });
    expect(await place.stored('output_tokens')).toEqual(['3']);
    expect(await place.rejected()).toEqual(['damaged.json:0 not valid JSON (cut off or broken)']);
    place.write('damaged.json', whole);
    await tail.idle();
    expect(await place.stored('output_tokens')).toEqual(['1', '2', '3']);
    expect(await place.rejected()).toEqual([]);
  });
});

describe('a followed database', () => {
  const PAGE = 4096;
  /** A database with so many messages, each of an own count. */
  const database = (outputs: readonly number[]): Buffer =>
    sqliteFile(
      messageTables(
        outputs.map((output) => ({ id: `m${++rows}`, sessionId: 's', data: message(output), before: '' })),
      ),
    );
  const message = (output: number): string =>
    JSON.stringify({
      ...{ role: 'assistant', modelID: 'gpt-5', time: { created: 1_772_442_000_000 } },
      tokens: { input: 0, output, reasoning: 0, cache: { read: 0, write: 0 } },
      text: 'x'.repeat(1000),
    });
  const many = Array.from({ length: 60 }, (_, i) => i + 100);

  it.each([
    [
      'with a page overwritten in its middle',
      (bytes: Buffer) => Buffer.from(bytes).fill(0x5a, 5 * PAGE, 6 * PAGE),
    ],
    ['with zeros for the pages behind its first', (bytes: Buffer) => Buffer.from(bytes).fill(0, PAGE)],
    ['cut off at a page', (bytes: Buffer) => bytes.subarray(0, 4 * PAGE)],
    ['cut off within a page', (bytes: Buffer) => bytes.subarray(0, 4 * PAGE + 100)],
  ])('%s is set aside with a sentence, tried once, and read when it is whole', async (_title, damage) => {
    const place = new Place();
    const whole = database(many);
    place.write('opencode-damaged.db', damage(whole));
    expect((await pushed('opencode.db', damage(whole))).problem).toMatch(
      /^the SQLite database cannot be read: .*malformed.*send the copy\.$/,
    );
    place.write('opencode.db', database([1]));
    const tail = await place.follow();
    expect(await place.stored('output_tokens')).toEqual(['1']);
    const tries = place.batches;
    await tail.idle();
    expect(place.batches).toBe(tries);
    await vi.waitFor(async () =>
      expect(await place.problems()).toEqual({
        'opencode-damaged.db': expect.stringMatching(
          /^The database cannot be read, and is read again when it changes: .+/,
        ) as string,
      }),
    );
    expect(tail.status().roots[0]!.errors).toHaveLength(1);
    expect(readdirSync(place.spool)).toEqual([]);
    place.write('opencode-damaged.db', whole);
    await tail.idle();
    expect(await place.stored('output_tokens')).toHaveLength(1 + many.length);
    await vi.waitFor(async () => expect(await place.problems()).toEqual({}));
    expect(tail.status().roots[0]!.errors).toEqual([]);
  });

  /** Fills a database through SQLite itself, and gives its files while the log beside it is not merged. */
  async function withLog(outputs: readonly number[]): Promise<{ main: Buffer; log: Buffer }> {
    const path = join(folder.path, `log-${++cases}.db`);
    const table = `default.log_${cases}`;
    copyFileSync(join(import.meta.dirname, '../collector/formats/testing/opencode-empty.db'), path);
    await store.command(
      `CREATE TABLE ${table} (id String, session_id String, time_created Int64, time_updated Int64, data String) ` +
        `ENGINE = SQLite(${sqlString(path)}, 'message')`,
    );
    for (const output of outputs)
      await store.command(
        `INSERT INTO ${table} VALUES ('m${++rows}', 's', 1, 1, ${sqlString(message(output))})`,
      );
    const files = { main: readFileSync(path), log: readFileSync(`${path}-wal`) };
    await store.command(`DROP TABLE ${table} SYNC`);
    return files;
  }

  it('whose log is damaged gives what the log holds up to there, and the rest when the log is whole', async () => {
    const place = new Place();
    const { main, log } = await withLog([1, 2, 3]);
    const damaged = Buffer.from(log).fill(0x5a, log.length - 2000);
    place.write('opencode.db', main);
    place.write('opencode.db-wal', damaged);
    const tail = await place.follow();
    expect(await place.stored('output_tokens')).toEqual(['1', '2']);
    place.write('opencode.db-wal', log);
    await tail.idle();
    expect(await place.stored('output_tokens')).toEqual(['1', '2', '3']);
    await vi.waitFor(async () => expect(await place.problems()).toEqual({}));
  });

  it('whose log is lost, or that is empty yet, holds up nobody, and is read when it is whole', async () => {
    const place = new Place();
    const { main, log } = await withLog([1, 2]);
    place.write('opencode.db', main);
    place.write('opencode-new.db', '');
    place.write('opencode-other.db', database([3]));
    const tail = await place.follow();
    expect(await place.stored('output_tokens')).toEqual(['3']);
    place.write('opencode.db-wal', log);
    place.write('opencode-new.db', database([4]));
    await tail.idle();
    expect(await place.stored('output_tokens')).toEqual(['1', '2', '3', '4']);
    expect(tail.status().roots[0]!.errors).toEqual([]);
  });
});

describe('a pushed Parquet file', () => {
  let whole: Buffer;
  beforeAll(async () => {
    const path = join(folder.path, 'langfuse.parquet');
    await store.command(
      `INSERT INTO FUNCTION file(${sqlString(path)}, 'Parquet') SELECT 'GENERATION' AS type, concat('g', toString(number)) AS id, ` +
        `'t' AS trace_id, toDateTime64('2026-03-02 09:00:00', 3, 'UTC') + number AS start_time, 'gpt-5' AS provided_model_name, ` +
        `map('input', 1000 + number, 'output', cityHash64(number) % 100000) AS usage_details FROM numbers(20000)`,
    );
    whole = readFileSync(path);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -100)],
    [
      'overwritten in its middle',
      (bytes: Buffer) => Buffer.from(bytes).fill(0x5a, bytes.length >> 2, (bytes.length >> 2) + 5000),
    ],
    [
      'with a damaged footer',
      (bytes: Buffer) => Buffer.from(bytes).fill(0x5a, bytes.length - 200, bytes.length - 60),
    ],
    [
      'with a footer that says a wrong length',
      (bytes: Buffer) => Buffer.from(bytes).fill(0xff, bytes.length - 8, bytes.length - 4),
    ],
  ])('that is %s is refused with a sentence', async (_title, damage) => {
    const { problem } = await pushed('x.parquet', damage(whole));
    expect(problem).toMatch(/Parquet.*(?:damaged|cut off).*\.$/);
    expect(problem).not.toContain(folder.path);
  });

  it('that is whole is stored', async () => {
    expect((await pushed('x.parquet', whole)).rows).toMatchObject({ accepted: 20_000 });
  });
});
