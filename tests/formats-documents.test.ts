/** Agents that rewrite their files, as generated with every quirk, in every order, against the truth. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AMP_VARIANTS, generateAmp } from '../collector/demo/amp.ts';
import { CLINE_VARIANTS, generateCline } from '../collector/demo/cline.ts';
import { generateDroid } from '../collector/demo/droid.ts';
import { GEMINI_VARIANTS, generateGeminiCli } from '../collector/demo/gemini-cli.ts';
import { generateGoose, type SessionRow, sessionTable } from '../collector/demo/goose.ts';
import { generateKilo } from '../collector/demo/kilo.ts';
import { generateOpenCode, legacyFile, type MessageRow, messageTables } from '../collector/demo/opencode.ts';
import { Prng } from '../collector/demo/prng.ts';
import type { Rewritten, RewrittenOptions, TrueUsage } from '../collector/demo/rewritten.ts';
import { shuffledTable, sqliteFile, type SqliteTable } from '../collector/demo/sqlite-file.ts';
import type { GeneratedFile } from '../collector/demo/truth.ts';
import { amp } from '../collector/formats/amp/recognise.ts';
import { cline } from '../collector/formats/cline/recognise.ts';
import { droid } from '../collector/formats/droid/recognise.ts';
import type { Format } from '../collector/formats/format.ts';
import { geminiCli } from '../collector/formats/gemini-cli/recognise.ts';
import { goose } from '../collector/formats/goose/recognise.ts';
import { builtInFormats } from '../collector/formats/index.ts';
import { kilo } from '../collector/formats/kilo/recognise.ts';
import { openCode, openCodeJson } from '../collector/formats/opencode/recognise.ts';
import { readSample, recogniseSample } from '../collector/formats/recognise.ts';
import { sqlString } from '../collector/store/sql.ts';
import type { Store } from '../collector/store/store.ts';
import type { Batch, BatchInput } from '../collector/store/types.ts';
import { openTestStore, temporaryFolder } from './support/store.ts';

const TEMPLATES = join(import.meta.dirname, '../collector/formats/testing');
const FROM = Date.UTC(2026, 2, 2, 9);
const folder = temporaryFolder('rewritten');
let store: Store;
let places = 0;
let months = 0;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

/** Times are part of an identity, so every corpus has its own. */
const nextMonth = (): number => FROM + ++months * 31 * 86_400_000;

const newPlace = (): string => join(folder.path, `place-${++places}`);

