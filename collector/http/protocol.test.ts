/** What the server says to bytes that are no proper request, over real sockets. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quiet } from '../../tests/support/store.ts';
import { UploadProblem } from '../sources/upload/problem.ts';
import type { Uploads } from '../sources/upload/uploads.ts';
import { createApp } from './app.ts';
import { listen, type Listening } from './server.ts';

let server: Listening;
/** What came of bodies that came to their end. */
let received: string[] = [];
/** Bodies that are being read. */
let reading = 0;
/** Resolves what an upload waits for before it is answered. */
let release: (() => void) | undefined;

beforeAll(async () => {
  const uploads = {
    maxBytes: 1_000_000,
    receiveAny: async (body: AsyncIterable<Buffer>) => {
      const chunks: Buffer[] = [];
      reading++;
      try {
        for await (const chunk of body) chunks.push(chunk);
      } finally {
        reading--;
      }
      received.push(Buffer.concat(chunks).toString());
      if (chunks.length > 0) await new Promise<void>((resolve) => (release = resolve));
      throw new UploadProblem('empty-body', 'it is empty.');
    },
    list: () => Promise.resolve({ total: 0, items: [] }),
  } as unknown as Uploads;
  const readiness = () => Promise.resolve({ ready: true, reasons: [] });
  const app = createApp({ uploads, formats: [], version: '1', log: quiet, readiness, idleMs: 200 });
  server = await listen(app, { host: '127.0.0.1', port: 0, headersMs: 300 });
});
afterAll(() => server.close());

interface Raw {
  socket: Socket;
  text: () => string;
  /** Everything that came until the server closed the connection. */
  closed: Promise<string>;
}

