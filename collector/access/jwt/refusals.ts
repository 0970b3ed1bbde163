/** Why a JWT is refused, in a sentence. None of them shows the JWT, and nothing of an unproven one but names. */
import { errors } from 'jose';
import { shown } from './shown.ts';

/** @returns undefined for an error that is no fault of the JWT. */
export function refusalOf(error: unknown, issuer: string, audience: string): string | undefined {
  if (error instanceof errors.JWTExpired)
    return `the JWT${of(error.payload)} expired${on(error.payload.exp)}; get a new one from ${issuer}.`;
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error, issuer, audience);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'the JWT is not signed with RS256 or ES256, and no other way is accepted here.';
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return `the signature of the JWT is wrong: it was changed, or ${issuer} did not make it.`;
  if (error instanceof errors.JWKSNoMatchingKey)
    return `the JWT is signed with a key that is not among the published keys of ${issuer}; get a new one.`;
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return `the JWT does not name its key (kid), and ${issuer} has several.`;
  if (error instanceof errors.JOSENotSupported)
    return 'the JWT asks for something that tallyd does not know.';
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid)
    return 'the JWT cannot be read: it is damaged or cut off.';
  return undefined;
}

function claimRefusal(
  { claim, reason, payload }: InstanceType<typeof errors.JWTClaimValidationFailed>,
  issuer: string,
  audience: string,
): string {
  if (reason === 'missing' || reason === 'invalid')
    return `the JWT${of(payload)} has no valid claim ${shown(claim)}, which it must have.`;
  switch (claim) {
    case 'iss':
      return `the JWT${of(payload)} is from another issuer than ${issuer}.`;
    case 'aud':
      return `the JWT${of(payload)} is for another audience than ${audience}; get one that is for tallyd.`;
    case 'nbf':
      return `the JWT${of(payload)} is not valid yet, only from${on(payload.nbf).replace(' on', '')} on.`;
    default:
      return `the JWT${of(payload)} has a claim ${shown(claim)} that is not accepted.`;
  }
}

function of({ sub }: { sub?: unknown }): string {
  return typeof sub === 'string' ? ` of ${shown(sub)}` : '';
}

function on(seconds: unknown): string {
  if (typeof seconds !== 'number' || !(Math.abs(seconds) < 8.64e12)) return '';
  return ` on ${new Date(seconds * 1000).toISOString()}`;
}
