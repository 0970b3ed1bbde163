/** An issuer of JWTs with real keys, and the server that publishes them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

type Algorithm = 'RS256' | 'ES256';

/** One key: what signs, and what is published of it. */
export interface SigningKey {
  kid: string;
  alg: Algorithm;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

export async function makeKey(kid: string, alg: Algorithm): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export interface Claims {
  issuer?: string;
  audience?: string;
  subject?: string;
  /** Seconds from now. */
  expiresIn?: number;
  notBeforeIn?: number;
  [claim: string]: unknown;
}

export class TestIssuer {
  readonly issuer = 'https://id.example/realms/team';
  readonly audience = 'tallyd';
  /** What is published; changing it is a rotation. */
  published: SigningKey[];
  /** How often the keys were fetched. */
  fetches = 0;
  /** Answers this instead of the keys. */
  broken: { status: number; body: string } | undefined;
  readonly #server: Server;

  private constructor(keys: SigningKey[]) {
    this.published = keys;
    this.#server = createServer((_request, response) => {
      this.fetches++;
      response.writeHead(this.broken?.status ?? 200, { 'content-type': 'application/json' });
      response.end(this.broken?.body ?? this.jwks);
    });
  }

  /** Starts with a key of each algorithm. */
  static async start(): Promise<TestIssuer> {
    const issuer = new TestIssuer([await makeKey('rsa-1', 'RS256'), await makeKey('ec-1', 'ES256')]);
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    return issuer;
  }

  get jwks(): string {
    return JSON.stringify({ keys: this.published.map((key) => key.publicJwk) });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks`;
  }

  /** Settings of a collector that trusts this issuer. */
  get env(): Record<string, string> {
    return {
      TALLYD_JWT_ISSUER: this.issuer,
      TALLYD_JWT_AUDIENCE: this.audience,
      TALLYD_JWT_JWKS: this.url,
    };
  }

  async sign(
    { issuer, audience, subject = 'ada', expiresIn = 600, notBeforeIn, ...rest }: Claims = {},
    key: SigningKey = this.published[0]!,
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const jwt = new SignJWT(rest)
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .setIssuer(issuer ?? this.issuer)
      .setAudience(audience ?? this.audience)
      .setSubject(subject)
      .setIssuedAt(now - 1000)
      .setExpirationTime(now + expiresIn);
    if (notBeforeIn !== undefined) jwt.setNotBefore(now + notBeforeIn);
    return await jwt.sign(key.privateKey);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
