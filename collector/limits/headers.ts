/**
 * What an answer says of the limits. `RateLimit-Policy` and `RateLimit` are those of the IETF's draft
 * (draft-ietf-httpapi-ratelimit-headers, from -08 on): lists of named policies. Most clients and
 * libraries read the three fields of its older drafts instead, so these are sent for requests too; the
 * names differ, so they do not get in each other's way.
 */

/** A limit as the headers name it. */
export interface Policy {
  name: 'requests' | 'bytes';
  quota: number;
  /** The window. */
  seconds: number;
}

/** What is left of a policy. */
export interface Use {
  policy: Policy;
  remaining: number;
  /** Until the window ends. */
  seconds: number;
}

const UNITS: Record<Policy['name'], string> = { requests: '', bytes: ';qu="content-bytes"' };

/**
 * @param policies all of the tier
 * @param uses of those that this request touched
 */
export function rateHeaders(policies: readonly Policy[], uses: readonly Use[]): Record<string, string> {
  const headers: Record<string, string> = {
    'RateLimit-Policy': policies
      .map(({ name, quota, seconds }) => `"${name}";q=${quota}${UNITS[name]};w=${seconds}`)
      .join(', '),
  };
  if (uses.length === 0) return headers;
  headers['RateLimit'] = uses
    .map(({ policy, remaining, seconds }) => `"${policy.name}";r=${remaining};t=${seconds}`)
    .join(', ');
  const requests = uses.find(({ policy }) => policy.name === 'requests');
  if (requests) {
    headers['RateLimit-Limit'] = String(requests.policy.quota);
    headers['RateLimit-Remaining'] = String(requests.remaining);
    headers['RateLimit-Reset'] = String(requests.seconds);
  }
  return headers;
}