function put(files: readonly GeneratedFile<string | Buffer>[]): string[] {
  const place = newPlace();
  return files.map(({ path, content }) => {
    const file = join(place, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  });
}

async function write(format: Format, dataset: string, input: BatchInput, arrivedAt: number): Promise<number> {
  const batch: Batch = {
    format,
    dataset,
    input,
    uploadId: `${arrivedAt}`,
    arrivedAt,
    mode: 'append',
    live: false,
    // nothing here looks at sums per hour, a third of what a small batch costs
    moreFollows: true,
  };
  return (await store.write(batch)).rows.rejected;
}

function documents(files: readonly GeneratedFile[]): BatchInput {
  return { kind: 'documents', files: put(files).map((path) => ({ path, size: 1 })) };
}

async function stored(dataset: string): Promise<string[]> {
  const rows = await store.rows<StoredUsage>(
    `SELECT toUnixTimestamp64Milli(ts) AS ts, session_id AS sessionId, model, status, input_tokens AS input, ` +
      `cache_write_5m_tokens + cache_write_1h_tokens AS cacheWrite, cache_read_tokens AS cacheRead, output_tokens AS output, ` +
      `reasoning_tokens AS reasoning, unclassified_tokens AS unclassified, ` +
      `toString(ifNull(reported_cost_usd, 0)) AS reportedCostUsd FROM tallyd.usage ` +
      `WHERE dataset = '${dataset}' AND total_tokens = input + cacheWrite + cacheRead + output + unclassified`,
  );
  return rows.map(comparable).sort();
}

type StoredUsage = Record<Exclude<keyof TrueUsage, 'reportedCostUsd'>, number | string> & {
  reportedCostUsd?: string;
};

const COUNTS = ['input', 'cacheWrite', 'cacheRead', 'output', 'reasoning', 'unclassified'] as const;

function comparable(event: StoredUsage): string {
  const { ts, sessionId, model, status, reportedCostUsd = '0' } = event;
  const counts = COUNTS.map((name) => Number(event[name]));
  return JSON.stringify([Number(ts), sessionId, model, status, ...counts, Number(reportedCostUsd)]);
}

const expected = (truth: readonly TrueUsage[]): string[] => truth.map(comparable).sort();

interface Kind {
  name: string;
  format: Format;
  generate: (options: RewrittenOptions) => Rewritten;
}

const DOCUMENTS: Kind[] = [
  ...GEMINI_VARIANTS.map((variant) => ({
    ...{ name: `gemini-cli ${variant}`, format: geminiCli },
    generate: (options: RewrittenOptions) => generateGeminiCli({ ...options, variant }),
  })),
  ...AMP_VARIANTS.map((variant) => ({
    ...{ name: `amp ${variant}`, format: amp },
    generate: (options: RewrittenOptions) => generateAmp({ ...options, variant }),
  })),
  ...CLINE_VARIANTS.map((variant) => ({
    ...{ name: `cline ${variant}`, format: cline },
    generate: (options: RewrittenOptions) => generateCline({ ...options, variant }),
  })),
  { name: 'droid', format: droid, generate: generateDroid },
];

describe.each(DOCUMENTS)('documents of $name', ({ name, format, generate }) => {
  it.each([1, 2])(
    'give the totals they were made with, in whatever order they come (seed %i)',
    async (seed) => {
      const dataset = `${name} ${seed}`;
      const { files, earlier, truth, rejected } = generate({ seed, sessions: 30, from: nextMonth() });
      const prng = new Prng(dataset);
      const half = prng.shuffled(files);
      const cut = prng.int(1, files.length - 1);
      const batches = prng.shuffled([
        { input: documents(earlier), arrivedAt: 1 },
        { input: documents(half.slice(0, cut)), arrivedAt: 2 },
        { input: documents(half.slice(cut)), arrivedAt: 3 },
      ]);
      for (const { input, arrivedAt } of batches) await write(format, dataset, input, arrivedAt);
      expect(await stored(dataset)).toEqual(expected(truth));
      // everything again, under another dataset: nothing is new, and the bad records are the same
      expect(await write(format, `${dataset} again`, documents(files), 4)).toBe(rejected);
      expect(await stored(`${dataset} again`)).toEqual([]);
      expect(await stored(dataset)).toEqual(expected(truth));
    },
  );

  it('are recognised as such and as nothing else', async () => {
    const { files, earlier } = generate({ seed: 3, sessions: 8, from: FROM });
    for (const path of put([...files, ...earlier])) {
      const found = recogniseSample(await readSample(path), builtInFormats);
      expect('format' in found ? found.format.name : found.problem).toBe(format.name);
    }
  });
});

/** A database with rows in one of its tables, written by the engine. */
async function database(
  template: string,
  table: string,
  columns: string[],
  rows: (string | number | null)[][],
): Promise<string> {
  const path = `${newPlace()}.db`;
  copyFileSync(join(TEMPLATES, template), path);
  const literal = (value: string | number | null) =>
    typeof value === 'string' ? sqlString(value) : String(value ?? 'NULL');
  const values = rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ');
  await store.command(
    `INSERT INTO FUNCTION sqlite(${sqlString(path)}, ${sqlString(table)}) (${columns.join(', ')}) VALUES ${values}`,
  );
  return path;
}

/** As a database that the demo writes; the table is that which the format reads. */
function asWritten(name: string, tables: readonly SqliteTable[]): BatchInput {
  const [path = ''] = put([{ path: name, content: sqliteFile(tables) }]);
  return { kind: 'sqlite', path, origin: name, table: tables.at(-1)!.name };
}

/** The same with the schema of the program, written by the engine. */
async function messageDatabase(rows: readonly MessageRow[]): Promise<BatchInput> {
  const columns = ['id', 'session_id', 'time_created', 'time_updated', 'data'];
  const path = await database(
    'opencode-empty.db',
    'message',
    columns,
    rows.map((row) => [row.id, row.sessionId, 1, 1, row.data]),
  );
  return { kind: 'sqlite', path, origin: 'opencode.db', table: 'message' };
}

const MESSAGES = [
  { name: 'opencode', format: openCode, generate: generateOpenCode },
  { name: 'kilo', format: kilo, generate: generateKilo },
];

describe.each(MESSAGES)('databases of $name', ({ name, format, generate }) => {
  const written = (rows: readonly MessageRow[], of: 'data' | 'before' = 'data') =>
    asWritten(`${name}.db`, messageTables(rows, of));

  it.each([1, 2])(
    'give the totals they were made with, shuffled, split, with unknown columns and twice (seed %i)',
    async (seed) => {
      const { rows, truth, rejected } = generate({ seed, sessions: 25, from: FROM });
      const prng = new Prng(seed);
      const dataset = `${name} ${seed}`;
      const mixed = prng.shuffled(rows);
      const [, table] = messageTables(mixed.slice(rows.length / 3));
      const inputs = prng.shuffled([
        written(rows, 'before'),
        written(mixed.slice(0, rows.length / 2)),
        asWritten(`${name}.db`, [shuffledTable(prng, table)]),
      ]);
      for (const [i, input] of inputs.entries()) await write(format, dataset, input, i + 1);
      expect(await stored(dataset)).toEqual(expected(truth));
      // as the program itself keeps them
      expect(await write(format, `${dataset} again`, await messageDatabase(rows), 9)).toBe(rejected);
      expect(await stored(`${dataset} again`)).toEqual([]);
      expect(await stored(dataset)).toEqual(expected(truth));
    },
  );

  it('are recognised as such and as nothing else', async () => {
    const { rows } = generate({ seed: 3, sessions: 4, from: FROM });
    for (const path of put([{ path: `${name}.db`, content: sqliteFile(messageTables(rows)) }])) {
      const found = recogniseSample(await readSample(path), builtInFormats);
      expect('format' in found ? found.format.name : found.problem).toBe(name);
    }
  });
});

describe('files of OpenCode before its database', () => {
  it('hold the same messages as the database', async () => {
    const { rows, truth, rejected } = generateOpenCode({ seed: 4, sessions: 25, from: FROM });
    const legacy = documents(rows.map((row) => legacyFile(row, new Prng(4))));
    expect(await write(openCodeJson, 'legacy', legacy, 1)).toBe(rejected);
    expect(await stored('legacy')).toEqual(expected(truth));
    expect(await write(openCode, 'legacy again', await messageDatabase(rows), 2)).toBe(rejected);
    expect(await stored('legacy again')).toEqual([]);
  });

  it('are recognised', async () => {
    const { rows } = generateOpenCode({ seed: 5, sessions: 3, from: FROM });
    const prng = new Prng(5);
    for (const path of put(rows.map((row) => legacyFile(row, prng)))) {
      const found = recogniseSample(await readSample(path), builtInFormats);
      expect('format' in found ? found.format.name : found.problem).toBe('opencode-json');
    }
  });
});

describe('databases of goose', () => {
  const written = (rows: readonly SessionRow[]) => asWritten('sessions.db', [sessionTable(rows)]);
  /** With the schema of the program, written by the engine. */
  const kept = async (rows: readonly SessionRow[]): Promise<BatchInput> => {
    const columns = Object.keys(rows[0]!);
    const values = rows.map((row) => columns.map((name) => row[name] ?? null));
    const path = await database('goose-empty.db', 'sessions', columns, values);
    return { kind: 'sqlite', path, origin: 'sessions.db', table: 'sessions' };
  };

  it.each([1, 2])(
    'count a session once, with its last totals, shuffled, split, with unknown columns and twice (seed %i)',
    async (seed) => {
      const from = FROM + seed * 86_400_000;
      const { rows, earlier, truth, rejected } = generateGoose({ seed, sessions: 60, from });
      const dataset = `goose ${seed}`;
      const prng = new Prng(seed);
      const mixed = prng.shuffled(rows);
      const batches = prng.shuffled([
        written(earlier),
        written(mixed.slice(0, 25)),
        asWritten('sessions.db', [shuffledTable(prng, sessionTable(mixed.slice(20)))]),
      ]);
      for (const [i, one] of batches.entries()) await write(goose, dataset, one, i + 1);
      expect(await stored(dataset)).toEqual(expected(truth));
      expect(await write(goose, `${dataset} again`, await kept(rows), 9)).toBe(rejected);
      expect(await stored(`${dataset} again`)).toEqual([]);
      const grains = await store.rows(`SELECT DISTINCT grain FROM tallyd.usage WHERE dataset = '${dataset}'`);
      expect(grains).toEqual([{ grain: 'bucket' }]);
    },
  );

  it('are recognised as such and as nothing else', async () => {
    const { rows } = generateGoose({ seed: 3, sessions: 9, from: FROM });
    for (const path of put([{ path: 'sessions.db', content: sqliteFile([sessionTable(rows)]) }])) {
      const found = recogniseSample(await readSample(path), builtInFormats);
      expect('format' in found ? found.format.name : found.problem).toBe('goose');
    }
  });
});

const hasSqlite = spawnSync('sqlite3', ['-version']).status === 0;

describe('databases as the demo writes them', () => {
  const rows = Array.from({ length: 3000 }, (_, i) => {
    return [`id ${i}`, i * 1_000_003, i % 3 === 0 ? null : i + 0.5, 'ü"🙂'.repeat(i % 200)];
  });
  const tables: SqliteTable[] = [
    { name: 'nothing', columns: ['id TEXT'], rows: [] },
    { name: 'much', columns: ['id TEXT', 'whole INTEGER', 'part REAL', 'text TEXT'], rows },
  ];

  it('are read by the engine, on as many levels as they need', async () => {
    const [path = ''] = put([{ path: 'much.db', content: sqliteFile(tables) }]);
    expect(await store.rows(`SELECT count() AS n FROM sqlite('${path}', 'nothing')`)).toEqual([{ n: 0 }]);
    const read = await store.rows<Record<string, unknown>>(
      `SELECT id, whole, part, text FROM sqlite('${path}', 'much') ORDER BY whole`,
    );
    expect(read.map(({ id, whole, part, text }) => [id, Number(whole), part, text])).toEqual(rows);
  });

  it.skipIf(!hasSqlite)('are whole to SQLite itself', () => {
    const [path = ''] = put([{ path: 'much.db', content: sqliteFile(tables) }]);
    const checked = spawnSync('sqlite3', [path, 'PRAGMA integrity_check; SELECT sum(whole) FROM much']);
    const sum = rows.reduce((total, [, whole]) => total + Number(whole), 0);
    expect(checked.stdout.toString()).toBe(`ok\n${sum}\n`);
  });

  it('have no rows that would need pages of their own', () => {
    const long = [{ name: 'long', columns: ['text TEXT'], rows: [['x'.repeat(4096)]] }];
    expect(() => sqliteFile(long)).toThrow('a row does not fit into a page');
  });
});
