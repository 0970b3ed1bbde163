/** The program with TLS on its ports, and its commands as their clients. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificate, noOpenssl } from './support/certificates.ts';
import { environment, Program, run } from './support/program.ts';
import { temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('tls');
const CSV =
  'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n' +
  '"2026-01-05T10:00:00.000Z","a@example.com","Included","gpt-5","No","0","10","0","5","15","0.01"\n';
let program: Program;
let env: Record<string, string>;
let ca: string;
const file = join(folder.path, 'usage.csv');

beforeAll(async () => {
  if (noOpenssl) return;
  const authority = makeAuthority(folder.path);
  // for another name than the commands connect to
  const { cert, key } = makeCertificate(folder.path, 'leaf', { authority, names: 'DNS:tallyd.example' });
  ca = authority.cert;
  env = environment(folder.path, { TALLYD_TAIL: 'none', TALLYD_TLS_CERT: cert, TALLYD_TLS_KEY: key });
  writeFileSync(file, CSV);
  program = await Program.start(env);
});
afterAll(async () => {
  await program?.end('SIGKILL');
  folder.remove();
});

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));

describe.skipIf(noOpenssl)(`a collector with TLS${noOpenssl ? ' (no openssl 3)' : ''}`, () => {
  it('answers on all three ports over TLS alone, and says so in its runtime file', async () => {
    const { addresses } = program.runtime;
    const paths = { http: '/healthz', metrics: '/metrics', store: '/?query=SELECT+1' } as const;
    for (const [name, path] of Object.entries(paths)) {
      const { host, port, scheme } = addresses[name as keyof typeof paths]!;
      expect(scheme).toBe('https');
      const asked = request({ host, port, path, ca: readFileSync(ca), servername: 'tallyd.example' }).end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      expect(answer.statusCode).toBe(200);
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      answer.resume();
      await expect(fetch(`http://${host}:${port}${path}`)).rejects.toThrow();
    }
  });

  it('is pushed to, asked and examined by the commands with the same settings', async () => {
    expect(await run(env, 'push', file)).toMatchObject({ code: 0, stderr: '' });
    const report = await run(env, 'report', 'daily', '--json');
    expect(JSON.parse(report.stdout)).toMatchObject({ totals: { totalTokens: 15 } });
    const doctor = await run(env, 'doctor');
    expect(doctor.stdout).toContain(`https://localhost:${program.runtime.addresses.http.port}`);
    expect(doctor.stdout).not.toMatch(/did not answer|not trusted/);
  });

  it('is told apart from an impostor: by its authority and name, or not at all', async () => {
    const stranger = without('TALLYD_TLS_CERT', 'TALLYD_TLS_KEY');
    const untrusted = await run(stranger, 'push', file);
    expect(untrusted.code).toBe(1);
    expect(untrusted.stderr).toMatch(
      /certificate is not trusted \(.*\); name its authority in TALLYD_TLS_CA/,
    );
    const named = await run({ ...stranger, TALLYD_TLS_CA: ca }, 'report', 'daily');
    expect(named.stderr).toMatch(/certificate is not trusted \(Hostname\/IP does not match/);
    const missing = await run({ ...stranger, TALLYD_TLS_CA: '/nowhere' }, 'report', 'daily');
    expect(missing.stderr).toMatch(/^tallyd: TALLYD_TLS_CA is \/nowhere, which does not exist/);
  });

  it('does not start with a certificate that cannot be used, and says why', async () => {
    const other = makeCertificate(folder.path, 'other');
    const { code, stderr } = await run({ ...env, TALLYD_TLS_KEY: other.key }, 'start');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tallyd: the key in .* does not belong to the certificate/);
    const half = await run(without('TALLYD_TLS_KEY'), 'start');
    expect(half.stderr).toMatch(/TALLYD_TLS_CERT and TALLYD_TLS_KEY must both be set/);
  });
});
