/** Tokens as people use them: made on the command line, asked for by the program, never printed again. */
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { environment, Program, run } from './support/program.ts';
import { temporaryFolder } from './support/store.ts';

const folders: ReturnType<typeof temporaryFolder>[] = [];
const running: Program[] = [];
afterEach(async () => {
  for (const program of running.splice(0)) await program.end('SIGKILL');
});
afterAll(() => {
  for (const folder of folders) folder.remove();
});

interface Place {
  home: string;
  file: string;
  env: Record<string, string>;
}

function newPlace(more: Record<string, string> = {}): Place {
  const folder = temporaryFolder('access');
  folders.push(folder);
  const file = join(folder.path, 'tokens.json');
  const env = environment(folder.path, { TALLYD_TOKENS_FILE: file, TALLYD_TAIL: 'none', ...more });
  return { home: folder.path, file, env };
}

async function started(env: Record<string, string>): Promise<Program> {
  const program = await Program.start(env);
  running.push(program);
  return program;
}

async function made(env: Record<string, string>, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(env, 'token', 'create', ...args);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

const CSV =
  'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n' +
  '"2026-01-05T10:00:00.000Z","a@example.com","Included","gpt-5","No","0","10","0","5","15","0.01"\n';

describe('tallyd token', () => {
  it('makes a token whose secret alone is on the standard output, and lists it without', async () => {
    const { env, file } = newPlace();
    const { stdout, stderr } = await run(
      env,
      'token',
      'create',
      'ci',
      '--scope',
      'ingest',
      '--scope',
      'read',
      '--expires',
      '90d',
    );
    expect(stdout).toMatch(/^tallyd_[\w-]{43}\n$/);
    expect(stderr).toMatch(
      /^Token ci \(tok_[0-9a-f]{12}\) is made: ingest, read, until \d{4}-.*\nIt is shown this once/,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [list, json] = [await run(env, 'token', 'list'), await run(env, 'token', 'list', '--json')];
    expect(list.stdout).toMatch(
      /^NAME +ID +STATE +SCOPES +CREATED +EXPIRES +TIER +FINGERPRINT\nci +tok_\w+ +active +ingest,read /,
    );
    const { tokens } = JSON.parse(json.stdout) as { tokens: Record<string, string>[] };
    expect(tokens).toMatchObject([{ name: 'ci', scopes: ['ingest', 'read'], state: 'active' }]);
    for (const text of [list.stdout, json.stdout, readFileSync(file, 'utf8'), stderr])
      expect(text).not.toContain(stdout.trim());
    expect(Object.keys(tokens[0]!)).not.toContain('hash');
  });

  it('takes a secret from a variable or a file, again and again, and another one in its place', async () => {
    const { env, home } = newPlace();
    const [one, two] = ['first-secret-of-a-container-0123456789', 'second-secret-of-a-container-987654321'];
    const create = (secret: string) =>
      run(
        { ...env, SECRET: secret },
        'token',
        'create',
        'grafana',
        '--scope',
        'read',
        '--token-from-env',
        'SECRET',
        '--json',
      );
    const outcome = async (secret: string) => {
      const { code, stdout, stderr } = await create(secret);
      expect(stdout + stderr).not.toContain(secret);
      return `${code} ${(JSON.parse(stdout || '{}') as { outcome?: string }).outcome}`;
    };
    expect([await outcome(one), await outcome(one), await outcome(two), await outcome(two)]).toEqual([
      ...['0 created', '0 unchanged', '0 rotated', '0 unchanged'],
    ]);
    expect(await outcome(one)).toBe('1 undefined');
    const file = join(home, 'secret');
    writeFileSync(file, `${two}\n`);
    const again = await run(env, 'token', 'create', 'grafana', '--scope', 'read', '--token-from-file', file);
    expect(again).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/nothing was changed/) as string,
    });
  });

  it.each([
    [
      ['create', 'ci', '--token-from-env', 'SHORT'],
      /the variable SHORT cannot be used: it has 5 characters, but needs at least 32/,
    ],
    [['create', 'ci', '--token-from-env', 'NOWHERE'], /the variable NOWHERE is empty or not there/],
    [['create', 'ci', '--token-from-file', '/nowhere/secret'], /\/nowhere\/secret cannot be read/],
    [['create', 'ci', '--scope', 'write'], /--scope is "write", but must be one of: ingest, read, admin/],
    [['create', 'ci', '--expires', 'soon'], /--expires is "soon", but must be a duration such as 90d/],
    [['create', 'tok_1'], /cannot be a token's name/],
    [['create', 'a b'], /cannot be a token's name/],
    [['revoke', 'nobody'], /there is no token nobody/],
  ])('%j is refused with a sentence', async (args, sentence) => {
    const { env } = newPlace({ SHORT: 'abcde' });
    const { code, stdout, stderr } = await run(env, 'token', ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n {4}at |abcde/);
  });

  it('without TALLYD_TOKENS_FILE uses a file beside tallyd.yaml, and says how the collector comes to know it', async () => {
    const { env, home } = newPlace({ TALLYD_TOKENS_FILE: '' });
    const { stderr } = await run(env, 'token', 'create', 'ci');
    const file = join(home, '.config/tallyd/tokens.json');
    expect(readdirSync(join(file, '..'))).toEqual(['tokens.json']);
    expect(stderr).toContain(`asks for tokens when it is started with TALLYD_TOKENS_FILE=${file}`);
  });
});

describe('the collector with a tokens file', () => {
  it.each([
    [
      undefined,
      /TALLYD_TOKENS_FILE is .*tokens\.json, which does not exist; make it .*tallyd token create NAME/,
    ],
    ['{"version":', /tokens\.json is not JSON.*tallyd token create NAME/],
  ])('does not start when the file holds %j, and says what to do', async (content, sentence) => {
    const { env, file } = newPlace();
    if (content !== undefined) writeFileSync(file, content, { mode: 0o600 });
    const { code, stderr } = await run(env, 'start');
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('is pushed to and asked by the commands that send TALLYD_TOKEN; the others are told what to do', async () => {
    const { env, home } = newPlace();
    const [ingest, read] = [await made(env, 'ci'), await made(env, 'people', '--scope', 'read')];
    const program = await started(env);
    const file = join(home, 'usage.csv');
    writeFileSync(file, CSV);
    const as = (token: string) => ({ ...env, TALLYD_TOKEN: token });

    expect(await run(env, 'push', file)).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringMatching(
        /usage\.csv: the collector asks for a token: .*TALLYD_TOKEN; `tallyd token create NAME --scope ingest`/,
      ) as string,
    });
    expect((await run(as(read), 'push', file)).stderr).toMatch(
      /refused the token in TALLYD_TOKEN.*people has the scope read/,
    );
    expect(await run(as(ingest), 'push', file)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/1 new/) as string,
    });

    expect(await run(env, 'report', 'daily')).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringMatching(/^tallyd: the collector asks for a token: .*--scope read/) as string,
    });
    expect((await run(as(ingest), 'report', 'daily')).stderr).toMatch(
      /^tallyd: the collector refused the token in TALLYD_TOKEN/,
    );
    const report = await run(as(read), 'report', 'daily', '--json');
    expect(JSON.parse(report.stdout)).toMatchObject({ totals: { totalTokens: 15 } });

    const doctor = await run(env, 'doctor');
    expect(doctor.stdout).toMatch(/collector: running/);
    expect(doctor.stdout.match(/asks for a token/g)).toHaveLength(1);
    const healthy = await run(as(read), 'doctor');
    expect(healthy.stdout).not.toMatch(/token: |did not answer/);

    const printed = program.output + doctor.stdout + healthy.stdout + report.stdout;
    for (const secret of [ingest, read]) expect(printed).not.toContain(secret);
  });

  it('tells a push of a large file at once, though most of it was not sent', async () => {
    const { env, home } = newPlace();
    await made(env, 'ci');
    await started(env);
    const file = join(home, 'large.csv');
    writeFileSync(file, Buffer.alloc(60_000_000, 'x\n'));
    const { code, stderr } = await run(env, 'push', file);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the collector asks for a token/);
  });

  it('takes a token that is made, and refuses one that is revoked, without a restart', async () => {
    const { env } = newPlace();
    await made(env, 'first');
    const program = await started(env);
    const status = async (token: string) =>
      (
        await fetch(`${program.url('http')}/api/v1/uploads`, {
          headers: { authorization: `Bearer ${token}` },
        })
      ).status;
    const second = await made(env, 'second');
    expect(await status(second)).toBe(200);
    const revoked = await run(env, 'token', 'revoke', 'second');
    expect(revoked.stdout).toMatch(/second \(tok_\w+\) is revoked/);
    expect(await status(second)).toBe(401);
    expect((await run(env, 'token', 'revoke', 'second')).stdout).toMatch(/was revoked already/);
  });
});

