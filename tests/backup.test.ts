/** `tallyd backup` and `tallyd restore` as people use them, beside a collector that runs and without one. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { AuditEntry } from '../collector/audit/audit-log.ts';
import { claudeLine } from '../collector/sources/upload/testing.ts';
import { environment, Program, run, until } from './support/program.ts';
import { temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('backup-command');
let running: Program | undefined;
afterAll(async () => {
  await running?.end('SIGKILL');
  folder.remove();
});

const TOTAL = 'SELECT count(), sum(output_tokens) FROM tallyd.usage';
const file = join(folder.path, 'usage.backup');
const session = join(folder.path, '.claude/projects/-src/s.jsonl');
const tail = { TALLYD_TAIL: `claude-code=${join(folder.path, '.claude')}` };
const env = environment(folder.path, tail);

/** What the audit log says of backups, the oldest first. */
async function told(where: Record<string, string>): Promise<string[]> {
  const { stdout } = await run(where, 'audit', '--json');
  const { entries } = JSON.parse(stdout) as { entries: AuditEntry[] };
  return entries
    .filter(({ act }) => act.startsWith('backup.'))
    .map(({ act, result, who }) => `${act} ${result} ${who.kind}`);
}
const elsewhere = { ...env, TALLYD_DATA_DIR: join(folder.path, 'elsewhere') };

it(
  'keeps a running collector in a file, from which another one goes on without counting anything twice',
  { timeout: 600_000 },
  async () => {
    mkdirSync(join(folder.path, '.claude/projects/-src'), { recursive: true });
    writeFileSync(session, `${claudeLine('msg_1', 100)}\n${claudeLine('msg_2', 100)}\n`);
    running = await Program.start(env);
    await until(async () => (await running!.query(TOTAL)) === '2\t200');
    // they are saved within a second; a backup without them would have its files read again
    await until(() => Promise.resolve(existsSync(join(env['TALLYD_DATA_DIR']!, 'positions.json'))));
    const made = await run(env, 'backup', file);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toMatch(/usage\.backup: \d+ kB, 2 events, 0 lines of bills\. Checked\./);
    // what it is asked to do while it runs, or over a file, it says no to
    expect(await run(env, 'backup', file)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is there already/) as string,
    });
    expect(await run(env, 'restore', file)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/stop it, then restore/) as string,
    });
    // written after the backup
    appendFileSync(session, `${claudeLine('msg_3', 1000)}\n`);
    await until(async () => (await running!.query(TOTAL)) === '3\t1200');
    expect(await told(env)).toEqual(['backup.create done local']);
    await running.end();
    running = undefined;

    const restored = await run(elsewhere, 'restore', file);
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    expect(restored.stdout).toMatch(/is now what it was at 20.*2 events/s);
    const positions = (dir: string) =>
      (
        JSON.parse(readFileSync(join(dir, 'positions.json'), 'utf8')) as {
          files: { position: { offset: number } }[];
        }
      ).files;
    expect(positions(elsewhere['TALLYD_DATA_DIR'])[0]!.position.offset).toBeLessThan(
      positions(env['TALLYD_DATA_DIR']!)[0]!.position.offset,
    );
    running = await Program.start(elsewhere);
    expect(await running.query(TOTAL)).toBe('3\t1200');
    await running.end();
    running = undefined;
  },
);

it(
  'needs force to replace what is there, makes a backup of a store at rest, and refuses a damaged one',
  { timeout: 600_000 },
  async () => {
    const refused = await run(env, 'restore', file);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/holds \d+ events, which would be replaced by the backup\. Say --force/);
    const atRest = join(folder.path, 'at rest.backup');
    expect(await run(env, 'backup', atRest)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/3 events/) as string,
    });
    writeFileSync(join(folder.path, 'cut.backup'), readFileSync(atRest).subarray(0, -200));
    const cut = await run(env, 'restore', '--force', join(folder.path, 'cut.backup'));
    expect(cut).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^tallyd: the backup .* is damaged/) as string,
    });
    expect(await run(env, 'restore', '--force', file)).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await run(env, 'report', 'daily', '--json');
    expect((JSON.parse(stdout) as { totals: { outputTokens: number } }).totals.outputTokens).toBe(200);
    expect(existsSync(join(folder.path, 'data/restore'))).toBe(false);
    // a refusal is no restoring; the log goes on over what is restored
    expect(await told(env)).toEqual([
      'backup.create done local',
      'backup.create done local',
      'backup.restore failed local',
      'backup.restore done local',
    ]);
    expect(await told(elsewhere)).toEqual(['backup.restore done local']);
    const server = { ...env, TALLYD_CLICKHOUSE_URL: 'http://localhost:1/tallyd' };
    expect(await run(server, 'backup', `${file}.2`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/run BACKUP DATABASE tallyd TO/) as string,
    });
  },
);
