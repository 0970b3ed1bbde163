/**
 * JWTs of one issuer: signed with RS256 or ES256 by a key that the issuer publishes, for this audience,
 * in time, and with a role that says what the bearer may do.
 */
import { type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { Issuer, Verdict } from '../access.ts';
import { fileKeys, KeysAway, type RemoteKeysOptions, remoteKeys } from './keys.ts';
import { refusalOf } from './refusals.ts';
import { ROLES, scopesOfRoles } from './roles.ts';
import { shown } from './shown.ts';

/** Where the keys are: a URL, or a file. */
export type JwksPlace = { url: string } | { path: string };

export interface JwtSettings {
  issuer: string;
  audience: string;
  jwks: JwksPlace;
  /** The claim with the roles, or a path to it. */
  rolesClaim: string;
}

export interface IssuerOptions extends JwtSettings {
  log: RemoteKeysOptions['log'];
  cooldownMs?: number;
  maxAgeMs?: number;
  staleMs?: number;
  /** The clock, ms since the epoch. @default Date.now */
  now?: () => number;
}

/** Asymmetric ways only: with HS256, whoever knows the published key could sign. */
const ALGORITHMS = ['RS256', 'ES256'];
/** Clocks differ a little. */
const LEEWAY_SECONDS = 30;

/** @throws JwksFileError when the keys are in a file that cannot be used. */
export function createIssuer(options: IssuerOptions): Issuer {
  const { issuer, audience, jwks, rolesClaim, log, now = Date.now } = options;
  const keys: JWTVerifyGetKey =
    'url' in jwks ? remoteKeys({ ...options, url: new URL(jwks.url) }) : fileKeys({ path: jwks.path, log });
  const verify = async (jwt: string): Promise<Verdict> => {
    try {
      const { payload } = await jwtVerify(jwt, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: LEEWAY_SECONDS,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(now()),
      });
      return verdictOf(payload, rolesClaim);
    } catch (error) {
      if (error instanceof KeysAway)
        return { away: true, problem: `${error.message}, so no JWT can be checked; ask again in a moment.` };
      const problem = refusalOf(error, issuer, audience);
      if (problem !== undefined) return { problem };
      log.error(`a JWT could not be checked: ${(error as Error).message}`);
      return { problem: "the JWT could not be checked; tallyd's log says why." };
    }
  };
  return { isOne, verify };
}

/** Three parts with dots between them, the first of which is an object in base64url. */
function isOne(secret: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(secret);
}

function verdictOf(payload: JWTPayload, rolesClaim: string): Verdict {
  const name = shown(payload.sub ?? '');
  const caller = { kind: 'jwt', id: `jwt:${payload.sub}`, name } as const;
  const scopes = scopesOfRoles(payload, rolesClaim);
  if (scopes.length > 0) return { caller: { ...caller, scopes } };
  return {
    caller: { ...caller, scopes },
    forbidden: true,
    problem: `the JWT of ${name} has none of the roles ${Object.keys(ROLES).join(', ')} in its claim ${rolesClaim}.`,
  };
}
