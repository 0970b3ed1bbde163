/** Limits over real HTTP, on every port of a collector that asks for tokens. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeTokens } from '../collector/access/change-tokens.ts';
import { addToken } from '../collector/access/token-list.ts';
import { readConfig } from '../collector/config-lists.ts';
import { type Collector, startCollector } from '../collector/main.ts';
import { claudeFile } from '../collector/sources/upload/testing.ts';
import { valueOf } from '../exporter/testing.ts';
import { environment, run } from './support/program.ts';
import { quiet, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('limits');
const tokensFile = join(folder.path, 'tokens.json');
const yaml = join(folder.path, 'tallyd.yaml');
const env = environment(folder.path, { TALLYD_TOKENS_FILE: tokensFile, TALLYD_TAIL: 'none' });
writeFileSync(
  yaml,
  'limits: { tiers: { few: { requests: 3, per: 1h }, small: { bytes: 2kB, per: 1h } }, default: unlimited }\n',
);
const FILE = claudeFile('m1', 'm2');
const UPLOAD = '/api/v1/uploads/a.jsonl';
let collector: Collector;

async function token(name: string, tier?: string): Promise<string> {
  return await changeTokens(tokensFile, (all) => {
    const wish = { name, scopes: ['admin' as const], expiresAt: undefined, tier, now: Date.now() };
    const added = addToken(all, wish);
    return { tokens: added.tokens, result: added.secret };
  });
}

type Port = 'http' | 'metrics' | 'store';

async function ask(secret: string, port: Port, path: string, init: RequestInit = {}): Promise<Response> {
  const { host, port: number } = collector.addresses[port]!;
  const headers = { authorization: `Bearer ${secret}` };
  return await fetch(`http://${host}:${number}${path}`, { ...init, headers });
}

let admin: string;
async function limited(labels: Record<string, string>): Promise<number | undefined> {
  const text = await (await ask(admin, 'metrics', '/metrics')).text();
  return valueOf(text, 'tallyd_limited_requests_total', labels);
}

beforeAll(async () => {
  admin = await token('admin');
  collector = await startCollector({ config: readConfig(env, yaml), log: quiet, env });
});
afterAll(async () => {
  await collector?.stop();
  folder.remove();
});

describe('a token of a tier', () => {
  it('may ask for so much over all ports together, and is told when to try again', async () => {
    const few = await token('few', 'few');
    const first = await ask(few, 'http', '/api/v1/uploads');
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit')).toBe('"requests";r=2;t=3600');
    const second = await ask(few, 'store', '/?query=SELECT+1');
    expect([second.status, second.headers.get('ratelimit-remaining')]).toEqual([200, '1']);
    const third = await ask(few, 'metrics', '/metrics');
    expect([third.status, third.headers.get('ratelimit-remaining')]).toEqual([200, '0']);

    const upload = await ask(few, 'http', UPLOAD, { method: 'PUT', body: FILE });
    expect(upload.status).toBe(429);
    expect(Number(upload.headers.get('retry-after'))).toBeGreaterThan(3000);
    expect(upload.headers.get('content-type')).toBe('application/problem+json');
    expect(await upload.json()).toMatchObject({
      type: 'urn:tallyd:problem:rate-limited',
      'violated-policies': ['requests'],
      detail: expect.stringMatching(/^the token few has used up its 3 requests in an hour/) as string,
    });
    const query = await ask(few, 'store', '/?query=SELECT+1');
    expect([query.status, query.headers.get('x-clickhouse-exception-code')]).toEqual([429, '201']);
    expect(await query.text()).toMatch(/^Code: 201\. DB::Exception: the token few .*\(QUOTA_EXCEEDED\)\n$/);
    const scrape = await ask(few, 'metrics', '/metrics');
    expect([scrape.status, scrape.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    for (const port of ['http', 'store', 'metrics'] as const)
      expect(await limited({ port, reason: 'requests' })).toBe(1);
    expect((await ask(few, 'http', '/healthz')).status).toBe(200);
    expect((await ask(few, 'store', '/ping')).status).toBe(200);
    expect((await ask(admin, 'http', '/api/v1/uploads')).headers.get('ratelimit-policy')).toBeNull();
  });

  it('may send so many bytes, whether or not it says before how many', async () => {
    const small = await token('small', 'small');
    const put = (body: string | ReadableStream) =>
      ask(small, 'http', UPLOAD, { method: 'PUT', body, duplex: 'half' });
    const streamed = (text: string) => new Blob([text]).stream();
    const stored = await put(streamed(FILE));
    expect(stored.status).toBe(201);
    expect(stored.headers.get('ratelimit-policy')).toBe('"bytes";q=2000;qu="content-bytes";w=3600');
    const known = await put(FILE);
    expect(known.headers.get('ratelimit')).toContain(`"bytes";r=${2000 - 2 * FILE.length};t=3`);
    const large = claudeFile(...Array.from({ length: 6 }, (_, i) => `n${i}`));
    for (const body of [large, streamed(large)]) {
      const problem = (await (await put(body)).json()) as object;
      expect(problem).toMatchObject({ status: 429, 'violated-policies': ['bytes'] });
    }
    for (const body of ['x'.repeat(2001), streamed('x'.repeat(2001))])
      expect(await (await put(body)).json()).toMatchObject({ type: 'urn:tallyd:problem:over-quota' });
    // nothing of what was refused is there, and less than what is left still passes
    expect(await limited({ port: 'http', reason: 'bytes' })).toBe(4);
    const uploads = (await (await ask(admin, 'http', '/api/v1/uploads')).json()) as { total: number };
    expect(uploads.total).toBe(2);
  });

  it('is refused before its body is asked for', async () => {
    const tiny = await token('tiny', 'small');
    const headers = { authorization: `Bearer ${tiny}`, expect: '100-continue', 'content-length': 3000 };
    const to = { ...collector.addresses.http, method: 'PUT', path: UPLOAD, headers };
    const sending = request(to);
    let asked = false;
    sending.on('continue', () => (asked = true)).flushHeaders();
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    expect([response.statusCode, asked]).toEqual([413, false]);
    sending.destroy();
  });
});

describe('tallyd token create --tier', () => {
  it('takes the tiers of tallyd.yaml, and names them where there is no such one', async () => {
    const made = await run(env, 'token', 'create', 'nightly', '--tier', 'few', '--config', yaml);
    expect(made.stderr).toContain('without end, tier few, in ');
    const none = await run(env, 'token', 'create', 'x', '--tier', 'gold', '--config', yaml);
    expect([none.code, none.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^tallyd: --tier is "gold", but must be one of: standard, few, small, unlimited\. Tiers stand/,
      ),
    ]);
  });
});
