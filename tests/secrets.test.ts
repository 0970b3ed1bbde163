/** Secrets are planted wherever tallyd takes one, and looked for in everything that it says. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate, noOpenssl } from './support/certificates.ts';
import { TestIssuer } from './support/issuer.ts';
import { environment, Program, run } from './support/program.ts';
import { temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('secrets');
const REDIS = 'redis-password-planted-here';
const CLICKHOUSE = 'clickhouse-password-planted-here';
const UNKNOWN = 'tallyd_planted-here-by-nobody-00000000000000000';
let issuer: TestIssuer;
let program: Program;
let env: Record<string, string>;
let secrets: string[];
/** Everything that was said, by what said it. */
const said = new Map<string, string>();

beforeAll(async () => {
  issuer = await TestIssuer.start();
  env = environment(folder.path, {
    ...{
      TALLYD_TAIL: 'none',
      TALLYD_LOG_LEVEL: 'debug',
      TALLYD_TOKENS_FILE: join(folder.path, 'tokens.json'),
    },
    ...{ TALLYD_REDIS_URL: `redis://:${REDIS}@127.0.0.1:1`, ...issuer.env },
  });
  const given = 'a-secret-that-was-given-0123456789-abcdef';
  await run(
    { ...env, GIVEN: given },
    'token',
    'create',
    'given',
    '--scope',
    'read',
    '--token-from-env',
    'GIVEN',
  );
  const admin = (await run(env, 'token', 'create', 'me', '--scope', 'admin')).stdout.trim();
  const jwts = [
    await issuer.sign({ roles: ['admin'] }),
    await issuer.sign({ roles: ['viewer'], expiresIn: -999 }),
  ];
  const key = noOpenssl ? [] : plantKey();
  secrets = [given, admin, ...jwts, ...jwts.map((jwt) => jwt.split('.')[2]!), UNKNOWN, REDIS, ...key];
  program = await Program.start(env);
  const trust = noOpenssl ? [] : ['--cacert', join(folder.path, 'tls.pem')];
  for (const secret of [admin, given, UNKNOWN, ...jwts]) {
    for (const [port, path] of [
      ['http', '/api/v1/uploads?limit=nonsense'],
      ['http', '/api/v1/audit'],
      ['http', `/api/v1/uploads/${encodeURIComponent('a')}?mode=replace`],
      ['metrics', '/metrics'],
      ['store', '/?query=SELECT+1'],
      ['store', '/?query=SELEC'],
    ] as const) {
      const url = `${noOpenssl ? 'http' : 'https'}://localhost:${program.runtime.addresses[port]!.port}${path}`;
      const args = ['-sS', '-i', ...trust, '-H', `Authorization: Bearer ${secret}`, url];
      said.set(
        `curl ${port} ${path} ${secret.slice(0, 4)}`,
        execFileSync('curl', args, { encoding: 'utf8' }),
      );
    }
    const url = `${noOpenssl ? 'http' : 'https'}://localhost:${program.runtime.addresses.store!.port}`;
    const inUrl = `${url}/?query=SELECT+nothing&user=x&password=${secret}`;
    said.set(
      `curl password ${secret.slice(0, 4)}`,
      execFileSync('curl', ['-sS', '-i', ...trust, inUrl], { encoding: 'utf8' }),
    );
    const as = { ...env, TALLYD_TOKEN: secret };
    if (secret !== admin && secret !== UNKNOWN) continue;
    for (const args of [
      ['doctor', '--json'],
      ['report', 'daily'],
    ]) {
      const { stdout, stderr } = await run(as, ...args);
      said.set(`${args.join(' ')} ${secret.slice(0, 4)}`, stdout + stderr);
    }
  }
  for (const args of [['token', 'list'], ['token', 'list', '--json'], ['audit'], ['audit', '--json']])
    said.set(args.join(' '), (await run(env, ...args)).stdout);
  said.set('the runtime file', readFileSync(join(env['TALLYD_DATA_DIR']!, 'collector.json'), 'utf8'));
  said.set('the audit log', readFileSync(join(env['TALLYD_DATA_DIR']!, 'audit.jsonl'), 'utf8'));
  said.set('the tokens file', readFileSync(env['TALLYD_TOKENS_FILE']!, 'utf8'));
  if (process.platform === 'linux')
    said.set('the arguments', readFileSync(`/proc/${program.runtime.pid}/cmdline`, 'utf8'));
  await program.end();
  said.set('the log', program.output);
}, 240_000);
afterAll(async () => {
  await program.end('SIGKILL');
  await issuer.stop();
  folder.remove();
});

/** @returns lines of the key. */
function plantKey(): string[] {
  const { cert, key } = makeCertificate(folder.path, 'tls');
  Object.assign(env, { TALLYD_TLS_CERT: cert, TALLYD_TLS_KEY: key });
  return readFileSync(key, 'utf8')
    .split('\n')
    .filter((line) => /^[\w+/=]{40,}$/.test(line));
}

describe('no secret', () => {
  it('stands in the log at debug, an answer, a report, the audit log, a file or the arguments', () => {
    const found = [...said].flatMap(([where, text]) =>
      secrets
        .filter((secret) => text.includes(secret))
        .map((secret) => `${secret.slice(0, 12)}… in ${where}`),
    );
    expect(found).toEqual([]);
    // what was looked through is not empty
    expect(said.get('the log')).toMatch(/"level":20/);
    for (const [where, text] of said) expect(text, where).not.toBe('');
  });

  it('stands in what is said of a ClickHouse server that cannot be reached, or of a broken address', async () => {
    const url = `http://someone:${CLICKHOUSE}@127.0.0.1:1/tallyd`;
    const place = { ...env, TALLYD_DATA_DIR: join(folder.path, 'other'), TALLYD_CLICKHOUSE_URL: url };
    for (const args of [['start'], ['doctor'], ['doctor', '--json'], ['report', 'daily']]) {
      const { stdout, stderr } = await run(place, ...args);
      expect(stdout + stderr).not.toBe('');
      expect(stdout + stderr).not.toContain(CLICKHOUSE);
      expect(stdout + stderr).not.toContain(REDIS);
    }
    const file = join(folder.path, 'broken.yaml');
    writeFileSync(
      file,
      `TALLYD_CLICKHOUSE_URL: tcp://x:${CLICKHOUSE}@y\nTALLYD_REDIS_URL: http://${REDIS}\n`,
    );
    const broken = await run({ ...environment(folder.path) }, '--config', file, 'doctor');
    expect(broken.stderr).toMatch(/TALLYD_CLICKHOUSE_URL must be a URL/);
    expect(broken.stderr).not.toContain('planted');
  });
});
