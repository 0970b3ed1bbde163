/** A damaged file among those that the real collector follows, as a person meets it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { messageTables } from '../collector/demo/opencode.ts';
import { sqliteFile } from '../collector/demo/sqlite-file.ts';
import { claudeLine } from '../collector/sources/upload/testing.ts';
import { environment, Program, run, until } from './support/program.ts';
import { temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('damaged-doctor');
let running: Program | undefined;
afterAll(async () => {
  await running?.end('SIGKILL');
  folder.remove();
});

it(
  'is named by tallyd doctor with what to do, holds up nobody, and is read when it is whole',
  { timeout: 300_000 },
  async () => {
    const logs = join(folder.path, 'logs');
    mkdirSync(logs);
    const data = JSON.stringify({
      ...{
        role: 'assistant',
        modelID: 'gpt-5',
        time: { created: 1_772_442_000_000 },
        text: 'x'.repeat(1000),
      },
      tokens: { input: 0, output: 5, reasoning: 0, cache: { read: 0, write: 0 } },
    });
    const rows = Array.from({ length: 30 }, (_, i) => ({ id: `m${i}`, sessionId: 's', data, before: '' }));
    const whole = sqliteFile(messageTables(rows));
    const damaged = join(logs, 'opencode.db');
    writeFileSync(damaged, Buffer.from(whole).fill(0x5a, 4 * 4096, 5 * 4096));
    writeFileSync(join(logs, 'a.jsonl'), `${claudeLine('msg_1')}\nbroken\n${claudeLine('msg_2')}\n`);
    const env = environment(folder.path, { TALLYD_TAIL: `auto=${logs}` });
    running = await Program.start(env);
    expect(await running.query('SELECT count() FROM tallyd.usage')).toBe('2');
    await until(async () => (await run(env, 'doctor')).stdout.includes(`${damaged} is not read`));
    const { code, stdout } = await run(env, 'doctor');
    expect(code).toBe(1);
    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      `${damaged} is not read: The database cannot be read, and is read again when it changes: `,
    );
    expect(text).toMatch(/1 record of claude-code could not be read: .*a\.jsonl:2/);
    writeFileSync(damaged, whole);
    await until(async () => (await running!.query('SELECT count() FROM tallyd.usage')) === '32');
    await until(async () => !(await run(env, 'doctor')).stdout.includes('is not read'));
  },
);
