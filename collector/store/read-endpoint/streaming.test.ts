/** Large answers: they come as the engine makes them, and end as they should when something fails. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { begin, openTestEndpoint, raw, type TestEndpoint } from './testing/endpoint.ts';

let endpoint: TestEndpoint;
let url: string;

beforeAll(async () => {
  endpoint = await openTestEndpoint('streaming');
  url = endpoint.url;
});
afterAll(() => endpoint.close());

/** Statements of the endpoint that the engine runs now. */
const running = () =>
  endpoint.store.rows<{ query: string }>(
    "SELECT query FROM system.processes WHERE query LIKE '%INTO OUTFILE%' AND query NOT LIKE '%system.processes%'",
  );
const nothingRuns = () => vi.waitUntil(async () => (await running()).length === 0, { timeout: 10_000 });

async function digest(stream: AsyncIterable<unknown>): Promise<{ bytes: number; sha: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha: hash.digest('hex') };
}

/** A text that fails after so many of its rows. */
const failingAfter = (rows: number, format: string) =>
  `SELECT number, throwIf(number = ${rows}, 'late') AS t FROM numbers(${rows * 2}) FORMAT ${format}`;

describe('a large answer', () => {
  const sql = (format: string) =>
    `SELECT number AS n, toString(number) AS "a b", ['x'] AS list FROM numbers(400000) FORMAT ${format}`;

  it.each([
    'TabSeparated',
    'TabSeparatedWithNamesAndTypes',
    'CSVWithNames',
    'JSONEachRow',
    'JSONCompactEachRowWithNamesAndTypes',
    'JSONCompact',
    'Native',
    'RowBinaryWithNamesAndTypes',
    'Parquet',
    'ArrowStream',
    'XML',
    'Values',
  ])('in the format %s has the bytes that the engine makes at once', async (format) => {
    const client = await endpoint.store.embedded!.readOnlyConnection();
    const { stream } = await client.exec({ query: sql(format) });
    const neutral = (bytes: Buffer) =>
      bytes.toString('latin1').replace(/"?elapsed"?[:>] ?[\d.e-]+/, 'elapsed');
    const expected = Buffer.concat((await stream.toArray()) as Buffer[]);
    const answer = await raw(url, { body: sql(format) });
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect(answer.headers['transfer-encoding']).toBe('chunked');
    expect(neutral(answer.body) === neutral(expected)).toBe(true);
    const gzipped = await raw(url, { body: sql(format), headers: { 'accept-encoding': 'gzip' } });
    expect(gzipped.headers['content-encoding']).toBe('gzip');
    expect(neutral(gunzipSync(gzipped.body)) === neutral(expected)).toBe(true);
  });

  it('begins long before it ends', async () => {
    const began = Date.now();
    const body = "SELECT sipHash64(number), repeat('x', 100) FROM numbers(3000000)";
    const response = await begin(url, { body });
    const first = Date.now() - began;
    const { bytes } = await digest(response);
    expect(bytes).toBeGreaterThan(350_000_000);
    expect(first).toBeLessThan((Date.now() - began) / 3);
  });

  it('of 400 MB takes a few megabytes of memory', async () => {
    const body = "SELECT number, repeat('x', 100) AS x FROM numbers(3000000) FORMAT JSONEachRow";
    await digest(await begin(url, { body })); // what the engine keeps from now on
    const before = process.memoryUsage.rss();
    let most = before;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
    const { bytes } = await digest(await begin(url, { body }));
    clearInterval(timer);
    expect(bytes).toBeGreaterThan(350_000_000);
    expect(most - before).toBeLessThan(100_000_000);
  });

  it('answers HEAD without its body, and stops', async () => {
    const response = await raw(`${url}/?query=SELECT+number+FROM+numbers(4000000)`, { method: 'HEAD' });
    expect(response).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    await nothingRuns();
    // just beyond what is sent whole: the engine is done as soon as that is clear
    for (let i = 0; i < 20; i++)
      expect((await raw(`${url}/?query=SELECT+number+FROM+numbers(170000)`, { method: 'HEAD' })).status).toBe(
        200,
      );
  });

  it('and a small one have the headers of ClickHouse', async () => {
    const small = await raw(`${url}/?query_id=mine-1`, { body: 'SELECT 1 FORMAT JSON' });
    expect(small.headers).toMatchObject({
      'x-clickhouse-query-id': 'mine-1',
      'x-clickhouse-format': 'JSON',
      'content-length': String(small.body.length),
    });
    expect(small.headers['x-clickhouse-exception-tag']).toBeUndefined();
    const large = await raw(url, { body: 'SELECT number FROM numbers(1000000)' });
    expect(large.headers['x-clickhouse-query-id']).toMatch(/^[\da-f-]{36}$/);
    expect(large.headers['x-clickhouse-exception-tag']).toMatch(/^[\da-f]{16}$/);
  });
});

