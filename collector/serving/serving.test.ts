/** TLS over real sockets, with certificates that openssl made. */
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CertificateFiles,
  makeAuthority,
  makeCertificate,
  noOpenssl,
} from '../../tests/support/certificates.ts';
import { temporaryFolder } from '../../tests/support/store.ts';
import { readPair, type TlsFiles } from './certificate.ts';
import { tlsServing } from './serving.ts';

const folder = temporaryFolder('serving');
let authority: CertificateFiles;
let first: CertificateFiles;
let second: CertificateFiles;
/** What the servers are given. */
const files: TlsFiles = { cert: join(folder.path, 'in-use.pem'), key: join(folder.path, 'in-use-key.pem') };
const servers: Server[] = [];
let log: string[];

beforeAll(() => {
  if (noOpenssl) return;
  authority = makeAuthority(folder.path);
  const names = 'DNS:tallyd.example,DNS:localhost,IP:127.0.0.1';
  first = makeCertificate(folder.path, 'first', { authority, names });
  second = makeCertificate(folder.path, 'second', { authority });
});
beforeEach(() => {
  log = [];
  if (!noOpenssl) use(first, first);
});
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  folder.remove();
});

function use(cert: CertificateFiles, key: CertificateFiles): void {
  copyFileSync(cert.cert, files.cert);
  copyFileSync(key.key, files.key);
  chmodSync(files.key, 0o600);
}

const keep = (message: string) => void log.push(message);

async function served(more: Partial<TlsFiles> = {}): Promise<number> {
  const serving = tlsServing({ ...files, ...more }, { info: keep, warn: keep, error: keep });
  const server = serving.createServer({}, (_request, response) => response.end('served'));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The name of the certificate, and the answer. */
async function ask(port: number, more: RequestOptions = {}) {
  const ca = readFileSync(authority.cert);
  const asked = request({ host: '127.0.0.1', port, ca, agent: false, ...more });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const socket = answer.socket as TLSSocket;
  const { subject } = socket.getPeerCertificate();
  const body = (await answer.toArray()).join('');
  return { body, name: subject.CN, headers: answer.headers, protocol: socket.getProtocol() };
}

describe.skipIf(noOpenssl)(`a port with TLS${noOpenssl ? ' (no openssl 3)' : ''}`, () => {
  it('answers with its certificate and tells browsers to come back with TLS, but not to localhost', async () => {
    const port = await served();
    const answer = await ask(port, { headers: { host: 'tallyd.example' } });
    expect(answer).toMatchObject({
      ...{ body: 'served', name: 'first', protocol: 'TLSv1.3' },
      headers: {
        'strict-transport-security': 'max-age=31536000',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      },
    });
    const { headers } = await ask(port, { headers: { host: `localhost:${port}` } });
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  it('speaks TLS 1.2, and nothing older', async () => {
    const port = await served();
    expect(await ask(port, { maxVersion: 'TLSv1.2' })).toMatchObject({ protocol: 'TLSv1.2' });
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(ask(port, old)).rejects.toThrow(/protocol version|handshake/i);
  });

  it('takes a renewed certificate at once, and keeps the old one while the new pair is not whole', async () => {
    const port = await served();
    copyFileSync(second.cert, files.cert);
    expect(await ask(port)).toMatchObject({ name: 'first' });
    expect(log.join()).toMatch(/stays in force, because the key in .* does not belong to the certificate/);
    copyFileSync(second.key, files.key);
    expect(await ask(port)).toMatchObject({ name: 'second' });
    rmSync(files.cert);
    expect(await ask(port)).toMatchObject({ name: 'second' });
    expect(log.join()).toMatch(/stays in force, because TALLYD_TLS_CERT is .* does not exist/);
  });

  it('asks clients for a certificate of the authority that is named, and lets no other in', async () => {
    const port = await served({ clientCa: authority.cert });
    const stranger = makeCertificate(folder.path, 'stranger');
    const as = ({ cert, key }: CertificateFiles) => ({ cert: readFileSync(cert), key: readFileSync(key) });
    expect(await ask(port, as(second))).toMatchObject({ body: 'served' });
    await expect(ask(port)).rejects.toThrow();
    await expect(ask(port, as(stranger))).rejects.toThrow();
  });
});

describe.skipIf(noOpenssl)('files that cannot be used', () => {
  const DAY_MS = 86_400_000;
  const problemOf = (of: TlsFiles, now = Date.now()): string => {
    try {
      readPair(of, now);
    } catch (error) {
      expect(error).toMatchObject({ name: 'TlsFileError' });
      return (error as Error).message;
    }
    throw new Error('were accepted');
  };

  it('are refused with a sentence that names the setting and the file, and shows no key', () => {
    const broken = join(folder.path, 'broken');
    mkdirSync(broken);
    const text = join(broken, 'text.pem');
    writeFileSync(text, 'hidden hidden');
    const encrypted = join(broken, 'encrypted.pem');
    writeFileSync(
      encrypted,
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nhidden\n-----END ENCRYPTED PRIVATE KEY-----\n',
    );
    const sentences = [
      [problemOf({ ...files, cert: '/nowhere' }), /^TALLYD_TLS_CERT is \/nowhere, which does not exist/],
      [problemOf({ ...files, key: '/nowhere' }), /^TALLYD_TLS_KEY is \/nowhere, which does not exist/],
      [
        problemOf({ ...files, cert: text }),
        /^TALLYD_TLS_CERT is .*text.pem, in which there is no certificate/,
      ],
      [problemOf({ ...files, key: text }), /^TALLYD_TLS_KEY is .*text.pem, in which there is no private key/],
      [problemOf({ ...files, key: encrypted }), /has a passphrase/],
      [problemOf({ ...files, key: second.key }), /does not belong to the certificate/],
      [problemOf({ ...files, clientCa: text }), /^TALLYD_TLS_CLIENT_CA is .* no certificate/],
      [problemOf(files, Date.now() + 31 * DAY_MS), /expired on 20\d\d-.*; put a new one there/],
      [problemOf(files, Date.now() - DAY_MS), /is valid only from 20\d\d-.* clock/],
    ] as const;
    for (const [problem, sentence] of sentences) {
      expect(problem).toMatch(sentence);
      expect(problem).not.toContain('hidden');
    }
  });

  it('are warned about when everybody may read the key, and when the certificate ends soon', async () => {
    use(makeCertificate(folder.path, 'short', { authority, days: 3 }), {
      ...first,
      key: join(folder.path, 'short-key.pem'),
    });
    chmodSync(files.key, 0o644);
    await served();
    expect(log.join('\n')).toMatch(/expires in [23] days; put a new one there/);
    expect(log.join('\n')).toMatch(/may be read by everybody .*\(mode 644\).*chmod 600/);
  });
});
