/** The store on a ClickHouse server: the same rows as with the embedded engine, over HTTP. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claudeCode } from '../collector/formats/claude-code/recognise.ts';
import type { Format } from '../collector/formats/format.ts';
import { FrameWriter } from '../collector/store/frames.ts';
import { byteSource } from '../collector/store/records.ts';
import { openServer } from '../collector/store/server.ts';
import type { Store } from '../collector/store/store.ts';
import type { Batch } from '../collector/store/types.ts';
import { ClickHouseFront } from './support/clickhouse-front.ts';
import { bookOf, openTestStore, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('server-store');
const PASSWORD = `p'w"\\ $& $' %2F@:/ü`;
const prices = bookOf({ 'claude-sonnet-4-5': { input: '3', output: '15', cacheRead: '0.3' } });

/** A table of day, id, model and tokens, as an export with ids would be. */
const table: Format = {
  name: 'test-table',
  title: 'Test table',
  layout: 'table',
  unit: 'record',
  columns: ['day', 'id', 'model', 'tokens'].map((name) => ({ name, headers: [name] })),
  recognise: () => ({ is: 'other' }),
  readSql: `SELECT path, record,
    if(toUInt64OrNull(tokens) IS NULL, 'tokens is not a whole number', '') AS rejected,
    'tokens' AS rejected_column, ifNull(tokens, '') AS rejected_value, ifNull(id, '') AS excerpt,
    reinterpretAsUInt128(sipHash128(ifNull(id, ''))) AS event_id, {{arrived_at}} AS version,
    toDateTime64(ifNull(day, '2026-01-01'), 3, 'UTC') AS ts, ifNull(model, '') AS model,
    ifNull(toUInt64OrNull(tokens), 0) AS input_tokens FROM {{records}}`,
};
const parquet: Format = { ...table, name: 'test-parquet', layout: 'parquet' };

const CSV =
  'day;id;model;tokens\n2026-01-01;a;claude-sonnet-4-5;10\n\n2026-01-02;"b\nb";claude-sonnet-4-5;many\n' +
  '2026-01-03;"c;""c";claude-sonnet-4-5;30\n2026-01-04;d;x;-\n2026-01-05;e;claude-sonnet-4-5;50;surplus\n';

const line = (id: string, output: number, day: number) =>
  JSON.stringify({
    type: 'assistant',
    sessionId: 's1',
    requestId: 'req_1',
    timestamp: `2026-01-${String(day).padStart(2, '0')}T23:59:58.000Z`,
    cwd: '/src/a',
    message: {
      id,
      model: 'claude-sonnet-4-5',
      usage: { input_tokens: 10, output_tokens: output, cache_read_input_tokens: 1000 },
    },
  });
const LINES = [
  ...Array.from({ length: 40 }, (_, i) => line(`msg_${i % 30}`, i, (i % 28) + 1)),
  '{"broken',
  line('msg_é "quoted"', 7, 3),
];

/** The batches that both engines get; lines as whole files or as frames. */
async function batches(store: Store): Promise<Batch[]> {
  const at = { uploadId: '', arrivedAt: 1, mode: 'append', live: false } as const;
  const text = `${LINES.join('\n')}\n`;
  const path = join(folder.path, 'lines.jsonl');
  writeFileSync(path, text);
  const spool = join(folder.path, 'lines.frames');
  const frames = await FrameWriter.create(spool);
  const half = text.indexOf('\n', text.length / 2) + 1;
  await frames.add({ path, base: 0, content: Buffer.from(text.slice(0, half)) });
  const base = text.slice(0, half).split('\n').length - 1;
  await frames.add({ path, base, content: Buffer.from(text.slice(half)) });
  await frames.close();
  const csv = join(folder.path, 'table.csv');
  writeFileSync(csv, CSV);
  const header = { delimiter: ';' as const, columns: ['day', 'id', 'model', 'tokens'], headerLines: 1 };
  return [
    {
      ...at,
      format: claudeCode,
      dataset: 'home',
      input: store.readsFiles
        ? { kind: 'files', files: [{ path, size: statSync(path).size }] }
        : { kind: 'frames', spool },
    },
    {
      ...at,
      format: table,
      dataset: 'csv',
      uploadId: 'u1',
      input: { kind: 'table', path: csv, origin: 'table.csv', header },
    },
    {
      ...at,
      format: parquet,
      dataset: 'parquet',
      uploadId: 'u2',
      input: {
        kind: 'parquet',
        path: join(folder.path, 'table.parquet'),
        origin: 'table.parquet',
        columns: ['day', 'id', 'model', 'tokens'],
      },
    },
  ];
}

