/** What a client meets that asks for too much at once, or is too slow. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { quiet } from '../../tests/support/store.ts';
import { UploadProblem } from '../sources/upload/problem.ts';
import type { Uploads } from '../sources/upload/uploads.ts';
import type { LimitReason } from '../telemetry.ts';
import { createApp } from './app.ts';
import { listen, type Listening } from './server.ts';

const LARGE = 'x'.repeat(50_000_000);
const limited: LimitReason[] = [];
let server: Listening;
let letGo: () => void = () => undefined;

beforeAll(async () => {
  const uploads = {
    maxBytes: 1000,
    waiting: 0,
    receiveAny: async () => {
      await new Promise<void>((resolve) => (letGo = resolve));
      throw new UploadProblem('empty-body', 'it is empty.');
    },
    list: () => Promise.resolve({ items: [{ id: '1', name: LARGE }], total: 1 }),
  } as unknown as Uploads;
  const onLimited = (reason: LimitReason): void => void limited.push(reason);
  const app = createApp({
    ...{ uploads, formats: [], version: '1', log: quiet, onLimited, idleMs: 500 },
    room: { atOnce: 1, waiting: 10 },
    readiness: () => Promise.resolve({ ready: true, reasons: [] }),
  });
  server = await listen(app, { host: '127.0.0.1', port: 0, connections: 3, headersMs: 60_000, onLimited });
});
afterAll(() => server.close());

it('an upload for which there is no room is refused before its body, and told when to come again', async () => {
  const headers = { Expect: '100-continue', 'Content-Length': 10 };
  const put = () => request({ ...server.address, method: 'PUT', path: '/api/v1/uploads/x', headers });
  const before = letGo;
  const first = put();
  first.end('0123456789');
  while (letGo === before) await new Promise((resolve) => setTimeout(resolve, 5));
  const second = put();
  let asked = false;
  second.on('continue', () => (asked = true)).flushHeaders();
  const [refused] = (await once(second, 'response')) as [IncomingMessage];
  expect([refused.statusCode, refused.headers['retry-after'], asked]).toEqual([503, '2', false]);
  expect(JSON.parse((await refused.toArray()).join(''))).toMatchObject({
    type: 'urn:tallyd:problem:too-many-uploads',
    detail: expect.stringContaining('Nothing of this one was read') as string,
  });
  second.destroy();
  letGo();
  const [answered] = (await once(first, 'response')) as [IncomingMessage];
  expect(answered.statusCode).toBe(400);
  answered.resume();
  expect(limited).toEqual(['uploads']);
});

it('a client that takes nothing of its answer is cut off', async () => {
  limited.length = 0;
  const socket = await connected();
  socket.pause().write('GET /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\n\r\n');
  while (limited.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(limited).toEqual(['slow']);
  let taken = 0;
  socket.on('error', () => undefined).on('data', (chunk) => (taken += chunk.length));
  await once(socket.resume(), 'close');
  expect(taken).toBeLessThan(LARGE.length);
});

it('a connection more than there may be is closed', async () => {
  limited.length = 0;
  const sockets: Socket[] = [];
  while (limited.length === 0) {
    const socket = await connected();
    socket.on('error', () => undefined);
    sockets.push(socket);
    if (sockets.length > 3) await once(socket.resume(), 'close');
  }
  expect(limited[0]).toBe('connections');
  expect(sockets.length).toBeLessThanOrEqual(4);
  for (const socket of sockets) socket.destroy();
});

async function connected(): Promise<Socket> {
  const socket = connect(server.address.port, server.address.host);
  await once(socket, 'connect');
  return socket;
}
