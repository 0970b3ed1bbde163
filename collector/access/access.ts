/** Who may do what: the one decision that every port asks for. */
import { type Caller, callerOf } from './caller.ts';
import { secretOf } from './credentials.ts';
import { LiveTokens, type LiveTokensOptions } from './live-tokens.ts';
import { covers, type Scope } from './scopes.ts';
import { stateOf, type Token } from './token.ts';

/**
 * `challenge` is what `WWW-Authenticate` says (RFC 6750, section 3). 503: nobody can tell at the moment.
 * A refused caller is named where it is known who it is.
 */
export type Decision =
  | { allowed: true; caller: Caller }
  | { allowed: false; status: 401 | 403 | 503; detail: string; challenge: string; caller?: Caller };

export interface Access {
  /** @param authorization the header: Bearer, or Basic with the token as password */
  decide(authorization: string | undefined, anyOf: readonly Scope[]): Promise<Decision>;
  /** @param secret the token itself; undefined or empty when there was none */
  decideSecret(secret: string | undefined, anyOf: readonly Scope[]): Promise<Decision>;
}

/** What an issuer says of a JWT; see jwt/issuer.ts. */
export type Verdict =
  { caller: Caller } | { problem: string; away?: boolean; forbidden?: boolean; caller?: Caller };

/** Whoever vouches for JWTs. */
export interface Issuer {
  /** Whether a secret is made like a JWT at all. */
  isOne(secret: string): boolean;
  verify(jwt: string): Promise<Verdict>;
}

export interface AccessOptions {
  /** The tokens file; without it there are only JWTs. */
  path?: string | undefined;
  issuer?: Issuer | undefined;
  log: LiveTokensOptions['log'];
  /** The clock, ms since the epoch. @default Date.now */
  now?: () => number;
}

/**
 * Access by the tokens of a file, by JWTs of an issuer, or by both.
 * @throws TokensFileError when the file is absent or broken.
 */
export function openAccess({ path, issuer, log, now = Date.now }: AccessOptions): Access {
  const tokens = path === undefined ? undefined : new LiveTokens({ path, log });
  if (tokens && !issuer && !tokens.all.some((token) => stateOf(token, now()) === 'active'))
    log.warn(`no token in ${path} is valid; make one with: tallyd token create NAME`);
  const decideSecret: Access['decideSecret'] = async (secret, anyOf) => {
    if (secret === undefined || secret === '') return missing();
    const token = tokens?.find(secret);
    if (token) return decideToken(token, anyOf, now());
    if (issuer?.isOne(secret)) return decideVerdict(await issuer.verify(secret), anyOf);
    return tokens
      ? invalid('the token is not known here; tallyd token list shows those that are.')
      : invalid('it is no JWT, and this collector takes those of its issuer only.');
  };
  return { decideSecret, decide: (header, anyOf) => decideSecret(secretOf(header), anyOf) };
}

const ANEW = 'tallyd token create NAME';
const REALM = 'Bearer realm="tallyd"';

function decideToken(token: Token, anyOf: readonly Scope[], now: number): Decision {
  const caller = callerOf(token);
  const state = stateOf(token, now);
  if (state === 'expired')
    return invalid(`the token ${token.name} expired on ${token.expires_at}; make a new one: ${ANEW}`, caller);
  if (state === 'revoked')
    return invalid(
      `the token ${token.name} was revoked on ${token.revoked_at}; make a new one: ${ANEW}`,
      caller,
    );
  return covers(token.scopes, anyOf)
    ? { allowed: true, caller }
    : insufficient(
        `the token ${token.name} has the scope ${token.scopes.join(' and ')}, but this needs ${anyOf.join(' or ')}: ${ANEW} --scope ${anyOf[0]}`,
        anyOf,
        caller,
      );
}

function decideVerdict(verdict: Verdict, anyOf: readonly Scope[]): Decision {
  const { caller } = verdict;
  if ('problem' in verdict) {
    const { problem, away, forbidden } = verdict;
    if (away) return { allowed: false, status: 503, detail: problem, challenge: REALM };
    return forbidden && caller ? insufficient(problem, anyOf, caller) : invalid(problem, caller);
  }
  return covers(verdict.caller.scopes, anyOf)
    ? { allowed: true, caller: verdict.caller }
    : insufficient(
        `the roles of ${verdict.caller.name} give the scope ${verdict.caller.scopes.join(' and ')}, but this needs ${anyOf.join(' or ')}.`,
        anyOf,
        verdict.caller,
      );
}

function missing(): Decision {
  const detail =
    'this collector asks for a token: send "Authorization: Bearer TOKEN" (curl -H, or curl -u x:TOKEN); ' +
    `${ANEW} makes one.`;
  // no error code: RFC 6750 keeps those for requests that tried
  return { allowed: false, status: 401, detail, challenge: REALM };
}

function invalid(detail: string, caller?: Caller): Decision {
  const challenge = `${REALM}, error="invalid_token"`;
  return { allowed: false, status: 401, detail, challenge, ...(caller && { caller }) };
}

function insufficient(detail: string, anyOf: readonly Scope[], caller: Caller): Decision {
  const challenge = `${REALM}, error="insufficient_scope", scope="${anyOf.join(' ')}"`;
  return { allowed: false, status: 403, detail, challenge, caller };
}