const TOTALS = [
  'SELECT * EXCEPT (event_id), toString(event_id) AS event_id FROM tallyd.usage ORDER BY dataset, ts, event_id',
  'SELECT * EXCEPT (tokens_quantiles, cost_quantiles, duration_quantiles), quantilesTDigestMerge(0.5)(tokens_quantiles) ' +
    'OVER () AS q FROM tallyd.usage_hourly ORDER BY ALL',
  'SELECT * EXCEPT (rejected_at) FROM tallyd.rejected_records FINAL ORDER BY ALL',
];
const totals = async (store: Store) => {
  const answers = [];
  for (const sql of TOTALS) answers.push(await store.rows(sql));
  return answers;
};

let front: ClickHouseFront;
let store: Store;
let expected: unknown;
const reports: { embedded: unknown[]; server: unknown[] } = { embedded: [], server: [] };

beforeAll(async () => {
  const embedded = await openTestStore(join(folder.path, 'embedded'), { prices });
  const file = join(folder.path, 'table.parquet');
  await embedded.command(
    `INSERT INTO FUNCTION file('${file}', 'Parquet', 'day String, id String, model String, tokens Nullable(Int64)') ` +
      `SELECT '2026-02-01', toString(number), 'claude-sonnet-4-5', if(number = 3, NULL, number) FROM numbers(6)`,
  );
  for (const batch of await batches(embedded)) reports.embedded.push(await embedded.write(batch));
  expected = await totals(embedded);
  await embedded.close();

  const path = join(folder.path, 'server');
  mkdirSync(path);
  front = await ClickHouseFront.start({ path, user: 'collector', password: PASSWORD });
  store = await openTestStore('', { clickhouseUrl: front.url(), prices });
});
afterAll(async () => {
  await store.close();
  await front.stop();
  folder.remove();
});

