/**
 * The secret itself, and what is kept of it. Slow hashes (bcrypt, Argon2) make guessing dear where
 * people choose passwords. 256 random bits cannot be guessed at any speed, so SHA-256 is enough, and a
 * request does not wait a tenth of a second for it. Secrets that are given instead must be long.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Recognised by people and by scanners that look for leaked secrets. */
const PREFIX = 'tallyd_';
const RANDOM_BYTES = 32;
const LEAST_LENGTH = 32;
const MOST_LENGTH = 512;
const ALGORITHM = 'sha256:';

/** A new token: the prefix and 256 random bits. */
export function newSecret(): string {
  return PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
}

/** What the tokens file keeps: `sha256:` and 64 hexadecimal digits. */
export function hashOf(secret: string): string {
  return ALGORITHM + createHash('sha256').update(secret).digest('hex');
}

/** Enough of the hash to tell tokens apart: what `printf %s "$TOKEN" | sha256sum` begins with. */
export function fingerprintOf(hash: string): string {
  return hash.slice(ALGORITHM.length, ALGORITHM.length + 12);
}

/** Compares in a time that tells nothing of where two hashes differ. */
export function sameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Why a given secret cannot be a token; undefined when it can. Never holds the secret. */
export function problemOfSecret(secret: string): string | undefined {
  if (secret.length < LEAST_LENGTH)
    return `it has ${secret.length} characters, but needs at least ${LEAST_LENGTH}; \`openssl rand -hex 32\` makes a good one.`;
  if (secret.length > MOST_LENGTH)
    return `it has ${secret.length} characters, but may have ${MOST_LENGTH} at most.`;
  if (!isSendable(secret))
    return 'it has spaces, line breaks or letters beyond ASCII, which cannot be sent in an Authorization header; `openssl rand -hex 32` makes a good one.';
  return undefined;
}

/** Whether a text can stand after `Authorization: Bearer`. */
function isSendable(secret: string): boolean {
  return /^[\x21-\x7e]+$/.test(secret);
}
