/** Who asks, in each of the ways in which clients say it. */
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from './credentials.ts';
import { openTestEndpoint, raw, type TestEndpoint } from './testing/endpoint.ts';

let endpoint: TestEndpoint;
let url: string;
const seen: (Credentials | undefined)[] = [];
const PASSWORD = 'p:ä/=?';

beforeAll(async () => {
  endpoint = await openTestEndpoint('authentication');
  url = await endpoint.another({
    authenticate: async (credentials) => {
      seen.push(credentials);
      if (credentials?.user === 'breaks') throw new Error('the tokens file is gone');
      return await Promise.resolve(credentials?.password === PASSWORD || 'it is another.');
    },
  });
});
afterAll(() => endpoint.close());

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
const ask = (headers: Record<string, string>, query = '') =>
  raw(`${url}/?${query}`, { body: 'SELECT 1', headers });

describe('user and password', () => {
  it.each([
    ['Basic', { authorization: basic(`ada:${PASSWORD}`) }, '', 'ada'],
    [
      'Basic in small letters',
      { authorization: basic(`ada:${PASSWORD}`).replace('Basic', 'basic') },
      '',
      'ada',
    ],
    ['a user in the URL', {}, `user=ada&password=${encodeURIComponent(PASSWORD)}`, 'ada'],
    ['a password in the URL', {}, `password=${encodeURIComponent(PASSWORD)}`, 'default'],
  ] as const)('may come as %s', async (_as, headers, query, user) => {
    expect(await ask({ ...headers }, query)).toMatchObject({ status: 200 });
    expect(seen.at(-1)).toEqual({ user, password: PASSWORD });
  });

  it('may come in the headers of ClickHouse, whether or not they say something of certificates', async () => {
    const headers = { 'x-clickhouse-user': 'ada', 'x-clickhouse-key': 'token' };
    expect((await ask(headers)).status).toBe(403);
    expect(seen.at(-1)).toEqual({ user: 'ada', password: 'token' });
    for (const on of ['on', 'off']) {
      await ask({ ...headers, 'x-clickhouse-ssl-certificate-auth': on });
      expect(seen.at(-1)).toEqual({ user: 'ada', password: 'token' });
    }
    await ask({ 'x-clickhouse-user': 'ada' });
    expect(seen.at(-1)).toEqual({ user: 'ada', password: '' });
  });

  it('may come as a bearer token', async () => {
    await ask({ authorization: 'Bearer abc.def' });
    expect(seen.at(-1)).toEqual({ user: 'default', password: 'abc.def' });
  });

  it('come from @clickhouse/client', async () => {
    for (const [password, works] of [
      [PASSWORD, true],
      ['wrong', false],
    ] as const) {
      const client = createClient({ url, username: 'ada', password, log: { level: ClickHouseLogLevel.OFF } });
      const asked = client.query({ query: 'SELECT 1 AS a', format: 'JSONEachRow' });
      if (works) expect(await (await asked).json()).toEqual([{ a: 1 }]);
      else await expect(asked).rejects.toMatchObject({ code: '516', type: 'AUTHENTICATION_FAILED' });
      await client.close();
    }
  });

  it.each(['Basic', 'Basic !', 'Digest x', basic('ada'), basic(''), 'Bearer a b'])(
    'that cannot be read are wrong ones: %s',
    async (authorization) => {
      expect((await ask({ authorization })).status).toBe(403);
      expect(seen.at(-1)?.password).not.toBe(PASSWORD);
      expect(seen.at(-1)).toBeDefined();
    },
  );
});

describe('an endpoint that asks for a password', () => {
  it('answers a wrong one with 403 and 516', async () => {
    const answer = await ask({ authorization: basic("ada\n'x:secret") });
    expect(answer).toMatchObject({ status: 403, headers: { 'x-clickhouse-exception-code': '516' } });
    expect(answer.body.toString()).toBe(
      'Code: 516. DB::Exception: ada??x: Authentication failed: password is incorrect, or there is no user with such name: it is another. (AUTHENTICATION_FAILED)\n',
    );
  });

  it('asks for one that is missing', async () => {
    const answer = await ask({});
    expect(answer).toMatchObject({
      status: 401,
      headers: {
        'x-clickhouse-exception-code': '194',
        'www-authenticate': 'Basic realm="tallyd", charset="UTF-8"',
      },
    });
    expect(seen.at(-1)).toBeUndefined();
  });

  it('wants it before it reads a statement, and never for a ping', async () => {
    expect((await raw(`${url}/?query=SELEC`)).status).toBe(401);
    expect((await raw(url, { body: Buffer.alloc(2 * 1024 * 1024) })).status).toBe(401);
    expect((await raw(`${url}/ping`)).body.toString()).toBe('Ok.\n');
  });

  it('lets nobody in when it cannot tell', async () => {
    expect((await ask({ 'x-clickhouse-user': 'breaks', 'x-clickhouse-key': PASSWORD })).status).toBe(500);
  });
});

describe('an endpoint that asks for none', () => {
  it('looks at no user and no password', async () => {
    const answer = await raw(endpoint.url, {
      body: 'SELECT 1',
      headers: { authorization: basic('ada:wrong') },
    });
    expect(answer.status).toBe(200);
  });
});
