import { describe, expect, it } from 'vitest';
import { fingerprintOf, hashOf, problemOfSecret } from './secret.ts';
import type { Token } from './token.ts';
import { addToken, giveToken, revokeToken, type TokenWish } from './token-list.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const wish = (more: Partial<TokenWish> = {}): TokenWish => ({
  ...{ name: 'ci', scopes: ['ingest'], expiresAt: undefined, now },
  ...more,
});
const one = 'a'.repeat(40);
const two = 'b'.repeat(40);

describe('a new token', () => {
  it('has 256 random bits behind a prefix that can be recognised, and leaves only their hash', () => {
    const { secret, token, tokens } = addToken([], wish());
    expect(secret).toMatch(/^tallyd_[\w-]{43}$/);
    expect(Buffer.from(secret.slice(7), 'base64url')).toHaveLength(32);
    expect(token.hash).toBe(hashOf(secret));
    expect(JSON.stringify(tokens)).not.toContain(secret.slice(7));
    expect(addToken([], wish()).secret).not.toBe(secret);
  });

  it('cannot take the name of another in force, but that of a revoked one', () => {
    const { tokens, token } = addToken([], wish());
    expect(() => addToken(tokens!, wish())).toThrow(/named ci already .*tallyd token revoke ci/);
    const after = addToken(revokeToken(tokens!, 'ci', now).tokens!, wish());
    expect(after.token.id).not.toBe(token.id);
    expect(after.tokens).toHaveLength(2);
  });
});

describe('a given secret', () => {
  it('given again changes nothing, also when a duration would end later by now', () => {
    const first = giveToken([], wish({ expiresAt: '2027-01-01T00:00:00.000Z' }), one);
    expect(first.outcome).toBe('created');
    const later = wish({ expiresAt: '2027-01-02T00:00:00.000Z', now: now + 86_400_000 });
    expect(giveToken(first.tokens!, later, one)).toEqual({
      ...{ outcome: 'unchanged', tokens: undefined, token: first.token },
    });
  });

  it('takes over other scopes', () => {
    const first = giveToken([], wish(), one);
    const again = giveToken(first.tokens!, wish({ scopes: ['ingest', 'read'] }), one);
    expect(again.outcome).toBe('changed');
    expect(again.tokens).toEqual([{ ...first.token, scopes: ['ingest', 'read'] }]);
  });

  it('takes the place of the one before, which is revoked', () => {
    const first = giveToken([], wish(), one);
    const second = giveToken(first.tokens!, wish(), two);
    expect(second.outcome).toBe('rotated');
    expect(second.tokens).toEqual([
      { ...first.token, revoked_at: new Date(now).toISOString() },
      second.token,
    ]);
    expect(() => giveToken(second.tokens!, wish(), one)).toThrow(/was revoked on 2026-11-21.*give another/);
  });

  it('cannot come back once it expired, nor be two tokens', () => {
    const ended: Token = { ...giveToken([], wish(), one).token, expires_at: '2026-01-01T00:00:00Z' };
    expect(() => giveToken([ended], wish(), one)).toThrow(/expired on 2026-01-01.*give another/);
    const first = giveToken([], wish(), one);
    expect(() => giveToken(first.tokens!, wish({ name: 'other' }), one)).toThrow(/is that of the token ci/);
  });

  it('is refused when it is short or cannot be sent, without being shown', () => {
    expect(problemOfSecret('x'.repeat(31))).toMatch(/31 characters, but needs at least 32/);
    expect(problemOfSecret('x'.repeat(32))).toBeUndefined();
    expect(problemOfSecret('x'.repeat(513))).toMatch(/512 at most/);
    for (const wrong of [' ', 'é', '\n', '\0']) {
      const problem = problemOfSecret(`hidden${wrong}${'x'.repeat(40)}`);
      expect(problem).toMatch(/cannot be sent/);
      expect(problem).not.toContain('hidden');
    }
  });
});

describe('revoking', () => {
  it('goes by id or by name, once, and says when there is none', () => {
    const { tokens, token } = addToken([], wish());
    const byId = revokeToken(tokens!, token.id, now);
    expect(byId.tokens).toEqual([{ ...token, revoked_at: new Date(now).toISOString() }]);
    expect(revokeToken(tokens!, 'ci', now)).toEqual(byId);
    expect(revokeToken(byId.tokens!, 'ci', now + 1)).toEqual({ tokens: undefined, token: byId.token });
    expect(() => revokeToken(tokens!, 'nobody', now)).toThrow(/no token nobody; tallyd token list/);
  });

  it('by name ends the token in force, not an older one of that name', () => {
    const first = addToken([], wish());
    const second = addToken(revokeToken(first.tokens!, 'ci', now).tokens!, wish());
    expect(revokeToken(second.tokens!, 'ci', now).token.id).toBe(second.token.id);
  });
});

it('a fingerprint is the beginning of what sha256sum prints', () => {
  // printf %s abc | sha256sum
  expect(fingerprintOf(hashOf('abc'))).toBe('ba7816bf8f01');
});
