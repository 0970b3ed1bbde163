import { request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, quiet, temporaryFolder } from '../../../tests/support/store.ts';
import type { Store } from '../store.ts';
import { createReadEndpoint } from './endpoint.ts';

const folder = temporaryFolder('read-endpoint');
let store: Store;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
  const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet });
  const listening = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${listening.address.port}`;
  close = listening.close;
});
afterAll(async () => {
  await close();
  await store.close();
  folder.remove();
});

/** A request with headers that fetch does not let one set. */
function raw(
  path: string,
  headers: Record<string, string>,
  options: { method?: string; body?: string | Buffer; at?: string } = {},
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${options.at ?? url}${path}`,
      { method: options.method ?? 'GET', headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    request.once('error', reject);
    request.end(options.body);
  });
}

describe('the read endpoint, asked by @clickhouse/client', () => {
  const clients: ReturnType<typeof createClient>[] = [];
  const client = (options: Parameters<typeof createClient>[0] = {}) => {
    const made = createClient({ url, log: { level: ClickHouseLogLevel.OFF }, ...options });
    clients.push(made);
    return made;
  };
  afterAll(async () => {
    for (const made of clients) await made.close();
  });

  it('answers a ping', async () => {
    expect(await client().ping()).toEqual({ success: true });
    expect(await client().ping({ select: true })).toMatchObject({ success: true });
  });

  it.each(['JSON', 'JSONEachRow', 'JSONCompact', 'CSVWithNames', 'TabSeparated'] as const)(
    'answers a SELECT as %s',
    async (format) => {
      const asked = { query: 'SELECT number AS n, toString(number) AS s FROM numbers(2)', format };
      const expected = await store.embedded!.readOnlyConnection().then((c) => c.query(asked));
      const text = (s: string) => s.replace(/"elapsed": [\d.e-]+/, '"elapsed": 0');
      expect(text(await (await client().query(asked)).text())).toBe(text(await expected.text()));
    },
  );

  it('binds parameters of every kind to the same values that the engine binds', async () => {
    const query_params = {
      text: `it's \\ "odd"\n\ttext 'é' \\N`,
      nothing: null,
      list: ["a'b", 'c\\d', 'e\nf', '[g]'],
      numbers: [1, 2.5],
      map: new Map([["k'1", 1]]),
      day: new Date('2026-01-02T03:04:05Z'),
      yes: true,
    };
    const query =
      'SELECT {text:String} AS text, {nothing:Nullable(String)} AS nothing, {list:Array(String)} AS list, ' +
      '{numbers:Array(Float64)} AS numbers, {map:Map(String, UInt8)} AS map, {day:DateTime} AS day, {yes:Bool} AS yes';
    const result = await client().query({ query, query_params, format: 'JSONEachRow' });
    expect(await result.json()).toEqual([
      {
        text: query_params.text,
        nothing: null,
        list: query_params.list,
        numbers: [1, 2.5],
        map: { "k'1": 1 },
        day: '2026-01-02 03:04:05',
        yes: true,
      },
    ]);
  });

  it('ignores the settings that it sends, compresses, and takes tallyd as database', async () => {
    const asked = client({
      database: 'tallyd',
      username: 'someone',
      password: 'anything',
      clickhouse_settings: { max_execution_time: 5, max_threads: 7 },
      compression: { response: true, request: true },
    });
    const result = await asked.query({ query: 'SELECT count() AS n FROM usage', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ n: 0 }]);
    const large = await asked.query({ query: 'SELECT number FROM numbers(10000)', format: 'JSONEachRow' });
    expect(await large.json()).toHaveLength(10_000);
  });

  it('gives errors that it understands', async () => {
    await expect(client().query({ query: 'SELECT nope FROM usage' })).rejects.toMatchObject({
      code: '47',
      type: 'UNKNOWN_IDENTIFIER',
    });
    await expect(client().command({ query: 'DROP TABLE tallyd.usage_events' })).rejects.toMatchObject({
      code: '497',
      type: 'ACCESS_DENIED',
    });
  });
});

