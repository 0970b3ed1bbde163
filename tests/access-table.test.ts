/** Every address with every kind of token, asked over real HTTP, against the table in docs/security.md. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeTokens } from '../collector/access/change-tokens.ts';
import type { Scope } from '../collector/access/scopes.ts';
import { addToken, revokeToken } from '../collector/access/token-list.ts';
import { readConfig } from '../collector/config-lists.ts';
import { type Collector, startCollector } from '../collector/main.ts';
import { packageRoot } from '../collector/package-root.ts';
import { makeKey, TestIssuer } from './support/issuer.ts';
import { environment } from './support/program.ts';
import { quiet, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('access-table');
const tokensFile = join(folder.path, 'tokens.json');
const CSV =
  'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n' +
  '"2026-01-05T10:00:00.000Z","a@example.com","Included","gpt-5","No","0","10","0","5","15","0.01"\n';

const DAY_MS = 86_400_000;
let collector: Collector;
let issuer: TestIssuer;
/** The columns: what is sent. */
const tokens = new Map<string, string | undefined>();

async function token(name: string, scopes: Scope[], expiresAt?: string): Promise<string> {
  return await changeTokens(tokensFile, (all) => {
    const added = addToken(all, { name, scopes, expiresAt, now: Date.now() });
    return { tokens: added.tokens, result: added.secret };
  });
}

beforeAll(async () => {
  tokens.set('none', undefined);
  tokens.set('unknown', 'tallyd_nobody-made-this-one-0000000000000000000');
  tokens.set('expired', await token('expired', ['admin'], new Date(Date.now() - DAY_MS).toISOString()));
  tokens.set('revoked', await token('revoked', ['admin']));
  await changeTokens(tokensFile, (all) => ({
    ...revokeToken(all, 'revoked', Date.now()),
    result: undefined,
  }));
  for (const scope of ['ingest', 'read', 'admin'] as const)
    tokens.set(`\`${scope}\``, await token(scope, [scope]));
  issuer = await TestIssuer.start();
  for (const role of ['viewer', 'analyst', 'admin'])
    tokens.set(`JWT ${role}`, await issuer.sign({ roles: [role] }));
  const admin = { roles: ['admin'] };
  tokens.set('JWT expired', await issuer.sign({ ...admin, expiresIn: -3600 }));
  tokens.set('JWT for others', await issuer.sign({ ...admin, audience: 'payroll' }));
  tokens.set('JWT forged', await issuer.sign(admin, await makeKey('rsa-1', 'RS256')));
  const env = environment(folder.path, {
    ...{ TALLYD_TOKENS_FILE: tokensFile, TALLYD_TAIL: 'none' },
    ...issuer.env,
  });
  collector = await startCollector({ config: readConfig(env), log: quiet, env });
});
afterAll(async () => {
  await collector?.stop();
  await issuer.stop();
  folder.remove();
});

type Port = 'http' | 'metrics' | 'store';
interface Asked {
  port: Port;
  method: string;
  /** As the page shows it; ID is that of a real upload. */
  path: string;
  body?: string;
}

const UPLOADS = '/api/v1/uploads';
const ADDRESSES: Asked[] = [
  { port: 'http', method: 'PUT', path: `${UPLOADS}/NAME`, body: CSV },
  { port: 'http', method: 'POST', path: UPLOADS, body: CSV },
  { port: 'http', method: 'PUT', path: UPLOADS, body: CSV },
  { port: 'http', method: 'POST', path: `${UPLOADS}/NAME`, body: CSV },
  { port: 'http', method: 'PUT', path: `${UPLOADS}/NAME?mode=replace`, body: CSV },
  { port: 'http', method: 'PUT', path: `${UPLOADS}/NAME?wait=false`, body: CSV },
  { port: 'http', method: 'GET', path: UPLOADS },
  { port: 'http', method: 'GET', path: `${UPLOADS}/ID` },
  { port: 'http', method: 'GET', path: `${UPLOADS}/ID/rejections` },
  { port: 'http', method: 'OPTIONS', path: UPLOADS },
  { port: 'http', method: 'DELETE', path: `${UPLOADS}/ID` },
  { port: 'http', method: 'POST', path: '/api/v1/backup' },
  { port: 'http', method: 'DELETE', path: '/api/v1/datasets/NOTHING' },
  { port: 'http', method: 'GET', path: '/api/v1/audit' },
  { port: 'http', method: 'GET', path: '/any/other' },
  { port: 'http', method: 'GET', path: '/healthz' },
  { port: 'http', method: 'GET', path: '/readyz' },
  { port: 'metrics', method: 'GET', path: '/metrics' },
  { port: 'metrics', method: 'GET', path: '/any/other' },
  { port: 'store', method: 'POST', path: '/', body: 'SELECT count() FROM tallyd.usage' },
  { port: 'store', method: 'GET', path: '/?query=SELECT+1' },
  { port: 'store', method: 'GET', path: '/ping' },
];
const NUMBERS: Record<Port, number> = { http: 4318, metrics: 9464, store: 8123 };

