import { once } from 'node:events';
import { request as send, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quiet } from '../../tests/support/store.ts';
import { UploadProblem } from '../sources/upload/problem.ts';
import type { Uploads } from '../sources/upload/uploads.ts';
import { createApp } from './app.ts';
import type { Readiness } from './health.ts';
import { listen, type Listening } from './server.ts';

let server: Listening;
let readiness: Readiness = { ready: true, reasons: [] };
/** What a request does to the uploads. */
let receive: (body: AsyncIterable<Buffer>) => Promise<never>;

beforeAll(async () => {
  const uploads = {
    maxBytes: 1000,
    receiveAny: (body: AsyncIterable<Buffer>) => receive(body),
    job: () => Promise.resolve(undefined),
    rejections: () => Promise.resolve(undefined),
    list: () => Promise.reject(new Error('secret /etc/passwd')),
  } as unknown as Uploads;
  const app = createApp({
    ...{ uploads, formats: [], version: '1.2.3', log: quiet, allowedHosts: ['usage.example'] },
    readiness: () => Promise.resolve(readiness),
  });
  server = await listen(app, { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

async function ask(
  method: string,
  path: string,
  headers: OutgoingHttpHeaders = {},
  body = '',
): Promise<Answer> {
  const request = send({ ...server.address, method, path, headers });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = (await response.toArray()).join('');
  const parsed = (text === '' ? {} : JSON.parse(text)) as Answer['body'];
  return { status: response.statusCode!, headers: response.headers, body: parsed };
}

const UPLOADS = '/api/v1/uploads';

describe('the health of the process', () => {
  it('is told apart from being ready', async () => {
    expect(await ask('GET', '/healthz')).toMatchObject({
      status: 200,
      body: { status: 'ok', version: '1.2.3' },
    });
    expect(await ask('GET', '/readyz')).toMatchObject({ status: 200, body: { ready: true } });
    readiness = { ready: false, reasons: ['the store does not answer'] };
    expect(await ask('GET', '/readyz')).toMatchObject({ status: 503, body: readiness });
    expect(await ask('HEAD', '/healthz')).toMatchObject({ status: 200, body: {} });
  });
});

describe('an address', () => {
  it.each([
    ['GET', '/', 404, 'not-found'],
    ['GET', '/api/v2/uploads', 404, 'not-found'],
    ['GET', `${UPLOADS}/nothing`, 404, 'not-found'],
    ['GET', `${UPLOADS}/nothing/rejections`, 404, 'not-found'],
    ['GET', `${UPLOADS}/%E0%A4`, 400, 'bad-parameter'],
    ['GET', `${UPLOADS}?limit=0`, 400, 'bad-parameter'],
    ['GET', `${UPLOADS}?limit=1001`, 400, 'bad-parameter'],
    ['GET', `${UPLOADS}?offset=-1`, 400, 'bad-parameter'],
    ['GET', `${UPLOADS}?page=2`, 400, 'bad-parameter'],
    ['GET', `${UPLOADS}/x?wait=true`, 400, 'bad-parameter'],
    ['PUT', `${UPLOADS}/x?wait=1`, 400, 'bad-parameter'],
  ])('%s %s gets %d with problem details', async (method, path, status, kind) => {
    const { headers, body, ...answer } = await ask(method, path);
    expect(answer.status).toBe(status);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'x-content-type-options': 'nosniff',
    });
    expect(body).toMatchObject({ type: `urn:tallyd:problem:${kind}`, status, instance: path.split('?')[0] });
    expect(body['detail']).toMatch(/\.$/);
  });

  it.each([
    ['DELETE', UPLOADS, 'GET, HEAD, PUT, POST, OPTIONS'],
    ['PATCH', `${UPLOADS}/x`, 'GET, HEAD, PUT, POST, OPTIONS'],
    ['POST', `${UPLOADS}/x/rejections`, 'GET, HEAD, OPTIONS'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
  ])('says to %s %s which methods it has', async (method, path, allow) => {
    expect(await ask(method, path)).toMatchObject({ status: 405, headers: { allow } });
    expect(await ask('OPTIONS', path)).toMatchObject({ status: 204, headers: { allow } });
  });
});

describe('an error inside', () => {
  it('tells the client nothing of the inside', async () => {
    const { status, body } = await ask('GET', UPLOADS);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(/secret|passwd|\.ts/);
  });
});

describe('a web page', () => {
  const refused = { status: 403, body: { type: 'urn:tallyd:problem:cross-origin' } };
  it('of another site may not send', async () => {
    expect(await ask('POST', UPLOADS, { Origin: 'http://evil.example' }, 'x')).toMatchObject(refused);
    expect(await ask('POST', UPLOADS, { Origin: 'null' }, 'x')).toMatchObject(refused);
    expect(await ask('POST', UPLOADS, { 'Sec-Fetch-Site': 'cross-site' }, 'x')).toMatchObject(refused);
  });

  it('of this address may', async () => {
    receive = () => Promise.reject(new UploadProblem('empty-body', 'it is empty.'));
    const origin = `http://127.0.0.1:${server.address.port}`;
    expect(await ask('POST', UPLOADS, { Origin: origin })).toMatchObject({ status: 400 });
  });

  it('cannot reach tallyd under a name of its own', async () => {
    expect(await ask('GET', '/healthz', { Host: 'evil.example:4318' })).toMatchObject({
      status: 421,
      body: { type: 'urn:tallyd:problem:wrong-host' },
    });
    for (const Host of ['localhost', 'LOCALHOST:4318', '127.0.0.1', '[::1]:4318', 'usage.example'])
      expect(await ask('GET', '/healthz', { Host })).toMatchObject({ status: 200 });
  });
});

describe('a request that is refused before its body', () => {
  it('is not asked to go on', async () => {
    const headers = { Expect: '100-continue', 'Content-Length': 2000 };
    const request = send({ ...server.address, method: 'PUT', path: `${UPLOADS}/x`, headers });
    let asked = false;
    request.on('continue', () => (asked = true)).flushHeaders();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect({ status: response.statusCode, asked }).toEqual({ status: 413, asked: false });
    expect(response.headers.connection).toBe('close');
    request.destroy();
  });

  it('is answered while the client is still sending', async () => {
    receive = async (body) => {
      for await (const _chunk of body) break;
      throw new UploadProblem('unsupported-file', 'no.');
    };
    const headers = { 'Transfer-Encoding': 'chunked' };
    const request = send({ ...server.address, method: 'PUT', path: `${UPLOADS}/x`, headers });
    request.write(Buffer.alloc(5_000_000));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(415);
    expect((await response.toArray()).join('')).toContain('"no."');
    request.destroy();
  });
});