function open(bytes: string | Buffer): Raw {
  const socket = connect(server.address.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(bytes);
  return { socket, text: () => text, closed: once(socket, 'close').then(() => text) };
}

interface Answer {
  status: number;
  head: string;
  body: { type: string; status: number; detail: string };
}

/** The answers of a connection, in their order. */
function answersOf(text: string): Answer[] {
  return text.split(/(?=HTTP\/1\.1 \d)/).map((one) => {
    const [head = '', body = ''] = one.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), head, body: JSON.parse(body || '{}') as Answer['body'] };
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const GET = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n';
const PUT = 'PUT /api/v1/uploads/x HTTP/1.1\r\nHost: localhost\r\n';

describe('bytes that are no request', () => {
  it.each([
    ['prose', 'hello, is anybody there?\r\n\r\n', 400, 'bad-request', 'cannot be read as HTTP/1.1'],
    [
      'a TLS handshake',
      Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
      400,
      'bad-request',
      'use http://',
    ],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'bad-request', 'HTTP/1.1'],
    ['a header without a colon', `${GET}Nonsense\r\n\r\n`, 400, 'bad-request', 'header'],
    ['NUL in a header', `${GET}X: a\0b\r\n\r\n`, 400, 'bad-request', 'header'],
    [
      'a length that is no number',
      `${PUT}Content-Length: many\r\n\r\n`,
      400,
      'bad-request',
      'Content-Length',
    ],
    [
      'two lengths',
      `${PUT}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      400,
      'bad-request',
      'Content-Length',
    ],
    [
      'a length and chunks, which proxies may understand otherwise',
      `${PUT}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ...([400, 'bad-request', 'HTTP/1.1'] as const),
    ],
    [
      'a request line of 20 kB',
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      431,
      'headers-too-large',
      '16 KiB',
    ],
    ['headers of 20 kB', `${GET}X: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large', '16 KiB'],
    ['no Host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'bad-request', 'Host'],
    [
      'another expectation',
      `${PUT}Expect: wonders\r\nContent-Length: 1\r\n\r\n`,
      417,
      'expectation-failed',
      '100-continue',
    ],
    ['CONNECT', 'CONNECT other:443 HTTP/1.1\r\nHost: other\r\n\r\n', 400, 'bad-request', 'proxies'],
    ['headers that never end', GET, 408, 'timeout', 'headers'],
    ['a body that stops', `${PUT}Content-Length: 1000\r\n\r\nabc`, 408, 'timeout', 'no byte of the body'],
    [
      'chunks that stop',
      `${PUT}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
      408,
      'timeout',
      'no byte of the body',
    ],
    [
      'a chunk that is none',
      `${PUT}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc`,
      400,
      'bad-request',
      'chunk',
    ],
  ] as const)(
    '%s is answered with a sentence, and the connection closed',
    async (_title, bytes, status, kind, detail) => {
      const [answer, ...more] = answersOf(await open(bytes).closed);
      expect(answer).toMatchObject({ status, body: { type: `urn:tallyd:problem:${kind}`, status } });
      expect(answer!.body.detail).toMatch(/\.$/);
      expect(answer!.body.detail).toContain(detail);
      expect(answer!.head).toMatch(/^Content-Type: application\/problem\+json\r$/im);
      expect(answer!.head).toMatch(/^Connection: close\r?$/im);
      expect(more).toEqual([]);
      await until(() => reading === 0);
    },
  );

  it('of HTTP/1.0 may leave the Host header out where nobody can be deceived by it', async () => {
    const [answer] = answersOf(await open('GET /healthz HTTP/1.0\r\n\r\n').closed);
    expect(answer).toMatchObject({ status: 421 });
  });
});

describe('a connection', () => {
  it('answers requests that came together, in their order', async () => {
    const last = `${GET}Connection: close\r\n\r\n`;
    const text = await open(`${GET}\r\nDELETE /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n${GET}\r\n${last}`)
      .closed;
    expect(answersOf(text).map(({ status }) => status)).toEqual([200, 405, 200, 200]);
  });

  it('goes on after an error that leaves nothing unread', async () => {
    const raw = open(`${PUT}Content-Length: 0\r\n\r\n`);
    await until(() => raw.text().endsWith('}\n'));
    raw.socket.write(`GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n${GET}Connection: close\r\n\r\n`);
    const answers = answersOf(await raw.closed);
    expect(answers.map(({ status }) => status)).toEqual([400, 404, 200]);
    expect(answers[0]!.head).toMatch(/^Connection: keep-alive\r?$/im);
  });

  it('answers a whole upload though its length was told too short, and then closes', async () => {
    received = [];
    const raw = open(`${PUT}Content-Length: 3\r\n\r\nabcdefgh\r\n\r\n`);
    await until(() => received.length === 1);
    release!();
    const answers = answersOf(await raw.closed);
    expect(received).toEqual(['abc']);
    expect(answers).toHaveLength(1);
    expect(answers[0]!.body.detail).toBe('it is empty.');
    expect(answers[0]!.head).toMatch(/^Connection: close\r?$/im);
  });

  it('that breaks in the middle of a body ends its upload, and no other', async () => {
    received = [];
    const broken = open(`${PUT}Content-Length: 1000\r\n\r\nabc`);
    const other = open(`${PUT}Content-Length: 6\r\nConnection: close\r\n\r\nabc`);
    await until(() => reading === 2);
    broken.socket.destroy();
    await until(() => reading === 1);
    other.socket.write('def');
    await until(() => received.length === 1);
    release!();
    expect(answersOf(await other.closed)[0]!.body.detail).toBe('it is empty.');
    expect(received).toEqual(['abcdef']);
  });

  it('asks for the body of a client that waits with it', async () => {
    received = [];
    const raw = open(`${PUT}Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`);
    await until(() => raw.text() === 'HTTP/1.1 100 Continue\r\n\r\n');
    raw.socket.write('abc');
    await until(() => received.length === 1);
    release!();
    expect((await raw.closed).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 400']);
  });
});

describe('HEAD', () => {
  it.each(['/healthz', '/readyz', '/api/v1/uploads', '/nothing'])(
    'of %s tells what GET would, without a body',
    async (path) => {
      const of = async (method: string): Promise<string> =>
        await open(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`).closed;
      const [head, body] = (await of('HEAD')).split('\r\n\r\n');
      const [got] = (await of('GET')).split('\r\n\r\n');
      const plain = (text = ''): string => text.replace(/^Date: .*\r$/m, '');
      expect(plain(head)).toBe(plain(got));
      expect(body).toBe('');
    },
  );
});