describe('the read endpoint, asked by curl', () => {
  it('says Ok to /ping and to / without a question', async () => {
    for (const path of ['/ping', '/']) expect((await raw(path, {})).body.toString()).toBe('Ok.\n');
    expect(await raw('/ping', {}, { method: 'HEAD' })).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect((await raw('/nothing', {})).status).toBe(404);
    expect((await raw('/', {}, { method: 'DELETE' })).status).toBe(405);
  });

  it('takes the statement from the URL, from the body, or from both', async () => {
    const query = encodeURIComponent('SELECT 1 + 1');
    expect((await raw(`/?query=${query}`, {})).body.toString()).toBe('2\n');
    expect((await raw('/', {}, { method: 'POST', body: 'SELECT 1 + 1' })).body.toString()).toBe('2\n');
    const both = await raw(`/?query=SELECT`, {}, { method: 'POST', body: '1 + 1' });
    expect(both.body.toString()).toBe('2\n');
    const gzipped = { method: 'POST', body: gzipSync('SELECT 1 + 1') };
    expect((await raw('/', { 'content-encoding': 'gzip' }, gzipped)).body.toString()).toBe('2\n');
    const head = await raw(`/?query=${query}`, {}, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, headers: { 'content-length': '2' }, body: Buffer.alloc(0) });
  });

  it.each([
    ['SELECT 1 AS a', '', 'TabSeparated', 'text/tab-separated-values; charset=UTF-8', '1\n'],
    [
      'SELECT 1 AS a',
      '&default_format=CSVWithNames',
      'CSVWithNames',
      'text/csv; charset=UTF-8; header=present',
      '"a"\n1\n',
    ],
    [
      'SELECT 1 AS a FORMAT JSONEachRow',
      '&default_format=CSV',
      'JSONEachRow',
      'application/x-ndjson; charset=UTF-8',
      '{"a":1}\n',
    ],
    ['SELECT 1 AS a FORMAT RowBinary', '', 'RowBinary', 'application/octet-stream', '\u0001'],
  ])('answers %s%s as %s', async (sql, more, format, type, body) => {
    const answer = await raw(`/?query=${encodeURIComponent(sql)}${more}`, {});
    expect(answer.headers).toMatchObject({ 'content-type': type, 'x-clickhouse-format': format });
    expect(answer.body.toString()).toBe(body);
  });

  it.each([
    ['SELEC', 400, 62],
    ['SELECT nope', 404, 47],
    ['SELECT * FROM tallyd.nope', 404, 60],
    ['SELECT 1 FORMAT Nope', 404, 73],
    ['SELECT throwIf(1)', 500, 395],
    ["SELECT toInt8(materialize('x'))", 400, 6],
    ['SELECT {a:UInt8}', 400, 456],
    ['DROP TABLE tallyd.usage_events', 403, 497],
    [' ', 400, 62],
  ])('answers %s with %i and code %i', async (sql, status, code) => {
    const answer = await raw('/', {}, { method: 'POST', body: sql });
    expect(answer.status).toBe(status);
    expect(answer.headers['x-clickhouse-exception-code']).toBe(String(code));
    expect(answer.body.toString()).toMatch(
      new RegExp(`^Code: ${code}\\. DB::Exception: .+ \\([A-Z_]+\\)\\n$`, 's'),
    );
    expect(answer.body.toString()).not.toContain('formatQuery');
  });

  it('compresses for those who ask for it', async () => {
    const path = `/?query=${encodeURIComponent('SELECT number FROM numbers(1000)')}`;
    const plain = await raw(path, {});
    for (const accepted of ['gzip', 'deflate, gzip;q=0.5']) {
      const answer = await raw(path, { 'accept-encoding': accepted });
      expect(answer.headers['content-encoding']).toBe('gzip');
      expect(gunzipSync(answer.body)).toEqual(plain.body);
    }
    expect((await raw(path, { 'accept-encoding': 'gzip;q=0' })).headers['content-encoding']).toBeUndefined();
  });

  it('begins no answer with what a failed statement had written', async () => {
    for (let i = 0; i < 10; i++) {
      const failing = "SELECT throwIf(number = 100000, 'late') FROM numbers(200000)";
      expect((await raw('/', {}, { method: 'POST', body: failing })).status).toBe(500);
      expect((await raw('/', {}, { method: 'POST', body: 'SELECT 7' })).body.toString()).toBe('7\n');
    }
  });

  it('turns web pages away, and names that are not of this machine', async () => {
    const ask = (headers: Record<string, string>) => raw('/?query=SELECT%201', headers);
    expect((await ask({ origin: 'http://evil.example' })).status).toBe(403);
    expect((await ask({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await ask({ host: 'evil.example:8123' })).status).toBe(403);
    for (const host of ['localhost:8123', '127.0.0.1', '[::1]:8123'])
      expect((await ask({ host })).status).toBe(200);
  });
});

describe('the read endpoint beside a change that must be seen whole', () => {
  const ask = (body: string) => raw('/', {}, { method: 'POST', body });

  it('answers when the change is done', async () => {
    const events: string[] = [];
    const change = store.engine.exclusively(async () => {
      await delay(300);
      events.push('changed');
    });
    const answer = ask('SELECT 1').then(() => events.push('answered'));
    await Promise.all([change, answer]);
    expect(events).toEqual(['changed', 'answered']);
  });

  it('lets the change wait for the statements that run', async () => {
    const slow = 'SELECT count() FROM numbers(100000000) WHERE sipHash64(number) = 1';
    const running = `SELECT query FROM system.processes WHERE startsWith(query, '${slow}')`;
    const answer = ask(slow);
    while ((await store.rows(running)).length === 0) await delay(5);
    // the answer still has a way to go when the change may begin, so the engine is asked
    const left = await store.engine.exclusively(async () => {
      const client = await store.embedded!.readOnlyConnection();
      return await (await client.query({ query: running, format: 'JSONEachRow' })).json();
    });
    expect(left).toEqual([]);
    expect((await answer).body.toString()).toBe('0\n');
  });
});

describe('the limits of the read endpoint', () => {
  it('takes no statement of more than a mebibyte', async () => {
    const body = `SELECT 1 /* ${'x'.repeat(1024 * 1024)} */`;
    expect((await raw('/', {}, { method: 'POST', body })).status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 32));
    expect((await raw('/', { 'content-encoding': 'gzip' }, { method: 'POST', body: bomb })).status).toBe(413);
    expect((await raw('/', {}, { method: 'POST', body: 'SELECT 1' })).status).toBe(200);
  });

  it('lets a few wait and tells the rest to come back', async () => {
    const endpoint = createReadEndpoint({
      engine: store.embedded!,
      log: quiet,
      connections: 1,
      limits: { waiting: 2, seconds: 4, resultBytes: 1000, memoryBytes: 100_000_000 },
    });
    const { address, close: stop } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    const at = `http://127.0.0.1:${address.port}`;
    const ask = (body: string) => raw('/', {}, { method: 'POST', body, at });
    const slow = Array.from({ length: 5 }, () =>
      ask('SELECT count() FROM numbers(10000000) WHERE sipHash64(number) = 1'),
    );
    const answers = await Promise.all(slow);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    const turnedAway = answers.filter(({ status }) => status === 503);
    expect(turnedAway).toHaveLength(2);
    expect(turnedAway[0]!.headers).toMatchObject({
      'retry-after': '1',
      'x-clickhouse-exception-code': '202',
    });
    expect((await ask('SELECT count() FROM numbers(1000000000000)')).status).toBe(408);
    expect((await ask('SELECT number FROM numbers(1000)')).status).toBe(413);
    expect((await ask('SELECT groupArray(number) FROM numbers(100000000)')).body.toString()).toContain(
      'Code: 241',
    );
    expect((await ask('SELECT 1')).body.toString()).toBe('1\n');
    await stop();
  });
});
