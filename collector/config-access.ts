/** The settings that say who may reach tallyd, and how they hold together. */
import type { JwksPlace, JwtSettings } from './access/jwt/issuer.ts';
import { absolute, type Address, type Reading } from './config-values.ts';
import type { TlsFiles } from './serving/certificate.ts';
import { isLoopbackAddress, isLoopbackName } from './loopback.ts';

export type { JwtSettings } from './access/jwt/issuer.ts';

/** The issuer of JWTs; undefined where none is set. */
export function readJwt(read: Reading, home: string, problems: string[]): JwtSettings | undefined {
  const issuer = read.text('TALLYD_JWT_ISSUER');
  const audience = read.text('TALLYD_JWT_AUDIENCE');
  const jwks = read.text('TALLYD_JWT_JWKS');
  const rolesClaim = read.text('TALLYD_JWT_ROLES_CLAIM') ?? 'roles';
  if (issuer === undefined && audience === undefined && jwks === undefined) return undefined;
  const needed = { TALLYD_JWT_ISSUER: issuer, TALLYD_JWT_AUDIENCE: audience, TALLYD_JWT_JWKS: jwks };
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (issuer === undefined || audience === undefined || jwks === undefined) {
    problems.push(
      `${missing.join(' and ')} must be set as well: JWTs are taken from one issuer (TALLYD_JWT_ISSUER), for one audience (TALLYD_JWT_AUDIENCE), checked with its keys (TALLYD_JWT_JWKS).`,
    );
    return undefined;
  }
  const place = placeOf(jwks, home, problems);
  return place && { issuer, audience, jwks: place, rolesClaim };
}

function placeOf(jwks: string, home: string, problems: string[]): JwksPlace | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(jwks)) return { path: absolute(jwks, home) };
  const url = URL.canParse(jwks) ? new URL(jwks) : undefined;
  if (url?.protocol === 'https:') return { url: jwks };
  if (url?.protocol === 'http:' && isLoopbackName(url.hostname)) return { url: jwks };
  problems.push(
    'TALLYD_JWT_JWKS must be an https:// URL (http:// on this machine only: whoever can change the answer on its way could let anybody in), or a file with the keys.',
  );
  return undefined;
}

/** The files of TLS; undefined where the ports are plain. */
export function readTls(read: Reading, home: string, problems: string[]): TlsFiles | undefined {
  const cert = read.path('TALLYD_TLS_CERT', home);
  const key = read.path('TALLYD_TLS_KEY', home);
  const clientCa = read.path('TALLYD_TLS_CLIENT_CA', home);
  if (cert !== undefined && key !== undefined) return { cert, key, ...(clientCa && { clientCa }) };
  if (cert !== undefined || key !== undefined || clientCa !== undefined)
    problems.push(
      'TALLYD_TLS_CERT and TALLYD_TLS_KEY must both be set: the certificate, and its key (PEM files).',
    );
  return undefined;
}

interface Listening {
  tokensFile: string | undefined;
  jwt: JwtSettings | undefined;
  listen: Address;
  metricsListen: Address | undefined;
  storeListen: Address | undefined;
}

/** Where nobody is asked who they are, anyone who reaches a port may read and write. */
export function checkListening(config: Listening, problems: string[]): void {
  if (config.tokensFile !== undefined || config.jwt !== undefined) return;
  const addresses = {
    TALLYD_LISTEN: config.listen,
    TALLYD_METRICS_LISTEN: config.metricsListen,
    TALLYD_STORE_LISTEN: config.storeListen,
  };
  for (const [name, address] of Object.entries(addresses)) {
    if (address && !isLoopbackAddress(address.host)) {
      problems.push(
        `${name} is ${address.host}:${address.port}, but without TALLYD_TOKENS_FILE or TALLYD_JWT_ISSUER only loopback may be listened on, such as 127.0.0.1:${address.port}.`,
      );
    }
  }
}
