/** The token in a request. */

/**
 * The secret of an `Authorization` header: what follows `Bearer`, or the password of `Basic` (whose
 * user may be anything, so that `curl -u x:TOKEN` works). Undefined when there is none.
 */
export function secretOf(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^([a-z]+) +(\S+) *$/i.exec(authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return value;
    case 'basic':
      return passwordOf(value);
    default:
      return undefined;
  }
}

/** RFC 7617: the user ends at the first colon. */
function passwordOf(value: string): string | undefined {
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 || colon === text.length - 1 ? undefined : text.slice(colon + 1);
}
