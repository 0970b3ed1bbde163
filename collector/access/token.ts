/** A token as the file keeps it: all but the secret. */
import { randomBytes } from 'node:crypto';
import type { Scope } from './scopes.ts';

/** Times are ISO 8601 in UTC. The keys are those of the file. */
export interface Token {
  /** Never used twice, also when the name is. */
  id: string;
  /** Of the tokens that are not revoked, only one has a name. */
  name: string;
  scopes: Scope[];
  created_at: string;
  /** From then on it is not accepted; absent: it does not expire. */
  expires_at?: string | undefined;
  revoked_at?: string | undefined;
  /** How much may be asked for with it: a tier of `limits` in tallyd.yaml; absent: the default one. */
  tier?: string | undefined;
  /** See secret.ts. */
  hash: string;
}

export type TokenState = 'active' | 'expired' | 'revoked';

/** @param now ms since the epoch */
export function stateOf(token: Token, now: number): TokenState {
  if (token.revoked_at !== undefined) return 'revoked';
  return token.expires_at !== undefined && Date.parse(token.expires_at) <= now ? 'expired' : 'active';
}

export const ID_PREFIX = 'tok_';

export function newId(): string {
  return ID_PREFIX + randomBytes(6).toString('hex');
}
