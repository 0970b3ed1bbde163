/**
 * What may be done to a list of tokens. Nothing is ever removed: a revoked secret must stay known as
 * revoked, or giving it again (from an old `.env`) would let it in again.
 */
import { hashOf, newSecret, sameHash } from './secret.ts';
import type { Scope } from './scopes.ts';
import { newId, stateOf, type Token } from './token.ts';

export interface TokenWish {
  name: string;
  scopes: Scope[];
  /** ISO 8601; undefined: it does not expire. */
  expiresAt: string | undefined;
  /** Undefined: the default one. */
  tier?: string | undefined;
  /** ms since the epoch */
  now: number;
}

export interface Change {
  /** The new list; undefined when nothing changes. */
  tokens: Token[] | undefined;
  token: Token;
}

/** What cannot be done, and what can instead. */
export class TokenRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TokenRefused';
  }
}

/** Adds a token with a new random secret. @throws TokenRefused when the name is taken. */
export function addToken(tokens: readonly Token[], wish: TokenWish): Change & { secret: string } {
  const taken = inForce(tokens, wish.name);
  if (taken) {
    throw new TokenRefused(
      `there is a token named ${wish.name} already (${taken.id}, ${stateOf(taken, wish.now)}); choose another name, or first: tallyd token revoke ${wish.name}`,
    );
  }
  const secret = newSecret();
  const token = tokenOf(wish, hashOf(secret));
  return { tokens: [...tokens, token], token, secret };
}

export type GivenOutcome = 'created' | 'unchanged' | 'changed' | 'rotated';

/**
 * Makes a given secret the token of that name. The same again changes nothing; other scopes and another
 * tier are taken over, while an expiry stays as it was first said, so that a command run at every start does not push
 * it on; another secret takes the place of the one before, which is revoked.
 * @throws TokenRefused when the secret is known as revoked, expired or another's.
 */
export function giveToken(
  tokens: readonly Token[],
  wish: TokenWish,
  secret: string,
): Change & { outcome: GivenOutcome } {
  const hash = hashOf(secret);
  const known = tokens.find((token) => sameHash(token.hash, hash));
  if (known) return giveAgain(tokens, wish, known);
  const token = tokenOf(wish, hash);
  const before = inForce(tokens, wish.name);
  const kept = before ? replaced(tokens, revoked(before, wish.now)) : tokens;
  return { tokens: [...kept, token], token, outcome: before ? 'rotated' : 'created' };
}

function giveAgain(
  tokens: readonly Token[],
  wish: TokenWish,
  known: Token,
): Change & { outcome: GivenOutcome } {
  const state = stateOf(known, wish.now);
  if (state !== 'active') {
    const when =
      state === 'revoked' ? `was revoked on ${known.revoked_at}` : `expired on ${known.expires_at}`;
    throw new TokenRefused(
      `this secret is that of ${known.name} (${known.id}), which ${when}; give another.`,
    );
  }
  if (known.name !== wish.name) {
    throw new TokenRefused(
      `this secret is that of the token ${known.name} (${known.id}) already; every token needs a secret of its own.`,
    );
  }
  if (known.scopes.join() === wish.scopes.join() && known.tier === wish.tier)
    return { tokens: undefined, token: known, outcome: 'unchanged' };
  const { tier: _before, ...rest } = known;
  const token = { ...rest, scopes: wish.scopes, ...(wish.tier && { tier: wish.tier }) };
  return { tokens: replaced(tokens, token), token, outcome: 'changed' };
}

/**
 * Revokes by id, or by the name of a token in force. Revoking twice changes nothing.
 * @throws TokenRefused when there is no such token.
 */
export function revokeToken(tokens: readonly Token[], nameOrId: string, now: number): Change {
  const token =
    tokens.find(({ id }) => id === nameOrId) ??
    inForce(tokens, nameOrId) ??
    tokens.findLast(({ name }) => name === nameOrId);
  if (!token)
    throw new TokenRefused(`there is no token ${nameOrId}; tallyd token list shows those there are.`);
  if (token.revoked_at !== undefined) return { tokens: undefined, token };
  const ended = revoked(token, now);
  return { tokens: replaced(tokens, ended), token: ended };
}

/** The token that has the name now; it may be expired. */
function inForce(tokens: readonly Token[], name: string): Token | undefined {
  return tokens.find((token) => token.name === name && token.revoked_at === undefined);
}

function tokenOf({ name, scopes, expiresAt, tier, now }: TokenWish, hash: string): Token {
  const created_at = new Date(now).toISOString();
  const more = { ...(expiresAt && { expires_at: expiresAt }), ...(tier && { tier }) };
  return { id: newId(), name, scopes, created_at, ...more, hash };
}

function revoked(token: Token, now: number): Token {
  return { ...token, revoked_at: new Date(now).toISOString() };
}

function replaced(tokens: readonly Token[], by: Token): Token[] {
  return tokens.map((token) => (token.id === by.id ? by : token));
}
