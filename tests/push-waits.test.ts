/** `tallyd push` to a real collector that has no room just now. */
import { connect } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claudeFile } from '../collector/sources/upload/testing.ts';
import { environment, Program, run, until } from './support/program.ts';
import { temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('push-waits');
const yaml = join(folder.path, 'tallyd.yaml');
const env = environment(folder.path, {
  TALLYD_TOKENS_FILE: join(folder.path, 'tokens.json'),
  TALLYD_TAIL: 'none',
  TALLYD_UPLOADS_AT_ONCE: '1',
});
let program: Program;
const tokens: Record<string, string> = {};

function file(name: string): string {
  const path = join(folder.path, `${name}.jsonl`);
  writeFileSync(path, claudeFile(`msg_${name}`));
  return path;
}

async function push(tier: string, ...files: string[]) {
  return await run({ ...env, TALLYD_TOKEN: tokens[tier]! }, 'push', ...files, '--config', yaml);
}

beforeAll(async () => {
  writeFileSync(
    yaml,
    'limits: { tiers: { few: { requests: 2, per: 20s }, hourly: { requests: 1, per: 1h } }, default: unlimited }\n',
  );
  const scopes = ['--scope', 'ingest', '--scope', 'read'];
  for (const tier of ['few', 'hourly', 'unlimited']) {
    const made = await run(env, 'token', 'create', tier, '--tier', tier, ...scopes, '--config', yaml);
    tokens[tier] = made.stdout.trim();
  }
  program = await Program.start(env, '--config', yaml);
});
afterAll(async () => {
  await program.end();
  folder.remove();
});

it('waits as its rate limit tells it, says so, and sends the rest', async () => {
  const { code, stdout, stderr } = await push('few', ...['a', 'b', 'c', 'd'].map(file));
  expect(stdout.match(/1 new/g)).toHaveLength(4);
  expect(stderr).toMatch(
    /^\S+c\.jsonl: the token few has used up its 2 requests in 20 seconds.* Trying again in \d+ s\.\n/,
  );
  expect(code).toBe(0);
});

it('does not wait for an hour, and says when to try again', async () => {
  const { code, stdout, stderr } = await push('hourly', file('e'), file('f'));
  expect(stdout.match(/1 new/g)).toHaveLength(1);
  expect(stderr).toMatch(/f\.jsonl: the token hourly has used up its 1 requests in an hour/);
  expect(stderr).not.toContain('Trying again');
  expect(code).toBe(1);
});

it('waits while the collector has as many uploads as it takes, and gets through when one ends', async () => {
  const { host, port } = program.runtime.addresses.http;
  const other = connect(port, host).on('error', () => undefined);
  other.write(
    `PUT /api/v1/uploads/x.csv HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${tokens['unlimited']!}\r\nContent-Length: 100\r\n\r\nwhen,`,
  );
  const limited = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${tokens['unlimited']!}` };
    return await (await fetch(`${program.url('metrics')}/metrics`, { headers })).text();
  };
  const pushed = push('unlimited', file('g'));
  await until(async () =>
    /tallyd_limited_requests_total\{[^}]*reason="uploads"[^}]*\} [1-9]/.test(await limited()),
  );
  other.destroy();
  const { code, stdout, stderr } = await pushed;
  expect(stderr).toMatch(/^\S+g\.jsonl: .+ Trying again in 2 s\.\n/);
  expect(stdout).toMatch(/1 new/);
  expect(code).toBe(0);
});