const beyond = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

const noCurl = spawnSync('curl', ['--version']).error !== undefined;

describe('beyond loopback', () => {
  const everywhere = {
    TALLYD_LISTEN: '0.0.0.0:0',
    TALLYD_METRICS_LISTEN: '0.0.0.0:0',
    TALLYD_STORE_LISTEN: '0.0.0.0:0',
  };

  it('nothing is listened on without a tokens file', async () => {
    const { env } = newPlace({ ...everywhere, TALLYD_TOKENS_FILE: '' });
    const { code, stderr } = await run(env, 'start');
    expect(code).toBe(1);
    expect(
      stderr.match(/without TALLYD_TOKENS_FILE or TALLYD_JWT_ISSUER only loopback may be listened on/g),
    ).toHaveLength(3);
  });

  it('with one, the commands of this machine find the collector', async () => {
    const { env, home } = newPlace(everywhere);
    const admin = await made(env, 'me', '--scope', 'admin');
    await started(env);
    const file = join(home, 'usage.csv');
    writeFileSync(file, CSV);
    const as = { ...env, TALLYD_TOKEN: admin };
    expect(await run(as, 'push', file)).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse((await run(as, 'report', 'daily', '--json')).stdout)).toMatchObject({
      totals: { totalTokens: 15 },
    });
  });

  it.skipIf(noCurl)(`curl -u x:TOKEN works on every port${noCurl ? ' (no curl)' : ''}`, async () => {
    const { env, home } = newPlace(everywhere);
    const admin = await made(env, 'me', '--scope', 'admin');
    const { http, metrics, store } = (await started(env)).runtime.addresses;
    const ask = (user: string, url: string) =>
      promisify(execFile)('curl', [
        ...['-sS', '-o', join(home, 'out'), '-w', '%{http_code}'],
        // the name that a proxy in front of tallyd has
        ...['-u', `${user}:${admin}`, '-H', 'Host: usage.example', `http://127.0.0.1:${url}`],
      ]).then(({ stdout }) => stdout);
    expect(await ask('x', `${http.port}/api/v1/uploads`)).toBe('200');
    expect(await ask('x', `${metrics!.port}/metrics`)).toBe('200');
    expect(await ask('default', `${store!.port}/?query=SELECT+1`)).toBe('200');
  });

  it.skipIf(beyond === undefined)(
    `every port answers on another address of this machine${beyond === undefined ? ' (it has none)' : ''}`,
    async () => {
      const { env } = newPlace(everywhere);
      const admin = await made(env, 'me', '--scope', 'admin');
      const { addresses } = (await started(env)).runtime;
      const headers = { authorization: `Bearer ${admin}` };
      const urls = [
        `${addresses.http.port}/api/v1/uploads`,
        `${addresses.metrics!.port}/metrics`,
        `${addresses.store!.port}/?query=SELECT+1`,
      ];
      for (const url of urls) {
        expect((await fetch(`http://${beyond}:${url}`, { headers })).status).toBe(200);
        expect([401, 403]).toContain((await fetch(`http://${beyond}:${url}`)).status);
      }
    },
  );
});
