/** The keys of an issuer: what its JWKS, a file or behind a URL, holds at the moment. */
import { readFileSync, statSync } from 'node:fs';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';

/** The issuer's keys cannot be had, so nobody can tell whether a JWT is valid. */
export class KeysAway extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeysAway';
  }
}

/** The JWKS file cannot be used; a sentence that says what to do. */
export class JwksFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JwksFileError';
  }
}

interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface RemoteKeysOptions {
  url: URL;
  log: Log;
  /** Between two fetches for a key that is not known, and after one that failed. @default 30 s */
  cooldownMs?: number | undefined;
  /** How old keys may be before they are fetched again. @default 10 min */
  maxAgeMs?: number | undefined;
  /** How old they may be while the issuer does not answer. @default 24 h */
  staleMs?: number | undefined;
  timeoutMs?: number | undefined;
  now?: (() => number) | undefined;
}

const LARGEST_BYTES = 1024 * 1024;

/**
 * Keys behind a URL. They are kept for some minutes; a JWT with a key that is not among them (the issuer
 * has a new one) fetches them again, but not over and over, so that invented keys do not make tallyd
 * knock at the issuer's. While the issuer does not answer, the keys that are known go on for a day.
 */
export function remoteKeys(options: RemoteKeysOptions): JWTVerifyGetKey {
  const { url, log, cooldownMs = 30_000, maxAgeMs = 600_000, staleMs = 86_400_000 } = options;
  const now = options.now ?? Date.now;
  let fetchedAt = -Infinity;
  let failed: { at: number; error: KeysAway } | undefined;
  const fetchKeys: FetchImplementation = async (address, init) => {
    if (failed && now() - failed.at < cooldownMs) throw failed.error;
    try {
      const text = await readKeys(await fetch(address, init));
      if (failed) log.info("the issuer's keys can be fetched again");
      failed = undefined;
      fetchedAt = now();
      return new Response(text, { headers: { 'content-type': 'application/json' } });
    } catch (cause) {
      const error = new KeysAway(`the issuer's keys cannot be fetched (${reasonOf(cause)})`, { cause });
      log.warn(`${error.message} from ${url.origin}${url.pathname}`);
      failed = { at: now(), error };
      throw error;
    }
  };
  const set = createRemoteJWKSet(url, {
    cacheMaxAge: Infinity,
    cooldownDuration: cooldownMs,
    timeoutDuration: options.timeoutMs ?? 5000,
    [customFetch]: fetchKeys,
  });
  return async (header, token) => {
    const age = now() - fetchedAt;
    if (age > maxAgeMs) {
      try {
        await set.reload();
      } catch (error) {
        if (!(age < staleMs)) throw error;
      }
    }
    return await set(header, token);
  };
}

async function readKeys(response: Response): Promise<string> {
  if (response.status !== 200) throw new Error(`it answered ${response.status} instead of 200`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += (part as Uint8Array).length;
    if (size > LARGEST_BYTES) throw new Error(`the answer is larger than ${LARGEST_BYTES} bytes`);
    parts.push(part as Uint8Array);
  }
  const text = Buffer.concat(parts).toString('utf8');
  keySetOf(text);
  return text;
}

/** @throws Error when a text is no JWKS; never shows any of it, since it may hold a private key. */
function keySetOf(text: string): JSONWebKeySet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  const keys = (value as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new Error('it is no JWKS: it has no list "keys"');
  return value as JSONWebKeySet;
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === undefined ? message : `${message}: ${code}`;
}

/**
 * Keys in a file, which is looked at with every JWT: one that is replaced counts at once. A file that
 * breaks leaves the keys that were read before in force.
 * @throws JwksFileError when it cannot be read at the start.
 */
export function fileKeys({ path, log }: { path: string; log: Log }): JWTVerifyGetKey {
  let seen = look(path);
  let set = createLocalJWKSet(readFile(path));
  return (header, token) => {
    const now = look(path);
    if (now !== seen) {
      seen = now;
      try {
        set = createLocalJWKSet(readFile(path));
        log.info(`the issuer's keys were read again from ${path}`);
      } catch (error) {
        log.error(
          `the issuer's keys that were read before stay in force, because ${(error as Error).message}`,
        );
      }
    }
    return set(header, token);
  };
}

function readFile(path: string): JSONWebKeySet {
  try {
    return keySetOf(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new JwksFileError(
      `TALLYD_JWT_JWKS is ${path}, which cannot be used: ${(error as Error).message}. It must be a JWKS, as the issuer publishes it.`,
      { cause: error },
    );
  }
}

/** Changes whenever the file does. */
function look(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found ? [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join() : 'absent';
}
