/** JWTs of real keys, and an issuer on a real port. */
import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeKey, TestIssuer } from '../../../tests/support/issuer.ts';
import { temporaryFolder } from '../../../tests/support/store.ts';
import { openAccess } from '../access.ts';
import { createIssuer, type IssuerOptions } from './issuer.ts';

let issuer: TestIssuer;
let log: string[];
const folder = temporaryFolder('issuer');
beforeAll(async () => void (issuer = await TestIssuer.start()));
afterAll(async () => {
  await issuer.stop();
  folder.remove();
});
beforeEach(() => {
  log = [];
  issuer.broken = undefined;
});

function accessBy(more: Partial<IssuerOptions> = {}) {
  const keep = (message: string) => void log.push(message);
  const logger = { info: keep, warn: keep, error: keep };
  const { issuer: name, audience, url } = issuer;
  const options = { issuer: name, audience, jwks: { url }, rolesClaim: 'roles', log: logger };
  return openAccess({ log: logger, issuer: createIssuer({ ...options, ...more }) });
}

const VIEWER = { roles: ['viewer'] };
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a JWT', () => {
  it.each(['RS256', 'ES256'])('signed with %s lets its roles in', async (alg) => {
    const key = issuer.published.find((one) => one.alg === alg)!;
    const jwt = await issuer.sign({ roles: ['viewer', 'of-another-program'], subject: 'ada' }, key);
    const access = accessBy();
    const caller = { kind: 'jwt', id: 'jwt:ada', name: 'ada', scopes: ['read'] };
    expect(await access.decide(`Bearer ${jwt}`, ['read'])).toEqual({ allowed: true, caller });
    expect(await access.decideSecret(jwt, ['read'])).toEqual({ allowed: true, caller });
    expect(await access.decideSecret(jwt, ['ingest'])).toMatchObject({
      status: 403,
      detail: 'the roles of ada give the scope read, but this needs ingest.',
    });
  });

  it('is refused with a sentence of its own for everything that can be wrong with it', async () => {
    const access = accessBy();
    const why = async (jwt: string) => {
      const decision = await access.decideSecret(jwt, ['read']);
      if (decision.allowed) return 'allowed';
      expect(decision.detail).not.toContain(jwt.split('.')[1]);
      return `${decision.status} ${decision.detail}`;
    };
    const stranger = await makeKey('rsa-1', 'RS256');
    const good = await issuer.sign(VIEWER);
    const [header, payload, signature] = good.split('.');
    expect(await why(good)).toBe('allowed');
    expect(await why(await issuer.sign({ ...VIEWER, expiresIn: -60 }))).toMatch(
      /^401 the JWT of ada expired on 20\d\d-.*Z; get a new one from https:\/\/id\.example/,
    );
    expect(await why(await issuer.sign({ ...VIEWER, expiresIn: -10 }))).toBe('allowed');
    expect(await why(await issuer.sign({ ...VIEWER, notBeforeIn: 300 }))).toMatch(
      /is not valid yet, only from 20\d\d-.*Z on/,
    );
    expect(await why(await issuer.sign({ ...VIEWER, audience: 'payroll' }))).toMatch(
      /^401 the JWT of ada is for another audience than tallyd/,
    );
    expect(await why(await issuer.sign({ ...VIEWER, issuer: 'https://evil.example' }))).toMatch(
      /is from another issuer than https:\/\/id\.example/,
    );
    expect(await why(await issuer.sign({ roles: ['chef'] }))).toBe(
      '403 the JWT of ada has none of the roles viewer, analyst, admin in its claim roles.',
    );
    expect(await why(await issuer.sign(VIEWER, stranger))).toMatch(/the signature of the JWT is wrong/);
    expect(await why(`${header}.${encoded({ roles: ['admin'], exp: 9e9 })}.${signature}`)).toMatch(
      /the signature of the JWT is wrong/,
    );
    expect(await why(`${header}.${payload}.`)).toMatch(/the signature of the JWT is wrong/);
    expect(await why(`${header}.!.${signature}`)).toMatch(/^401 it is no JWT/);
    expect(await why(`${encoded({ typ: 'JWT' })}.${payload}.${signature}`)).toMatch(/cannot be read/);
    expect(await why('a-password-without-dots')).toMatch(/^401 it is no JWT/);
  });

  it('is refused unsigned, and signed with the published key as if it were a password', async () => {
    const access = accessBy();
    const claims = { iss: issuer.issuer, aud: issuer.audience, sub: 'eve', exp: 9e9, roles: ['admin'] };
    const none = `${encoded({ alg: 'none', kid: 'rsa-1' })}.${encoded(claims)}.`;
    const head = `${encoded({ alg: 'HS256', kid: 'rsa-1' })}.${encoded(claims)}`;
    const attempts = [none];
    for (const secret of [issuer.jwks, JSON.stringify(issuer.published[0]!.publicJwk), ''])
      attempts.push(`${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`);
    const pss = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'rsa-1' });
    attempts.push(await pss.sign(Buffer.from(issuer.published[0]!.publicJwk.n!, 'base64url')));
    for (const jwt of attempts)
      expect(await access.decideSecret(jwt, ['read'])).toMatchObject({
        status: 401,
        detail: 'the JWT is not signed with RS256 or ES256, and no other way is accepted here.',
      });
  });

  it('must say until when it lasts and whose it is', async () => {
    const access = accessBy();
    const key = issuer.published[0]!;
    for (const [claims, missing] of [
      [{ sub: 'ada' }, 'exp'],
      [{ exp: 9e9 }, 'sub'],
    ] as const) {
      const jwt = await new SignJWT({ ...VIEWER, ...claims, iss: issuer.issuer, aud: issuer.audience })
        .setProtectedHeader({ alg: 'RS256', kid: key.kid })
        .sign(key.privateKey);
      const detail = expect.stringContaining(`has no valid claim ${missing}`) as string;
      expect(await access.decideSecret(jwt, ['read'])).toMatchObject({ status: 401, detail });
    }
  });

  it.each([
    ['realm_access.roles', { realm_access: { roles: ['analyst'] } }, ['ingest', 'read']],
    ['https://tallyd.example/roles', { 'https://tallyd.example/roles': ['viewer'] }, ['read']],
    ['scope', { scope: 'openid viewer analyst' }, ['ingest', 'read']],
    ['roles', { roles: ['viewer', 'admin', 3] }, ['read', 'admin']],
    ['roles', { roles: ['constructor', '__proto__'] }, []],
    ['a.b.c', { a: 'viewer' }, []],
  ])('has its roles in the claim %s as %j', async (rolesClaim, claims, scopes) => {
    const decision = await accessBy({ rolesClaim }).decideSecret(await issuer.sign(claims), ['read']);
    expect(decision).toMatchObject({ caller: { scopes } });
  });
});