describe('an answer that fails', () => {
  it('before much of it is out has the status of its error', async () => {
    const answer = await raw(url, { body: failingAfter(1000, 'JSONEachRow') });
    expect(answer).toMatchObject({ status: 500, complete: true });
    expect(answer.body.toString()).toMatch(/^Code: 395\. DB::Exception: late/);
    expect(answer.body.toString()).not.toMatch(/OUTFILE|tallyd-answers/);
    expect(answer.headers['x-clickhouse-format']).toBeUndefined();
  });

  it.each(['identity', 'gzip'])('in the middle is cut off behind the error (%s)', async (coding) => {
    const answer = await raw(url, {
      body: failingAfter(2_000_000, 'TSV'),
      headers: { 'accept-encoding': coding },
    });
    expect(answer).toMatchObject({ status: 200, complete: false });
    const tag = String(answer.headers['x-clickhouse-exception-tag']);
    const text = coding === 'gzip' ? await partOf(answer.body) : answer.body.toString();
    const [, message, length] = new RegExp(
      `\\r\\n__exception__\\r\\n${tag}\\r\\n(.*)\\n(\\d+) ${tag}\\r\\n__exception__\\r\\n$`,
      's',
    ).exec(text)!;
    expect(message).toMatch(/^Code: 395\. DB::Exception: late.* \(FUNCTION_THROW_IF_VALUE_IS_NON_ZERO\)$/s);
    expect(Number(length)).toBe(message!.length + 1);
    expect(text.startsWith('0\t0\n1\t0\n')).toBe(true);
  });

  it('is an error to @clickhouse/client, also in the middle', async () => {
    const client = createClient({ url, log: { level: ClickHouseLogLevel.OFF } });
    const query = failingAfter(2_000_000, 'JSONEachRow').replace(/ FORMAT .*/, '');
    const result = await client.query({ query, format: 'JSONEachRow' });
    let rows = 0;
    const read = async () => {
      for await (const part of result.stream()) rows += (part as unknown[]).length;
    };
    await expect(read()).rejects.toThrow(/late/);
    expect(rows).toBeGreaterThan(1_000_000);
    await client.close();
  });

  it('leaves nothing of itself to the next one', async () => {
    const one = await endpoint.another({ connections: 1 });
    for (let i = 0; i < 3; i++) {
      await raw(one, { body: failingAfter(1_000_000, 'TSV') });
      expect((await raw(one, { body: 'SELECT 7' })).body.toString()).toBe('7\n');
    }
  });

  async function partOf(gzipped: Buffer): Promise<string> {
    const gunzip = createGunzip();
    const chunks: Buffer[] = [];
    gunzip.on('data', (chunk: Buffer) => chunks.push(chunk));
    gunzip.on('error', () => undefined);
    gunzip.end(gzipped);
    await new Promise((resolve) => gunzip.once('close', resolve));
    return Buffer.concat(chunks).toString();
  }
});

describe('a client that hangs up', () => {
  const ENDLESS = {
    'while the engine computes': 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1',
    'in the middle of the answer': 'SELECT number FROM numbers(1000000000000)',
    'while a subquery is evaluated':
      'SELECT (SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1)',
  };

  const cases = Object.entries(ENDLESS).flatMap(([when, body]) => [
    { when, body, coding: 'identity' },
    { when, body, coding: 'gzip' },
  ]);
  it.each(cases)('$when stops the statement ($coding)', async ({ body, coding }) => {
    const one = await endpoint.another({ connections: 1 });
    for (let i = 0; i < 2; i++) {
      const hangUp = new AbortController();
      const headers = { 'accept-encoding': coding };
      const asked = raw(one, { body, headers, signal: hangUp.signal }).catch(() => undefined);
      await vi.waitUntil(async () => (await running()).length > 0);
      hangUp.abort();
      await asked;
      await nothingRuns();
    }
    expect((await raw(one, { body: 'SELECT 7' })).body.toString()).toBe('7\n');
  });

  it('leaves the queue', async () => {
    const one = await endpoint.another({ connections: 1, limits: { waiting: 1 } });
    const first = new AbortController();
    const second = new AbortController();
    const slow = ENDLESS['while the engine computes'];
    const asked = [raw(one, { body: slow, signal: first.signal }).catch(() => undefined)];
    await vi.waitUntil(async () => (await running()).length > 0);
    asked.push(raw(one, { body: 'SELECT 1', signal: second.signal }).catch(() => undefined));
    await vi.waitUntil(
      async () =>
        (await raw(one, { body: 'SELECT 1', signal: AbortSignal.timeout(500) }).catch(() => undefined))
          ?.status === 503,
    );
    second.abort();
    await asked[1];
    // there is room again as soon as the endpoint has noticed
    const third = await vi.waitUntil(async () => {
      const asked = raw(one, { body: 'SELECT 3' });
      const early = await Promise.race([asked, delay(300)]);
      return early?.status === 503 ? undefined : { asked };
    });
    first.abort();
    await asked[0];
    expect((await third.asked).body.toString()).toBe('3\n');
  });

  it('does not stop the statements of others', async () => {
    const hangUp = new AbortController();
    const gone = raw(url, { body: ENDLESS['while the engine computes'], signal: hangUp.signal }).catch(
      () => undefined,
    );
    const other = raw(url, { body: 'SELECT count() FROM numbers(60000000) WHERE sipHash64(number) = 1' });
    await vi.waitUntil(async () => (await running()).length === 2);
    hangUp.abort();
    await gone;
    expect((await other).body.toString()).toBe('0\n');
  });

  it('stops it through the abort signal of @clickhouse/client', async () => {
    const client = createClient({ url, log: { level: ClickHouseLogLevel.OFF } });
    const abort = new AbortController();
    const asked = client.query({ query: ENDLESS['while the engine computes'], abort_signal: abort.signal });
    await vi.waitUntil(async () => (await running()).length > 0);
    abort.abort();
    await expect(asked).rejects.toThrow(/abort/i);
    await nothingRuns();
    await client.close();
  });
});

