/** Deleting datasets, and what administrative acts leave behind, through the real collector. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../collector/audit/audit-log.ts';
import { environment, Program, run, until } from './support/program.ts';
import { TestIssuer } from './support/issuer.ts';
import { temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('audit');
const HEADER =
  'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n';
const CSV = `${HEADER}"2026-01-05T10:00:00.000Z","a@example.com","Included","gpt-5","No","0","10","0","5","15","0.01"\nnonsense\n`;
let program: Program;
let issuer: TestIssuer;
let env: Record<string, string>;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  issuer = await TestIssuer.start();
  const tokensFile = join(folder.path, 'tokens.json');
  env = environment(folder.path, { TALLYD_TAIL: 'none', TALLYD_TOKENS_FILE: tokensFile, ...issuer.env });
  for (const scope of ['ingest', 'read', 'admin'])
    tokens[scope] = (await run(env, 'token', 'create', `t-${scope}`, '--scope', scope)).stdout.trim();
  writeFileSync(join(folder.path, 'usage.csv'), CSV);
  program = await Program.start(env);
});
afterAll(async () => {
  await program.end('SIGKILL');
  await issuer.stop();
  folder.remove();
});

async function api(method: string, path: string, secret: string | undefined, body?: string) {
  const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
  const init = { method, headers, ...(body !== undefined && { body }) };
  const response = await fetch(`${program.url('http')}/api/v1/${path}`, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function entries(): Promise<AuditEntry[]> {
  const { body } = await api('GET', 'audit', tokens['admin']);
  return body['entries'] as AuditEntry[];
}

const count = async (table: string) => {
  const sql = encodeURIComponent(`SELECT count() FROM tallyd.${table} WHERE dataset = 'team'`);
  const headers = { authorization: `Bearer ${tokens['read']}` };
  return (await (await fetch(`${program.url('store')}/?query=${sql}`, { headers })).text()).trim();
};

describe('a dataset', () => {
  it('is deleted by an admin alone, with all that readers see of it', async () => {
    const sent = await api('PUT', 'uploads/usage.csv?dataset=team&mode=replace', tokens['ingest'], CSV);
    expect(sent.status).toBe(201);
    expect([await count('usage'), await count('usage_hourly'), await count('rejected_records')]).toEqual([
      '1',
      '1',
      '1',
    ]);
    for (const scope of ['ingest', 'read'])
      expect(await api('DELETE', 'datasets/team', tokens[scope])).toMatchObject({
        ...{ status: 403, body: { type: 'urn:tallyd:problem:scope-missing' } },
      });
    expect((await api('DELETE', 'datasets/team', undefined)).status).toBe(401);
    expect(await api('DELETE', 'datasets/team', tokens['admin'])).toEqual({
      ...{ status: 200, body: { dataset: 'team', deleted: { events: 1, bills: 0, rejections: 1 } } },
    });
    expect([await count('usage'), await count('usage_hourly'), await count('rejected_records')]).toEqual([
      '0',
      '0',
      '0',
    ]);
    expect((await api('DELETE', 'datasets/team', tokens['admin'])).status).toBe(404);
    const again = await api('PUT', 'uploads/usage.csv?dataset=team', tokens['ingest'], CSV);
    expect(again.body['rows']).toMatchObject({ accepted: 1, rejected: 1 });
    const command = await run({ ...env, TALLYD_TOKEN: tokens['admin']! }, 'dataset', 'delete', 'team');
    expect(command).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') as string });
    const done = await run({ ...env, TALLYD_TOKEN: tokens['admin']! }, 'dataset', 'delete', 'team', '--yes');
    expect(done).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^team: 1 events, 0 lines/) as string,
    });
    const refused = await run(
      { ...env, TALLYD_TOKEN: tokens['read']! },
      'dataset',
      'delete',
      'team',
      '--yes',
    );
    expect(refused.stderr).toMatch(/needs the scope admin: the token t-read has the scope read/);
  });
});

describe('the audit log', () => {
  it('tells who did what from where, who was refused, and what the commands did', async () => {
    const jwt = await issuer.sign({ roles: ['admin'], subject: 'grace' });
    expect((await api('DELETE', 'datasets/nothing', jwt)).status).toBe(404);
    await api('GET', 'audit', await issuer.sign({ roles: ['viewer'], subject: 'eve' }));
    await api('PUT', 'uploads/usage.csv?mode=replace&dataset=team', 'tallyd_nobody', CSV);
    await run(env, 'token', 'revoke', 't-read');
    await until(async () => (await entries()).some(({ act }) => act === 'audit.read'));
    const told = (await entries()).map(({ act, who, result }) => `${act} ${who.kind} ${who.name} ${result}`);
    const user = (await entries()).find(({ who }) => who.kind === 'local')!.who.name;
    for (const line of [
      `token.create local ${user} done`,
      `token.revoke local ${user} done`,
      'upload.replace token t-ingest accepted',
      'upload.replace token t-ingest done',
      'upload.replace unknown  refused',
      'dataset.delete token t-ingest refused',
      'dataset.delete token t-read refused',
      'dataset.delete token t-admin done',
      'audit.read jwt eve refused',
    ])
      expect(told).toContain(line);
    const deleted = (await entries()).find(
      ({ act, result }) => act === 'dataset.delete' && result === 'done',
    )!;
    expect(deleted).toMatchObject({ from: '127.0.0.1', what: { dataset: 'team', events: 1 } });
    expect(statSync(join(folder.path, 'data/audit.jsonl')).mode & 0o777).toBe(0o600);
    const printed = await run(env, 'audit');
    expect(printed.stdout).toMatch(
      /dataset\.delete {2}done {2}by token t-admin from 127\.0\.0\.1 {2}dataset="team"/,
    );
    for (const secret of [...Object.values(tokens), jwt]) expect(printed.stdout).not.toContain(secret);
  });

  it('counts a flood of refusals instead of growing with it', async () => {
    const before = Number((await api('GET', 'audit', tokens['admin'])).body['total']);
    for (let i = 0; i < 90; i++) await api('DELETE', 'datasets/x', undefined);
    const { body } = await api('GET', 'audit', tokens['admin']);
    expect(Number(body['total']) - before).toBeLessThanOrEqual(60);
  });
});
