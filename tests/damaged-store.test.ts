/** The way out of a damaged embedded store, as docs/operations.md tells it, with the real program. */
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { claudeLine } from '../collector/sources/upload/testing.ts';
import { environment, Program, run } from './support/program.ts';
import { openTestStore, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('damaged-store');
let running: Program | undefined;
afterAll(async () => {
  await running?.end('SIGKILL');
  folder.remove();
});

const logs = join(folder.path, 'logs');
const env = environment(folder.path, { TALLYD_TAIL: `claude-code=${logs}` });
const MONTHS = 'SELECT toMonth(ts) AS month, count() FROM tallyd.usage GROUP BY month ORDER BY month';

function month(number: number): string {
  const line = (_: unknown, i: number) =>
    `${claudeLine(`msg_${number}_${i}`, i, `2026-0${number}-02T12:00:00.000Z`)}\n`;
  return Array.from({ length: 2000 }, line).join('');
}

/** Overwrites bytes in the middle of the events of January. @returns the name of the part */
async function damageJanuary(): Promise<string> {
  const store = await openTestStore(join(env['TALLYD_DATA_DIR']!, 'store'));
  const [part] = await store.rows<{ name: string; path: string }>(
    "SELECT name, path FROM system.parts WHERE database = 'tallyd' AND table = 'usage_events' AND active AND startsWith(name, '202601')",
  );
  await store.close();
  const data = join(part!.path, 'data.bin');
  const file = openSync(data, 'r+');
  writeSync(file, Buffer.alloc(64, 0x5a), 0, 64, Math.floor(statSync(data).size / 2));
  closeSync(file);
  return part!.name;
}

it(
  'is told by the collector with the way out, and set aside by the command it names, and everything is there at the next start',
  { timeout: 600_000 },
  async () => {
    mkdirSync(logs);
    writeFileSync(join(logs, 'january.jsonl'), month(1));
    writeFileSync(join(logs, 'february.jsonl'), month(2));
    const pushed = join(folder.path, 'march.jsonl');
    writeFileSync(pushed, month(3));
    running = await Program.start(env);
    expect((await run(env, 'push', pushed)).code).toBe(0);
    expect(await running.query(MONTHS)).toBe('1\t2000\n2\t2000\n3\t2000');
    await running.end();
    const part = await damageJanuary();
    // what the store alone has must not be lost on the way
    rmSync(join(logs, 'february.jsonl'));

    running = undefined;
    // what a start has to read is damaged: here prices have changed, and all hours are computed anew
    const start = await run(env, 'start');
    expect(start.code).toBe(1);
    expect(start.stderr).toMatch(
      /^tallyd: the store in \S+ is damaged \(.*tallyd doctor --set-aside takes them out/m,
    );
    expect(start.stderr).not.toMatch(/^ {4}at /m);

    const found = await run(env, 'doctor');
    expect(found.code).toBe(1);
    expect(found.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      new RegExp(`The part ${part} of usage_events is damaged \\(.*tallyd doctor --set-aside`),
    );
    const aside = await run(env, 'doctor', '--set-aside');
    expect(aside.stdout.replaceAll(/\s+/g, ' ')).toContain(
      `The damaged part ${part} of usage_events was set aside`,
    );
    expect((await run(env, 'doctor')).stdout).not.toMatch(/is damaged/);

    running = await Program.start(env);
    expect(await running.query(MONTHS)).toBe('1\t2000\n2\t2000\n3\t2000');
    expect(await running.query('SELECT sum(events) FROM tallyd.usage_hourly')).toBe('6000');
    await running.end();
    running = undefined;
  },
);
