/**
 * `npm run test:soak`: the collector as a process for ten minutes (`SOAK_MINUTES`), with files being written and
 * uploads coming, and what it holds at 10, 50 and 100 % of that time. Fails on a loss, a double, or growth.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { claudeLine } from '../../collector/sources/upload/testing.ts';
import { packageRoot } from '../../collector/package-root.ts';
import { table } from '../faults/table.ts';
import { environment, Program, until } from '../support/program.ts';
import { temporaryFolder } from '../support/store.ts';

const minutes = Number(process.env['SOAK_MINUTES'] ?? 10);
const folder = temporaryFolder('soak');
afterAll(() => folder.remove());

const FILES = 20;
const MiB = 1024 * 1024;

interface Held {
  resident: number;
  heap: number;
  external: number;
  descriptors: number;
  timers: number;
  resources: number;
}

/** What a process holds, by the kernel and by itself. */
async function heldBy(pid: number, file: string): Promise<Held> {
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  await until(() => existsSync(file));
  const { counts, heapUsed, external } = JSON.parse(readFileSync(file, 'utf8')) as {
    counts: Record<string, number>;
    heapUsed: number;
    external: number;
  };
  const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
  return {
    ...{ resident, heap: heapUsed, external },
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    timers: counts['Timeout'] ?? 0,
    resources: Object.values(counts).reduce((sum, count) => sum + count, 0),
  };
}

it.skipIf(process.platform !== 'linux')('holds no more after a while than at its beginning', async () => {
  const logs = join(folder.path, '.claude/projects/p');
  mkdirSync(logs, { recursive: true });
  const file = join(folder.path, 'resources.json');
  const program = await Program.start(
    environment(folder.path, {
      NODE_OPTIONS: `--import ${join(packageRoot, 'tests/long/resources.mjs')}`,
      RESOURCES_FILE: file,
      TALLYD_LOG_LEVEL: 'warn',
    }),
  );
  const { pid } = program.runtime;
  let records = 0;
  let uploads = 0;
  const write = (): void => {
    for (let i = 0; i < 10; i++)
      appendFileSync(join(logs, `s${records % FILES}.jsonl`), `${claudeLine(`msg_f${++records}`)}\n`);
  };
  const send = async (): Promise<void> => {
    const lines = Array.from({ length: 50 }, () => `${claudeLine(`msg_u${++records}`)}\n`);
    const response = await fetch(`${program.url('http')}/api/v1/uploads/a.jsonl`, {
      method: 'PUT',
      body: lines.join(''),
    });
    expect(response.status, await response.text()).toBe(201);
    uploads++;
    await (await fetch(`${program.url('metrics')}/metrics`)).text();
    await program.query('SELECT count() FROM tallyd.usage');
  };
  const begun = Date.now();
  const held: Held[] = [];
  for (const share of [0.1, 0.5, 1]) {
    while (Date.now() - begun < share * minutes * 60_000) {
      write();
      await send();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    held.push(await heldBy(pid, file));
  }
  await until(async () => Number(await program.query('SELECT count() FROM tallyd.usage')) >= records);
  const stored = Number(await program.query('SELECT uniqExact(event_id) FROM tallyd.usage'));
  const events = Number(await program.query('SELECT count() FROM tallyd.usage'));
  expect(await program.end()).toBe(0);
  const at = (name: keyof Held, unit = 1) => held.map((one) => Math.round(one[name] / unit)).join(', ');
  console.log(
    table(`${minutes} minutes, ${uploads} uploads`, [
      ['records written', records],
      ['records stored', stored],
      ['lost', records - stored],
      ['doubled', events - stored],
    ]),
  );
  console.log(
    [
      `at 10, 50 and 100 %: resident ${at('resident', MiB)} MiB; heap ${at('heap', MiB)} MiB; external ${at('external', MiB)} MiB;`,
      `descriptors ${at('descriptors')}; timers ${at('timers')}; handles and requests ${at('resources')}`,
    ].join(' '),
  );
  expect({ stored, events }).toEqual({ stored: records, events: records });
  const [, half, end] = held as [Held, Held, Held];
  // merges and caches of the engine settle in the first half; a leak goes on
  expect(end.resident - half.resident).toBeLessThan(100 * MiB);
  expect(end.heap - half.heap).toBeLessThan(10 * MiB);
  expect(end.descriptors - half.descriptors).toBeLessThan(20);
  expect(end.timers - half.timers).toBeLessThan(10);
});
