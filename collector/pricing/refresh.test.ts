import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PriceList } from './price-list.ts';
import { PriceRefresher, type PriceRefresherOptions } from './refresh.ts';

const listOf = (price: number): string =>
  JSON.stringify([{ id: 'p', models: [{ id: 'm', match: { equals: 'm' }, prices: { input_mtok: price } }] }]);

let dataDir: string;
let server: Server;
let url: string;
let answer: RequestListener;
let refreshers: PriceRefresher[];
let changes: PriceList[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tallyd-prices-'));
  refreshers = [];
  changes = [];
  answer = (_, response) => response.end(listOf(1));
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data.json`;
});

afterEach(async () => {
  await Promise.all(refreshers.map((refresher) => refresher.stop()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(dataDir, { recursive: true });
});

async function refresher(options: Partial<PriceRefresherOptions> = {}): Promise<PriceRefresher> {
  const made = new PriceRefresher({ dataDir, url, onChange: (list) => changes.push(list), ...options });
  refreshers.push(made);
  await made.load();
  return made;
}

describe('refreshing prices', () => {
  it('begins with the bundled list', async () => {
    const prices = await refresher();
    expect(prices.status()).toMatchObject({ origin: 'bundled' });
    expect(prices.status().modelCount).toBeGreaterThan(1000);
    expect(prices.status()).not.toHaveProperty('asOf');
  });

  it('keeps a fetched list for the next start', async () => {
    const prices = await refresher();
    expect(await prices.refreshNow()).toBe('changed');
    expect(changes).toHaveLength(1);
    expect(prices.status()).toMatchObject({ origin: 'refreshed', modelCount: 1 });
    expect(await readdir(dataDir)).toEqual(['prices.json']);
    const next = await refresher({ url: 'off' });
    expect(next.status()).toMatchObject({
      origin: 'refreshed',
      modelCount: 1,
      asOf: expect.any(Date) as Date,
    });
    expect(await next.refreshNow()).toBe('off');
  });

  it('asks whether there is anything new, and remembers when it was told no', async () => {
    answer = (request, response) => {
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.setHeader('etag', '"1"').end(listOf(1));
    };
    const prices = await refresher();
    await prices.refreshNow();
    const file = join(dataDir, 'prices.json');
    await utimes(file, 0, 0);
    expect(await prices.refreshNow()).toBe('unchanged');
    expect(changes).toHaveLength(1);
    expect((await stat(file)).mtimeMs).toBeGreaterThan(0);
  });

  it('tells of a change only where prices changed', async () => {
    const prices = await refresher();
    await prices.refreshNow();
    expect(await prices.refreshNow()).toBe('unchanged');
    answer = (_, response) => response.end(listOf(2));
    expect(await prices.refreshNow()).toBe('changed');
    expect(changes).toHaveLength(2);
  });

  it.each<[string, RequestListener, RegExp]>([
    ['garbage', (_, response) => response.end('<html>'), /not JSON/],
    ['JSON that is no list', (_, response) => response.end('{"error": 1}'), /not a price list/],
    ['an error', (_, response) => response.writeHead(500).end('oops'), /answered 500/],
    ['too much', (_, response) => response.end(' '.repeat(5000) + listOf(3)), /larger than 4000 bytes/],
    ['nothing', () => undefined, /in time/],
    ['a part only', (_, response) => void response.write('[{"id"'), /in time/],
    ['a cut connection', (request) => request.socket.destroy(), /fetch failed/],
  ])('keeps what it had when the answer is %s', async (_, listener, message) => {
    const prices = await refresher({ timeoutMs: 300, maxBytes: 4000 });
    await prices.refreshNow();
    const { asOf } = prices.status();
    answer = listener;
    expect(await prices.refreshNow()).toBe('failed');
    expect(prices.status()).toMatchObject({ origin: 'refreshed', asOf, modelCount: 1 });
    expect(prices.status().lastError).toMatch(message);
    expect(await readFile(join(dataDir, 'prices.json'), 'utf8')).toBe(listOf(1));
    answer = (_, response) => response.end(listOf(1));
    await prices.refreshNow();
    expect(prices.status()).not.toHaveProperty('lastError');
  });

  it('begins with the bundled list when the kept one is broken, and says so', async () => {
    await writeFile(join(dataDir, 'prices.json'), '[{"id": "p", "mod');
    const prices = await refresher();
    expect(prices.status()).toMatchObject({
      origin: 'bundled',
      lastError: 'prices.json: not a price list: not JSON',
    });
  });

  it('does not fail when the data directory cannot be written', async () => {
    const prices = await refresher({ dataDir: '/dev/null/nowhere' });
    expect(await prices.refreshNow()).toBe('failed');
    expect(prices.status()).toMatchObject({ origin: 'bundled' });
  });

  it('fetches soon after the start and then again', async () => {
    let asked = 0;
    answer = (_, response) => response.end(listOf((asked += 1)));
    const prices = await refresher({ firstAfterMs: 5, everyMs: 5 });
    prices.start();
    await vi.waitFor(() => expect(changes.length).toBeGreaterThan(2));
  });

  it('gives a download up when stopped', async () => {
    answer = () => undefined;
    const prices = await refresher();
    const outcome = prices.refreshNow();
    await prices.stop();
    expect(await outcome).toBe('failed');
    expect(await prices.refreshNow()).toBe('off');
  });
});
