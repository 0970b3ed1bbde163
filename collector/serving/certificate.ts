/** The certificate and the key: read, and checked before anybody is served with them. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';

/** PEM files. */
export interface TlsFiles {
  /** The certificate, followed by those between it and its authority. */
  cert: string;
  key: string;
  /** Whose certificates clients must have; undefined: they need none. */
  clientCa?: string | undefined;
}

/** A file of TLS cannot be used; a sentence that says what to do. */
export class TlsFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TlsFileError';
  }
}

export interface Pair {
  secureContext: SecureContextOptions & { requestCert?: boolean; rejectUnauthorized?: boolean };
  /** ms since the epoch */
  validTo: number;
}

/**
 * Reads the pair.
 * @param now ms since the epoch
 * @throws TlsFileError when a file is missing, the key is another's, or the certificate is out of time.
 */
export function readPair({ cert, key, clientCa }: TlsFiles, now: number): Pair {
  const certPem = readPem('TALLYD_TLS_CERT', cert);
  const keyPem = readPem('TALLYD_TLS_KEY', key);
  const certificate = certificateOf('TALLYD_TLS_CERT', cert, certPem);
  if (!certificate.checkPrivateKey(privateKeyOf(key, keyPem)))
    throw new TlsFileError(
      `the key in ${key} (TALLYD_TLS_KEY) does not belong to the certificate in ${cert} (TALLYD_TLS_CERT), which must be the first in its file; name the two that were made together.`,
    );
  const [validFrom, validTo] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (validTo <= now)
    throw new TlsFileError(
      `the certificate in ${cert} (TALLYD_TLS_CERT) expired on ${new Date(validTo).toISOString()}; put a new one there.`,
    );
  if (validFrom > now)
    throw new TlsFileError(
      `the certificate in ${cert} (TALLYD_TLS_CERT) is valid only from ${new Date(validFrom).toISOString()} on; look at this machine's clock.`,
    );
  return {
    validTo,
    secureContext: { cert: certPem, key: keyPem, minVersion: 'TLSv1.2', ...clients(clientCa) },
  };
}

function clients(clientCa: string | undefined) {
  if (clientCa === undefined) return {};
  const ca = readPem('TALLYD_TLS_CLIENT_CA', clientCa);
  certificateOf('TALLYD_TLS_CLIENT_CA', clientCa, ca);
  return { ca, requestCert: true, rejectUnauthorized: true };
}

/** @throws TlsFileError with the setting that names the file. */
export function readPem(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${message})`;
    throw new TlsFileError(`${setting} is ${path}, which ${reason}; it must be a PEM file.`, {
      cause: error,
    });
  }
}

/** The first certificate of a PEM file. @throws TlsFileError */
export function certificateOf(setting: string, path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new TlsFileError(
      `${setting} is ${path}, in which there is no certificate as PEM (-----BEGIN CERTIFICATE-----).`,
      { cause: error },
    );
  }
}

function privateKeyOf(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const encrypted = /ENCRYPTED/.test(pem);
    throw new TlsFileError(
      `TALLYD_TLS_KEY is ${path}, ` +
        (encrypted
          ? 'whose key has a passphrase, which nobody is there to type: give it without one, with mode 600.'
          : 'in which there is no private key as PEM (-----BEGIN PRIVATE KEY-----).'),
      // OpenSSL's own message says nothing of what the file holds
      { cause: error },
    );
  }
}

/** A sentence when others may read the key, else undefined. */
export function keyWarning({ key }: TlsFiles): string | undefined {
  const mode = statSync(key).mode & 0o777;
  if ((mode & 0o004) === 0) return undefined;
  return `${key} may be read by everybody on this machine (mode ${mode.toString(8)}), who could then pass for tallyd: chmod 600 ${key}`;
}