describe('the store on a server', () => {
  it('gives the same rows, rejections and reports as the embedded engine', async () => {
    for (const batch of await batches(store)) reports.server.push(await store.write(batch));
    expect(await totals(store)).toEqual(expected);
    expect(reports.server).toEqual(reports.embedded);
    expect(reports.server).toMatchObject([
      { rows: { read: 42, accepted: 31, rejected: 1 } },
      {
        rows: { read: 5, accepted: 3, rejected: 2 },
        rejections: [
          { record: 2, line: 4 },
          { record: 4, line: 7 },
        ],
      },
      { rows: { read: 6, accepted: 5, rejected: 1 }, rejections: [{ record: 4 }] },
    ]);
  });

  it('changes nothing when everything comes again', async () => {
    for (const batch of await batches(store)) await store.write(batch);
    expect(await totals(store)).toEqual(expected);
  });

  it('gives rows of a SELECT over bytes', async () => {
    const [, csv] = await batches(store);
    const source = byteSource(csv!.input);
    const rows = await store.engine.rowsFrom(
      source,
      (r) => `SELECT ${r.rowNumber} AS n, c2 FROM ${r.from} WHERE c2 = 'a' OR c4 = '-'`,
    );
    expect(rows).toEqual([
      { n: 0, c2: 'a' },
      { n: 4, c2: 'd' },
    ]);
    expect(
      await store.rows("SELECT name FROM system.tables WHERE name LIKE 'look%' OR name LIKE 'batch%'"),
    ).toEqual([]);
  });

  it('replaces a dataset and leaves the others', async () => {
    const [, csv] = await batches(store);
    const path = join(folder.path, 'next.csv');
    writeFileSync(path, 'day;id;model;tokens\n2026-03-01;z;claude-sonnet-4-5;7\n');
    await store.write({ ...csv!, mode: 'replace', input: { ...csv!.input, path } as Batch['input'] });
    const sums =
      'SELECT dataset, sum(input_tokens) AS tokens FROM tallyd.usage GROUP BY dataset ORDER BY dataset';
    expect(await store.rows(`SELECT * FROM (${sums}) WHERE dataset != 'home'`)).toEqual([
      { dataset: 'csv', tokens: 7 },
      { dataset: 'parquet', tokens: 12 },
    ]);
    const before = await store.rows(sums);
    await store.sweep();
    expect(await store.rows(sums)).toEqual(before);
    expect(await store.rows(sums.replace('usage', 'usage_hourly'))).toEqual(before);
  });

  it('prices the past anew when prices change', async () => {
    const cost = () =>
      store.rows<{ c: number }>("SELECT sum(cost_usd) AS c FROM tallyd.usage_hourly WHERE dataset = 'csv'");
    expect(await cost()).toEqual([{ c: 0.000021 }]);
    await store.usePrices(bookOf({ 'claude-sonnet-4-5': { input: '1', output: '1' } }));
    expect(await cost()).toEqual([{ c: 0.000007 }]);
  });

  it('rejects a batch whose insert the server breaks off, and writes it afterwards', async () => {
    const [, csv] = await batches(store);
    const again: Batch = { ...csv!, dataset: 'again' };
    front.failNext = /FROM file\(/;
    await expect(store.write(again)).rejects.toMatchObject({ code: '210' });
    expect((await store.write(again)).rows).toMatchObject({ read: 5, rejected: 2 });
  });

  it('rejects a batch whose bytes are gone', async () => {
    const [, csv] = await batches(store);
    const input = { ...csv!.input, path: join(folder.path, 'gone.csv') } as Batch['input'];
    await expect(store.write({ ...csv!, input })).rejects.toThrow('ENOENT');
    expect(await store.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('says that the server is gone, and writes again when it is back', async () => {
    const [lines] = await batches(store);
    const port = front.port;
    await front.stop();
    await expect(store.write({ ...lines!, dataset: 'late' })).rejects.toThrow(
      /ClickHouse server at http:\/\/127\.0\.0\.1:\d+ does not answer \(ECONN\w+\).*TALLYD_CLICKHOUSE_URL/,
    );
    await expect(store.rows('SELECT 1')).rejects.toThrow('does not answer');
    front = await ClickHouseFront.start({
      path: join(folder.path, 'server'),
      user: 'collector',
      password: PASSWORD,
      port,
    });
    expect((await store.write({ ...lines!, dataset: 'late' })).rows.read).toBe(42);
  });
});

describe('opening a store on a server', () => {
  it('says which user is refused', async () => {
    const url = front.url().replace(encodeURIComponent(PASSWORD), 'wrong');
    await expect(openTestStore('', { clickhouseUrl: url })).rejects.toThrow(
      /refuses the user "collector"\. Check the user and the password in TALLYD_CLICKHOUSE_URL/,
    );
  });

  it('refuses another database than tallyd', () => {
    expect(() => openServer(front.url('other'))).toThrow(
      /names the database "other".*end the URL in \/tallyd/,
    );
    expect(() => openServer(front.url(''))).not.toThrow();
  });

  it('migrates once when two collectors start at the same time', async () => {
    const path = join(folder.path, 'server');
    await store.command('DROP DATABASE tallyd SYNC');
    const other = await ClickHouseFront.start({ path, user: 'collector', password: PASSWORD });
    const stores = await Promise.all([
      openTestStore('', { clickhouseUrl: front.url(), prices }),
      openTestStore('', { clickhouseUrl: other.url(), prices }),
    ]);
    const [applied] = await stores[0].rows<{ n: number; versions: number }>(
      'SELECT count() AS n, uniqExact(version) AS versions FROM tallyd.schema_migrations',
    );
    expect(applied!.n).toBe(applied!.versions);
    expect(
      await stores[1].rows("SELECT name FROM system.tables WHERE name = 'schema_migration_lock'"),
    ).toEqual([]);
    const [lines, csv] = await batches(stores[0]);
    await Promise.all([stores[0].write(lines!), stores[1].write(csv!)]);
    expect(await stores[0].rows('SELECT count() AS n FROM tallyd.usage')).toEqual([{ n: 34 }]);
    for (const opened of stores) await opened.close();
    await other.stop();
  });
});
