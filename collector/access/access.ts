/** Who may do what: the one decision that every port asks for. */
import { secretOf } from './credentials.ts';
import { LiveTokens, type LiveTokensOptions } from './live-tokens.ts';
import { covers, type Scope } from './scopes.ts';
import { stateOf, type Token } from './token.ts';

/** RFC 6750, section 3: what `WWW-Authenticate` says. */
export type Decision =
  { allowed: true; token: Token } | { allowed: false; status: 401 | 403; detail: string; challenge: string };

export interface Access {
  /** @param authorization the header: Bearer, or Basic with the token as password */
  decide(authorization: string | undefined, anyOf: readonly Scope[]): Decision;
  /** @param secret the token itself; undefined or empty when there was none */
  decideSecret(secret: string | undefined, anyOf: readonly Scope[]): Decision;
}

/**
 * Access by the tokens of a file.
 * @param options now: the clock, ms since the epoch. @default Date.now
 * @throws TokensFileError when the file is absent or broken.
 */
export function openAccess({
  now = Date.now,
  ...options
}: LiveTokensOptions & { now?: () => number }): Access {
  const tokens = new LiveTokens(options);
  if (!tokens.all.some((token) => stateOf(token, now()) === 'active'))
    options.log.warn(`no token in ${options.path} is valid; make one with: tallyd token create NAME`);
  const decideSecret: Access['decideSecret'] = (secret, anyOf) => {
    if (secret === undefined || secret === '') return missing();
    const token = tokens.find(secret);
    if (!token) return invalid('the token is not known here; tallyd token list shows those that are.');
    const state = stateOf(token, now());
    if (state === 'expired')
      return invalid(`the token ${token.name} expired on ${token.expires_at}; make a new one: ${ANEW}`);
    if (state === 'revoked')
      return invalid(`the token ${token.name} was revoked on ${token.revoked_at}; make a new one: ${ANEW}`);
    return covers(token.scopes, anyOf) ? { allowed: true, token } : insufficient(token, anyOf);
  };
  return { decideSecret, decide: (header, anyOf) => decideSecret(secretOf(header), anyOf) };
}

const ANEW = 'tallyd token create NAME';
const REALM = 'Bearer realm="tallyd"';

function missing(): Decision {
  const detail =
    'this collector asks for a token: send "Authorization: Bearer TOKEN" (curl -H, or curl -u x:TOKEN); ' +
    `${ANEW} makes one.`;
  // no error code: RFC 6750 keeps those for requests that tried
  return { allowed: false, status: 401, detail, challenge: REALM };
}

function invalid(detail: string): Decision {
  return { allowed: false, status: 401, detail, challenge: `${REALM}, error="invalid_token"` };
}

function insufficient(token: Token, anyOf: readonly Scope[]): Decision {
  const wanted = anyOf.join(' or ');
  return {
    allowed: false,
    status: 403,
    detail: `the token ${token.name} has the scope ${token.scopes.join(' and ')}, but this needs ${wanted}: ${ANEW} --scope ${anyOf[0]}`,
    challenge: `${REALM}, error="insufficient_scope", scope="${anyOf.join(' ')}"`,
  };
}
