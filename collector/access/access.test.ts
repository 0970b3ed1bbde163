import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import { openAccess } from './access.ts';
import { changeTokens } from './change-tokens.ts';
import type { Scope } from './scopes.ts';
import { addToken, revokeToken } from './token-list.ts';

const folder = temporaryFolder('access');
afterAll(() => folder.remove());
const path = join(folder.path, 'tokens.json');
const start = Date.parse('2026-11-21T12:00:00Z');
let log: string[];

beforeEach(() => {
  rmSync(path, { force: true });
  log = [];
});

const logger = {
  info: (message: string) => void log.push(`info: ${message}`),
  warn: (message: string) => void log.push(`warn: ${message}`),
  error: (message: string) => void log.push(`error: ${message}`),
};

function add(name: string, scopes: Scope[], expiresAt?: string): Promise<string> {
  return changeTokens(path, (tokens) => {
    const { tokens: all, secret } = addToken(tokens, { name, scopes, expiresAt, now: start });
    return { tokens: all, result: secret };
  });
}

const revoke = (name: string) =>
  changeTokens(path, (tokens) => ({ ...revokeToken(tokens, name, start), result: undefined }));

describe('a decision', () => {
  it('lets pass a token with one of the scopes that are asked for, and admin everywhere', async () => {
    const [ingest, admin] = [await add('i', ['ingest']), await add('a', ['admin'])];
    const access = openAccess({ path, log: logger });
    expect(await access.decide(`Bearer ${ingest}`, ['read', 'ingest'])).toMatchObject({
      ...{ allowed: true, caller: { kind: 'token', name: 'i' } },
    });
    expect(await access.decideSecret(ingest, ['read'])).toMatchObject({
      ...{ allowed: false, status: 403 },
      detail: 'the token i has the scope ingest, but this needs read: tallyd token create NAME --scope read',
      challenge: 'Bearer realm="tallyd", error="insufficient_scope", scope="read"',
    });
    for (const scope of ['ingest', 'read', 'admin'] as const)
      expect((await access.decideSecret(admin, [scope])).allowed).toBe(true);
  });

  it('names no error where no token came, and an invalid one where an unknown did', async () => {
    await add('i', ['ingest']);
    const access = openAccess({ path, log: logger });
    for (const header of [undefined, '', 'Digest x'])
      expect(await access.decide(header, ['read'])).toMatchObject({
        status: 401,
        challenge: 'Bearer realm="tallyd"',
      });
    const unknown = await access.decide('Bearer tallyd_unknown', ['read']);
    expect(unknown).toMatchObject({ status: 401, challenge: 'Bearer realm="tallyd", error="invalid_token"' });
    expect(JSON.stringify(unknown)).not.toContain('tallyd_unknown');
  });

  it('ends at the very moment that a token expires', async () => {
    const secret = await add('short', ['read'], '2026-11-21T13:00:00.000Z');
    let now = Date.parse('2026-11-21T12:59:59.999Z');
    const access = openAccess({ path, log: logger, now: () => now });
    expect((await access.decideSecret(secret, ['read'])).allowed).toBe(true);
    now++;
    expect(await access.decideSecret(secret, ['read'])).toMatchObject({
      ...{
        status: 401,
        detail: expect.stringMatching(/the token short expired on 2026-11-21T13:00/) as string,
      },
    });
  });
});

describe('the tokens in force', () => {
  it('are those of the file at every moment, without a restart', async () => {
    const first = await add('first', ['read']);
    const access = openAccess({ path, log: logger });
    const second = await add('second', ['read']);
    expect((await access.decideSecret(second, ['read'])).allowed).toBe(true);
    await revoke('first');
    expect(await access.decideSecret(first, ['read'])).toMatchObject({
      detail: expect.stringMatching(/the token first was revoked on/) as string,
    });
    expect(log).toEqual(Array(2).fill(`info: tokens were read again from ${path}`));
  });

  it('stay when the file breaks or goes, which the log says once, and follow it when it is whole again', async () => {
    const secret = await add('ci', ['read']);
    const access = openAccess({ path, log: logger });
    const allowed = async () => (await access.decideSecret(secret, ['read'])).allowed;
    writeFileSync(path, '{"version":1,');
    expect([await allowed(), await allowed()]).toEqual([true, true]);
    rmSync(path);
    expect([await allowed(), await allowed()]).toEqual([true, true]);
    expect(log).toEqual([
      expect.stringMatching(/^error: .* stay in force, because .* is not JSON/),
      expect.stringMatching(/^error: .* stay in force, because .* does not exist/),
    ]);
    writeFileSync(path, '{"version":1,"tokens":[]}', { mode: 0o600 });
    expect(await allowed()).toBe(false);
  });

  it('must be there at the start, and one should be valid', async () => {
    expect(() => openAccess({ path, log: logger })).toThrow(/does not exist.*tallyd token create/);
    await add('ci', ['read']);
    await revoke('ci');
    openAccess({ path, log: logger });
    expect(log).toEqual([expect.stringMatching(/^warn: no token in .* is valid.*tallyd token create/)]);
  });
});
