/** The decision in the words of the other ports: the metrics, and the read endpoint. */
import type { Access } from './access.ts';

/** For `/metrics`, which needs `read`: undefined lets a request pass. */
export function metricsAuthorise(access: Access) {
  return async (
    authorization: string | undefined,
  ): Promise<{ status: number; detail: string; challenges: string[] } | undefined> => {
    const decision = await access.decide(authorization, ['read']);
    if (decision.allowed) return undefined;
    const { status, detail, challenge } = decision;
    // a browser shows its form for Basic; over this port nothing can be sent, so no page can misuse it
    return { status, detail, challenges: [challenge, 'Basic realm="tallyd", charset="UTF-8"'] };
  };
}

/**
 * For the read endpoint, whose password is a token with the scope `read`, or a JWT; the user may be
 * anything. True lets pass; else why not.
 */
export function readEndpointAuthenticate(access: Access) {
  return async (credentials: { user: string; password: string } | undefined): Promise<true | string> => {
    const decision = await access.decideSecret(credentials?.password, ['read']);
    return decision.allowed || decision.detail;
  };
}