describe("the issuer's keys", () => {
  it('are fetched once, again for a key that is new, and not over and over for invented ones', async () => {
    let now = Date.now();
    const access = accessBy({ now: () => now, cooldownMs: 0 });
    const allowed = async (jwt: string) => (await access.decideSecret(jwt, ['read'])).allowed;
    const old = await issuer.sign(VIEWER);
    const before = issuer.fetches;
    expect([await allowed(old), await allowed(old)]).toEqual([true, true]);
    expect(issuer.fetches - before).toBe(1);

    const next = await makeKey('rsa-2', 'RS256');
    const kept = issuer.published;
    issuer.published = [next];
    expect(await allowed(await issuer.sign(VIEWER, next))).toBe(true);
    expect(await allowed(old)).toBe(false);
    issuer.published = kept;

    const patient = accessBy();
    const count = issuer.fetches;
    for (let i = 0; i < 5; i++) {
      const jwt = await issuer.sign(VIEWER, { ...next, kid: `invented-${i}` });
      expect(await patient.decideSecret(jwt, ['read'])).toMatchObject({
        detail: expect.stringContaining('not among the published keys') as string,
      });
    }
    expect(issuer.fetches - count).toBe(1);
    now += 600_001;
    expect(await allowed(old)).toBe(true);
  });

  it('go on for a day while the issuer does not answer, which is asked again only after a while', async () => {
    let now = Date.now();
    const access = accessBy({ now: () => now });
    const jwt = await issuer.sign({ ...VIEWER, expiresIn: 10 * 86_400 });
    const decide = () => access.decideSecret(jwt, ['read']);
    expect((await decide()).allowed).toBe(true);
    issuer.broken = { status: 500, body: 'hidden' };
    now += 700_000;
    const before = issuer.fetches;
    for (let i = 0; i < 5; i++) expect((await decide()).allowed).toBe(true);
    expect(issuer.fetches - before).toBe(1);
    expect(log.join()).toMatch(/keys cannot be fetched \(it answered 500 instead of 200\) from http:/);
    now += 86_400_001;
    expect(await decide()).toMatchObject({
      status: 503,
      detail: expect.stringMatching(/keys cannot be fetched .* so no JWT can be checked/) as string,
    });
    issuer.broken = undefined;
    now += 30_001;
    expect((await decide()).allowed).toBe(true);
    expect(log.at(-1)).toMatch(/can be fetched again/);
  });

  it.each([
    [{ status: 200, body: 'no json' }, /it is not JSON/],
    [{ status: 200, body: '{}' }, /no list "keys"/],
    [{ status: 200, body: `{"keys":[],"x":"${'y'.repeat(1_100_000)}"}` }, /larger than/],
    [{ status: 302, body: '' }, /302 instead of 200/],
  ])('that cannot be read are an issuer that is away: %#', async (broken, sentence) => {
    issuer.broken = broken;
    const decision = await accessBy().decideSecret(await issuer.sign(VIEWER), ['read']);
    expect(decision).toMatchObject({ status: 503, detail: expect.stringMatching(sentence) as string });
  });

  it('may be in a file, which counts as soon as it changes and may break', async () => {
    const path = join(folder.path, 'jwks.json');
    const [rsa, ec] = issuer.published;
    writeFileSync(path, JSON.stringify({ keys: [rsa!.publicJwk] }));
    const access = accessBy({ jwks: { path } });
    const allowed = async (key = rsa) => {
      const jwt = await issuer.sign(VIEWER, key);
      return (await access.decideSecret(jwt, ['read'])).allowed;
    };
    expect([await allowed(rsa), await allowed(ec)]).toEqual([true, false]);
    writeFileSync(path, '{"keys":');
    expect(await allowed(rsa)).toBe(true);
    expect(log.join()).toMatch(/stay in force, because TALLYD_JWT_JWKS is .*jwks\.json.* not JSON/);
    writeFileSync(path, issuer.jwks);
    expect([await allowed(rsa), await allowed(ec)]).toEqual([true, true]);
    rmSync(path);
    expect(await allowed(ec)).toBe(true);
    expect(() => accessBy({ jwks: { path } })).toThrow(/TALLYD_JWT_JWKS is .*ENOENT/);
  });
});
