/**
 * The read endpoint, asked by the Go client with which Grafana's data source asks. The program in
 * tests/go-client opens it as the plugin does and prints what it saw.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReadEndpoint } from '../collector/store/read-endpoint/endpoint.ts';
import type { Store } from '../collector/store/store.ts';
import { openTestStore, quiet, temporaryFolder } from './support/store.ts';

interface Table {
  columns: string[] | null;
  types: string[] | null;
  rows: string[][] | null;
  error: string;
}

interface Report {
  hello: { name: string; version: string; revision: number; timezone: string };
  ping: string;
  tables: Record<string, Table>;
  manyRows: number;
  manyTokens: number;
  manyError: string;
  limited: number;
  atOnce: string[];
  lateError: string;
  cancelled: string;
  cancelledMs: number;
  wrongPassword: string;
  noPassword: string;
  pingAfterwards: string;
}

const ROWS = 100_000;
const FROM = Date.UTC(2026, 4, 1);
const PASSWORD = 'a token: with/odd?signs@ö';
const SOURCE = join(import.meta.dirname, 'go-client');

const QUERIES = {
  series:
    'SELECT toStartOfInterval(toDateTime(ts), INTERVAL 43200 second) AS time, model, sum(cost_usd) AS cost, ' +
    'max(ts) AS last, any(duration_ms) AS duration, max(reported_cost_usd) AS reported, count() AS requests ' +
    `FROM tallyd.usage WHERE ts >= toDateTime(${FROM / 1000}) AND ts <= toDateTime(${FROM / 1000 + 86_399}) ` +
    'GROUP BY time, model ORDER BY time, model',
  empty: 'SELECT ts, model FROM tallyd.usage WHERE ts < toDateTime(0)',
  error: 'SELECT nope FROM tallyd.usage',
  refused: "SELECT * FROM file('/etc/passwd', 'LineAsString')",
  version: 'SELECT version()',
  filtered:
    "SELECT model, count() AS n FROM tallyd.usage GROUP BY model settings additional_table_filters={'tallyd.usage' : ' model = \\'sonnet\\' '}",
  databases: 'SHOW DATABASES',
  tables: 'SHOW TABLES FROM "tallyd"',
  columns: 'DESC TABLE "tallyd"."usage"',
  tags: "SELECT name, type, table FROM system.columns WHERE database IN ('tallyd') AND table = 'usage'",
  functions:
    'SELECT name, is_aggregate, case_insensitive, alias_to, origin, description, syntax, arguments, returned_value, ' +
    'examples, categories FROM system.functions LIMIT 10000',
  names: "SELECT name FROM system.tables WHERE database = 'tallyd' ORDER BY name",
  map: 'SELECT DISTINCT arrayJoin(mapKeys("tags")) as keys FROM (SELECT "tags" FROM "tallyd"."usage" LIMIT 10000) LIMIT 1000',
};

const folder = temporaryFolder('go-client');
const missing = spawnSync('go', ['version']).error !== undefined;
const title = missing ? 'clickhouse-go (skipped: go is not installed)' : 'clickhouse-go';

async function fill(store: Store): Promise<void> {
  await store.command(
    `INSERT INTO tallyd.generations (generation, dataset, state) VALUES (1, 'home', 'live')`,
  );
  await store.command(
    `INSERT INTO tallyd.usage_events (ts, event_id, generation, source, dataset, grain, requests, provider, model, ` +
      `status, input_tokens, duration_ms, reported_cost_usd, billable, tags, version) ` +
      `SELECT fromUnixTimestamp64Milli(toInt64(${FROM} + number * 1000 + 7), 'UTC'), number, 1, 'test', 'home', 'request', 1, ` +
      `'anthropic', if(number % 2, 'opus', 'sonnet'), 'ok', number, if(number % 2, NULL, 250), ` +
      `toDecimal64('0.000000125', 9), true, map('branch', 'main'), 1 FROM numbers(${ROWS})`,
  );
}

/** Runs a program without holding up this process, which has the endpoint in it. */
async function run(command: string, args: string[], input = '', cwd?: string): Promise<string> {
  const child = spawn(command, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
  child.stdin.end(input);
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with ${String(status)}: ${texts.err}`);
  return texts.out;
}

describe.skipIf(missing)(title, () => {
  let store: Store;
  let close: () => Promise<void>;
  let seen: Report;
  const users: (string | undefined)[] = [];

  beforeAll(async () => {
    store = await openTestStore(join(folder.path, 'store'));
    await fill(store);
    const endpoint = createReadEndpoint({
      engine: store.embedded!,
      log: quiet,
      authenticate: (credentials) => {
        users.push(credentials?.user);
        return credentials?.password === PASSWORD || 'it is another.';
      },
    });
    const listening = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    close = listening.close;
    const program = join(folder.path, 'go-client');
    await run('go', ['build', '-o', program, '.'], '', SOURCE);
    const address = `127.0.0.1:${listening.address.port}`;
    const args = ['-address', address, '-user', 'grafana', '-password', PASSWORD];
    seen = JSON.parse(await run(program, args, JSON.stringify(QUERIES))) as Report;
  }, 600_000);
  afterAll(async () => {
    await close();
    await store.close();
    folder.remove();
  });

  it('takes the hello for that of a server that writes blocks of revision 0', async () => {
    const [of] = await store.rows<{ v: string }>('SELECT version() AS v');
    expect(of!.v).toMatch(new RegExp(`^${seen.hello.version.replaceAll('.', '\\.')}`));
    expect(seen.hello).toMatchObject({ revision: 0, timezone: 'UTC' });
    expect(seen.hello.name).not.toBe('');
  });

  it('pings, with the user and password that it sends', () => {
    expect(seen.ping).toBe('');
    expect(seen.pingAfterwards).toBe('');
    expect(new Set(users)).toEqual(new Set(['grafana']));
  });

  it('reads a time series of every type that panels use', () => {
    const { columns, types, rows, error } = seen.tables['series']!;
    expect(error).toBe('');
    expect(columns).toEqual(['time', 'model', 'cost', 'last', 'duration', 'reported', 'requests']);
    expect(types).toEqual([
      'DateTime',
      'LowCardinality(String)',
      'Decimal(38, 9)',
      "DateTime64(3, 'UTC')",
      'Nullable(UInt32)',
      'Nullable(Decimal(18, 9))',
      'UInt64',
    ]);
    const row = (time: string, model: string, requests: number, last: string, duration: string) => [
      `2026-05-01T${time}Z`,
      model,
      String((requests * 125) / 1e9),
      `2026-05-01T${last}.007Z`,
      duration,
      '1.25e-7',
      String(requests),
    ];
    expect(rows!.map((cells) => cells.with(5, String(Number(cells[5]))))).toEqual([
      row('00:00:00', 'opus', 21_600, '11:59:59', '<nil>'),
      row('00:00:00', 'sonnet', 21_600, '11:59:58', '250'),
      // the row at 23:59:59.007 is after the end
      row('12:00:00', 'opus', 21_599, '23:59:57', '<nil>'),
      row('12:00:00', 'sonnet', 21_600, '23:59:58', '250'),
    ]);
  });

  it('reads an empty result as one without columns', () => {
    expect(seen.tables['empty']).toEqual({ columns: null, types: null, rows: null, error: '' });
  });

  it('shows errors as those of ClickHouse', () => {
    expect(seen.tables['error']!.error).toMatch(/\[HTTP 404\].*Code: 47\. DB::Exception: .*nope/);
    expect(seen.tables['refused']!.error).toMatch(/\[HTTP 403\].*Code: 497\. DB::Exception: /);
  });

  it('reads 100,000 rows, and only as many as its row limit allows', () => {
    expect(seen.manyError).toBe('');
    expect(seen.manyRows).toBe(ROWS);
    expect(seen.manyTokens).toBe((ROWS * (ROWS - 1)) / 2);
    expect(seen.limited).toBe(1000);
  });

  it('asks eight things at once', () => {
    expect(seen.atOnce).toEqual(Array.from({ length: 8 }, (_, i) => String(ROWS + i)));
  });

  it('notices a statement that fails in the middle of its answer', () => {
    expect(seen.lateError).toMatch(/Code: 395\. DB::Exception: late/);
  });

  it('gives up at its deadline', () => {
    expect(seen.cancelled).toContain('context deadline exceeded');
    expect(seen.cancelledMs).toBeLessThan(4000);
  });

  it('is told when its password is wrong or missing', () => {
    expect(seen.wrongPassword).toMatch(/\[HTTP 403\].*Code: 516\. DB::Exception: grafana: /);
    expect(seen.noPassword).toMatch(/\[HTTP 403\].*Code: 516\. DB::Exception: grafana: /);
  });

  it("gets what the data source's editor asks for", () => {
    const rows = (name: keyof typeof QUERIES) => {
      expect(seen.tables[name]!.error).toBe('');
      return seen.tables[name]!.rows!;
    };
    expect(rows('version')[0]![0]).toMatch(/^\d+\.\d+\./);
    expect(rows('databases').flat()).toContain('tallyd');
    expect(rows('tables').flat()).toContain('usage');
    expect(rows('names').flat()).toContain('usage');
    expect(rows('columns').map(([name]) => name)).toContain('cost_usd');
    expect(rows('tags')).toContainEqual(['model', 'LowCardinality(String)', 'usage']);
    expect(rows('functions').length).toBeGreaterThan(1000);
    expect(rows('map')).toEqual([['branch']]);
  });

  it('filters a table by the setting that ad-hoc filters are sent as', () => {
    expect(seen.tables['filtered']).toMatchObject({ rows: [['sonnet', String(ROWS / 2)]], error: '' });
  });
});
