/** Certificates made by the real openssl, version 3. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const noOpenssl = !/^OpenSSL 3/.test(spawnSync('openssl', ['version']).stdout?.toString() ?? '');

export interface CertificateFiles {
  cert: string;
  key: string;
}

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority of one's own. */
export function makeAuthority(folder: string, name = 'ca'): CertificateFiles {
  const files = filesOf(folder, name);
  openssl(
    'req',
    '-x509',
    ...EC,
    '-keyout',
    files.key,
    '-out',
    files.cert,
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
  );
  return files;
}

export interface Wish {
  /** As openssl writes it, such as `DNS:tallyd.example,IP:127.0.0.1`. */
  names?: string;
  /** Absent: signed by itself. */
  authority?: CertificateFiles;
  days?: number;
}

export function makeCertificate(
  folder: string,
  name: string,
  { names = 'DNS:localhost,IP:127.0.0.1', authority, days = 30 }: Wish = {},
): CertificateFiles {
  const files = filesOf(folder, name);
  const signed = authority ? ['-CA', authority.cert, '-CAkey', authority.key] : [];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`];
  const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE'];
  const until = ['-days', String(days)];
  openssl(
    'req',
    '-x509',
    ...EC,
    ...signed,
    '-keyout',
    files.key,
    '-out',
    files.cert,
    ...until,
    ...subject,
    ...leaf,
  );
  return files;
}

function filesOf(folder: string, name: string): CertificateFiles {
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}-key.pem`) };
}
