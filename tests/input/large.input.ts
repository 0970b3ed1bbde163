/**
 * Input that would take gigabytes if it were held: sent to the real program as a stream, while its
 * resident size is watched. Prints what docs/reliability.md shows under "Bad input".
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as send, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { createBrotliCompress, createGzip } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { claudeLine } from '../../collector/sources/upload/testing.ts';
import { environment, Program } from '../support/program.ts';
import { temporaryFolder } from '../support/store.ts';

const MiB = 1024 * 1024;
/** What the program may grow by over its size before, whatever is sent. */
const MOST_GROWTH_MIB = 1200;
/** After which silent clients are hung up on. */
const IDLE_SECONDS = 10;
const folder = temporaryFolder('large-input');
let program: Program;
const table: string[] = [];

beforeAll(async () => {
  program = await Program.start(
    environment(folder.path, { TALLYD_TAIL: 'none', TALLYD_IDLE_SECONDS: String(IDLE_SECONDS) }),
  );
  await put('/warm.jsonl', lines(claudeLine('msg_warm')));
});
afterAll(async () => {
  console.log(`| sent | answer | resident before | most |\n|---|---|---|---|\n${table.join('\n')}`);
  await program.end();
  folder.remove();
});

function residentMiB(): number {
  const status = readFileSync(`/proc/${program.runtime.pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) / 1024);
}

function lines(...parts: (string | Iterable<string>)[]): Readable {
  return Readable.from(
    (function* () {
      for (const part of parts) {
        if (typeof part === 'string') yield part;
        else yield* part;
        yield '\n';
      }
    })(),
  );
}

function* repeated(text: string, bytes: number): Iterable<string> {
  const piece = text.repeat(Math.ceil((64 * 1024) / text.length));
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

interface Answer {
  status: number;
  /** Seconds; NaN where it does not say. */
  retryAfter: number;
  body: { rows?: { accepted: number; rejected: number }; detail?: string };
}

async function put(path: string, body: Readable, headers: Record<string, string> = {}): Promise<Answer> {
  const request = send(`${program.url('http')}/api/v1/uploads${path}`, { method: 'PUT', headers });
  request.on('error', () => undefined);
  body.on('error', () => undefined);
  body.pipe(request);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = (await response.toArray()).join('');
  body.destroy();
  request.destroy();
  const retryAfter = Number(response.headers['retry-after']);
  return { status: response.statusCode!, retryAfter, body: JSON.parse(text) as Answer['body'] };
}

/** Runs `work` and watches how large the program becomes. */
async function watched(title: string, work: () => Promise<Answer>): Promise<Answer> {
  const before = residentMiB();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, residentMiB())), 20);
  const answer = await work().finally(() => clearInterval(timer));
  const { rows, detail } = answer.body;
  const told = rows ? `${rows.accepted} stored, ${rows.rejected} rejected` : (detail ?? '').slice(0, 90);
  table.push(`| ${title} | ${answer.status}: ${told} | ${before} MiB | ${most} MiB |`);
  console.log(table.at(-1));
  expect(most - before).toBeLessThan(MOST_GROWTH_MIB);
  return answer;
}

const HEADER =
  'Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost';
const ROW = (second: number): string =>
  `"2026-02-01T10:00:0${second}.000Z","Included","gpt-5","No","0","${second}","0","1","${second + 1}","Included"`;

it('a line of 1 GiB in a log loses that line alone', async () => {
  const answer = await watched('a log with a line of 1 GiB', () =>
    put('/log.jsonl', lines(claudeLine('msg_1'), repeated('{"a":1},', 1024 * MiB), claudeLine('msg_2'))),
  );
  expect(answer.body.rows).toMatchObject({ accepted: 2, rejected: 1 });
});

it('a line of 1 GiB in a table loses that line alone', async () => {
  const answer = await watched('a table with a line of 1 GiB', () =>
    put('/table.csv', lines(HEADER, ROW(1), repeated('x', 1024 * MiB), ROW(2))),
  );
  expect(answer.body.rows).toMatchObject({ accepted: 2, rejected: 1 });
});

it('a file of one line of 1 GiB is refused', async () => {
  const answer = await watched('1 GiB without a line break', () =>
    put('/x.csv', lines(repeated('x', 1024 * MiB))),
  );
  expect(answer.status).toBe(422);
});

it('a JSON document of 1 GiB is refused', async () => {
  const answer = await watched('1 GiB of nested JSON', () =>
    put('/x.json', lines(repeated('[{"a":', 1024 * MiB))),
  );
  expect(answer.status).toBe(422);
});

it('bombs are refused when they are too large, not when they have filled the disk', async () => {
  const zeros = (): Readable => Readable.from(repeated('0\n', 4096 * MiB));
  const gzip = await watched('4 GiB in gzip', () => put('/x.gz', zeros().pipe(createGzip({ level: 1 }))));
  const brotli = await watched('4 GiB in brotli', () =>
    put('/x.br', zeros().pipe(createBrotliCompress({ params: { 1: 1 } })), { 'Content-Encoding': 'br' }),
  );
  expect([gzip.status, brotli.status]).toEqual([413, 413]);
});

it('500 connections that send headers and bodies slowly hold up others until they are hung up on, no longer', async () => {
  const { port } = new URL(program.url('http'));
  let open = 500;
  const sockets = Array.from({ length: open }, (_, i) => {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    // unread, an answer would keep it open at this end
    socket.on('close', () => open--).resume();
    const head = 'PUT /api/v1/uploads/x HTTP/1.1\r\nHost: localhost\r\n';
    socket.write(i % 2 === 0 ? head : `${head}Content-Length: 100000\r\n\r\n${'x'.repeat(100)}`);
    return socket;
  });
  const begun = Date.now();
  const answer = await watched('500 slow connections', async () => {
    for (;;) {
      const some = await put('/ok.jsonl', lines(claudeLine('msg_slow')));
      // nothing but being told to come again
      if (some.status !== 503) return some;
      expect(some.retryAfter).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, some.retryAfter * 1000));
    }
  });
  expect(answer.status).toBe(201);
  expect(Date.now() - begun).toBeLessThan(6 * IDLE_SECONDS * 1000);
  // Node looks for late headers every 30 seconds
  await vi.waitFor(() => expect(open).toBe(0), { timeout: 60_000, interval: 200 });
  for (const socket of sockets) socket.destroy();
});
