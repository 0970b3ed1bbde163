/** Who asks, once it is known: the holder of a token, or whom an issuer vouches for. */
import type { Scope } from './scopes.ts';
import type { Token } from './token.ts';

export interface Caller {
  kind: 'token' | 'jwt';
  /** Never two callers' at once: a token's id, or the subject of JWTs. */
  id: string;
  /** As people know them: a token's name, or the subject of JWTs. */
  name: string;
  scopes: readonly Scope[];
  /** Of kind `token`: what the file says of it. */
  token?: Token;
}

export function callerOf(token: Token): Caller {
  return { kind: 'token', id: token.id, name: token.name, scopes: token.scopes, token };
}