describe('a client that is slow', () => {
  const large = "SELECT number, repeat('x', 100) FROM numbers(2000000)";

  async function stopReading(at: string, body = large): Promise<IncomingMessage> {
    const response = await begin(at, { body });
    response.pause();
    return response;
  }

  it('gets everything, only later', async () => {
    const response = await stopReading(url);
    await delay(300);
    expect((await running()).length).toBe(1);
    const { bytes } = await digest(response);
    const whole = await raw(url, { body: large });
    expect(bytes).toBe(whole.body.length);
  });

  it('is cut off when it takes nothing for a while, and holds up no change for longer', async () => {
    const at = await endpoint.another({ limits: { stallSeconds: 1 } });
    const response = await stopReading(at);
    const began = Date.now();
    await endpoint.store.engine.exclusively(() => Promise.resolve());
    expect(Date.now() - began).toBeLessThan(5000);
    await nothingRuns();
    await collected(response);
    expect(response.complete).toBe(false);
    expect((await raw(at, { body: 'SELECT 7' })).body.toString()).toBe('7\n');
  });

  it('holds up no change when the answer fits into what waits for it here', async () => {
    const at = await endpoint.another({ limits: { bufferBytes: 300_000_000, stallSeconds: 60 } });
    const response = await stopReading(at);
    await endpoint.store.engine.exclusively(() => Promise.resolve());
    expect((await digest(response)).bytes).toBeGreaterThan(200_000_000);
  });

  it('has no more time than others', async () => {
    const at = await endpoint.another({ limits: { seconds: 2, stallSeconds: 60 } });
    const response = await stopReading(at);
    await nothingRuns();
    const chunks = Buffer.concat(await collected(response));
    expect(response.complete).toBe(false);
    expect(chunks.subarray(-500).toString()).toMatch(/Code: 159\. DB::Exception: /);
  });

  async function collected(response: IncomingMessage): Promise<Buffer[]> {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    // a body that is cut off is an error to Node
    response.on('error', () => undefined);
    response.resume();
    await new Promise((resolve) => response.once('close', resolve));
    return chunks;
  }
});

describe('the limits of large answers', () => {
  it('are counted in rows', async () => {
    const at = await endpoint.another({ limits: { resultRows: 100_000 } });
    const answer = await raw(at, { body: 'SELECT number FROM numbers(1000000)' });
    expect(answer.status).toBe(413);
    expect(answer.body.toString()).toMatch(/^Code: 396\. DB::Exception: /);
    expect((await raw(at, { body: 'SELECT number FROM numbers(100000)' })).status).toBe(200);
  });

  it('are counted in bytes, also when a part is out', async () => {
    const at = await endpoint.another({ limits: { resultBytes: 3_000_000 } });
    const answer = await raw(at, { body: 'SELECT number FROM numbers(4000000)' });
    expect(answer).toMatchObject({ status: 200, complete: false });
    expect(answer.body.subarray(-500).toString()).toMatch(/Code: 396\. DB::Exception: .*3000000 bytes/);
    expect(answer.body.length).toBeLessThan(3_001_000);
    await nothingRuns();
  });

  it('hold for the last bytes of an answer as well', async () => {
    const answer = await raw(url, { body: 'SELECT number FROM numbers(1000)' });
    for (const [resultBytes, status] of [
      [answer.body.length, 200],
      [answer.body.length - 1, 413],
    ] as const) {
      // one connection: a late word to stop one statement would cut the next one short
      const at = await endpoint.another({ connections: 1, limits: { resultBytes } });
      for (let i = 0; i < 300; i++)
        expect((await raw(at, { body: 'SELECT number FROM numbers(1000)' })).status).toBe(status);
    }
  });

  it('are counted in requests in hand', async () => {
    const at = await endpoint.another({ limits: { requests: 1, bufferBytes: 600_000_000 } });
    const response = await begin(at, { body: "SELECT repeat('x', 100) FROM numbers(1000000)" });
    expect((await raw(at, { body: 'SELECT 1' })).status).toBe(503);
    await digest(response);
    await vi.waitUntil(async () => (await raw(at, { body: 'SELECT 1' })).status === 200);
  });
});