async function ask({ port, method, path, body }: Asked, secret: string | undefined, scheme: Scheme) {
  const { host, port: number } = collector.addresses[port]!;
  const headers: Record<string, string> = secret === undefined ? {} : { authorization: scheme(secret) };
  return await fetch(`http://${host}:${number}${path.replace('ID', await uploadId())}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
}

type Scheme = (secret: string) => string;
const bearer: Scheme = (secret) => `Bearer ${secret}`;
const basic: Scheme = (secret) => `Basic ${Buffer.from(`x:${secret}`).toString('base64')}`;

let known: Promise<string> | undefined;
function uploadId(): Promise<string> {
  const { host, port } = collector.addresses.http;
  known ??= fetch(`http://${host}:${port}${UPLOADS}/first.csv`, {
    ...{ method: 'PUT', body: CSV },
    headers: { authorization: bearer(tokens.get('`ingest`')!) },
  }).then(async (response) => ((await response.json()) as { id: string }).id);
  return known;
}

async function table(scheme: Scheme, addresses = ADDRESSES): Promise<string> {
  const lines = [
    `| port | address | ${[...tokens.keys()].join(' | ')} |`,
    `|---|---|${'---|'.repeat(tokens.size)}`,
  ];
  for (const asked of addresses) {
    const statuses: number[] = [];
    for (const secret of tokens.values()) {
      const response = await ask(asked, secret, scheme);
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    lines.push(`| ${NUMBERS[asked.port]} | \`${asked.method} ${asked.path}\` | ${statuses.join(' | ')} |`);
  }
  return lines.join('\n');
}

/** What the routers say in their code: `GET /api/v1/uploads/:upload`. */
function routes(): string[] {
  const folder = join(packageRoot, 'collector/http');
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8'));
  const mounts = texts.flatMap((text) => [...text.matchAll(/app\.use\(\s*(?:'([^']+)',\s*)?(\w+Routes)\(/g)]);
  return mounts.flatMap(([, base = '', name]) => {
    const text = texts.find((one) => one.includes(`export function ${name}(`))!;
    const found = [...text.matchAll(/\.route\('([^']+)'\)((?:(?!\.route\()[\s\S])*?)\.all\(/g)];
    return found.flatMap(([, path, handlers]) =>
      [...handlers!.matchAll(/^ {4}\.(get|put|post|delete|patch)\(/gm)].map(
        ([, method]) => `${method!.toUpperCase()} ${base}${path === '/' ? '' : path}`,
      ),
    );
  });
}

it('no route of the program is missing from the table', () => {
  expect(routes()).toContain('PUT /api/v1/uploads/:upload');
  expect(routes()).toHaveLength(12);
  const missing = routes().filter((route) => {
    const [method, path] = route.split(' ') as [string, string];
    const pattern = new RegExp(`^${path.replaceAll(/:\w+/g, '[^/?]+')}(?:\\?|$)`);
    return !ADDRESSES.some((asked) => asked.method === method && pattern.test(asked.path));
  });
  expect(missing).toEqual([]);
});

/** `vitest -u` writes the table into the page. */
it(
  'every address answers every token as docs/security.md says, sent as Bearer and as a password',
  { timeout: 600_000 },
  async () => {
    const path = join(packageRoot, 'docs/security.md');
    const seen = await table(bearer);
    // what stores is asked with one of the two alone: it takes long
    const short = ADDRESSES.filter(({ port, body }) => port !== 'http' || body === undefined);
    for (const line of (await table(basic, short)).split('\n')) expect(seen.split('\n')).toContain(line);
    const page = readFileSync(path, 'utf8').replace(
      /(<!-- who may what -->\n)[\s\S]*?(\n<!-- end -->)/,
      (_all, start: string, end: string) => `${start}${seen}${end}`,
    );
    await expect(page).toMatchFileSnapshot(path);
  },
);

it('refusals say what to do, in the form of their port, and never repeat the token', async () => {
  const unknown = tokens.get('unknown')!;
  const upload = await ask(ADDRESSES[0]!, unknown, bearer);
  expect(upload.headers.get('content-type')).toBe('application/problem+json');
  expect(upload.headers.get('www-authenticate')).toBe('Bearer realm="tallyd", error="invalid_token"');
  const problem = await upload.text();
  expect(JSON.parse(problem)).toMatchObject({ type: 'urn:tallyd:problem:unauthorised', status: 401 });
  const wrong = await ask(ADDRESSES[0]!, tokens.get('`read`'), bearer);
  expect(wrong.headers.get('www-authenticate')).toMatch(/error="insufficient_scope", scope="ingest"$/);
  expect(await wrong.json()).toMatchObject({
    type: 'urn:tallyd:problem:scope-missing',
    detail: expect.stringMatching(/the token read has the scope read, but this needs ingest/) as string,
  });
  const metrics = await ask({ port: 'metrics', method: 'GET', path: '/metrics' }, undefined, bearer);
  expect(metrics.headers.get('www-authenticate')).toMatch(/^Bearer realm="tallyd", Basic realm="tallyd"/);
  const store = await ask({ port: 'store', method: 'GET', path: '/?query=SELECT+1' }, unknown, bearer);
  for (const text of [problem, await metrics.text(), await store.text()]) {
    expect(text).toMatch(/\S/);
    expect(text).not.toContain(unknown);
  }
});

it('health tells the version and what is not ready only to those with a token', async () => {
  const healthz = { port: 'http', method: 'GET', path: '/healthz' } as const;
  expect(await (await ask(healthz, undefined, bearer)).json()).toEqual({ status: 'ok' });
  expect(await (await ask(healthz, tokens.get('expired'), bearer)).json()).toEqual({ status: 'ok' });
  expect(await (await ask(healthz, tokens.get('`read`'), bearer)).json()).toHaveProperty('version');
  const readyz = { ...healthz, path: '/readyz' };
  expect(await (await ask(readyz, undefined, bearer)).json()).toEqual({ ready: true });
  expect(await (await ask(readyz, tokens.get('`ingest`'), bearer)).json()).toEqual({
    ready: true,
    reasons: [],
  });
});

it('a proxy may forward its own name, while a page of another address may not send, token or not', async () => {
  const status = async (method: string, headers: Record<string, string>): Promise<number | undefined> => {
    const authorization = bearer(tokens.get('`admin`')!);
    const to = { ...collector.addresses.http, method, path: UPLOADS, headers: { authorization, ...headers } };
    const [response] = (await once(request(to).end(), 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  expect(await status('GET', { host: 'usage.example' })).toBe(200);
  expect(await status('POST', { host: 'usage.example', origin: 'https://evil.example' })).toBe(403);
  expect(await status('POST', { host: 'usage.example', origin: 'https://usage.example' })).toBe(400);
});

it('a token revoked while the collector runs is refused with the next request', async () => {
  const secret = await token('passing', ['read']);
  const list = { port: 'http', method: 'GET', path: UPLOADS } as const;
  expect((await ask(list, secret, bearer)).status).toBe(200);
  await changeTokens(tokensFile, (all) => ({
    ...revokeToken(all, 'passing', Date.now()),
    result: undefined,
  }));
  expect((await ask(list, secret, bearer)).status).toBe(401);
});
