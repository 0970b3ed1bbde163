/** The limits as each port asks for them. */
import type { Access, Decision } from '../access/access.ts';
import type { Caller } from '../access/caller.ts';
import type { RateLimits, Verdict, Who } from './rate-limits.ts';

/** Counts a request on one of the ports that only read. */
export type CountRequest = (
  secretOrHeader: string | undefined,
  address: string | undefined,
) => Promise<Verdict>;

/** Who was let in; without tokens, whoever is at the address. JWTs have the default tier. */
export function whoOf(caller: Caller | undefined, address: string | undefined): Who {
  if (caller) {
    const { kind, id, name, token } = caller;
    return { key: id, name: kind === 'token' ? `the token ${name}` : name, tier: token?.tier };
  }
  const from = (address ?? '').replace(/^::ffff:/, '');
  return { key: `address ${from}`, name: `the address ${from}` };
}

/** For `/metrics`; what it is asked with is the header. */
export function metricsLimit(limits: RateLimits, access: Access | undefined): CountRequest {
  return async (authorization, address) =>
    await limits.request(whoOf(letIn(await access?.decide(authorization, ['read'])), address));
}

/** For the read endpoint; what it is asked with is the password. */
export function readEndpointLimit(limits: RateLimits, access: Access | undefined): CountRequest {
  return async (password, address) =>
    await limits.request(whoOf(letIn(await access?.decideSecret(password, ['read'])), address));
}

function letIn(decision: Decision | undefined): Caller | undefined {
  return decision?.allowed ? decision.caller : undefined;
}
