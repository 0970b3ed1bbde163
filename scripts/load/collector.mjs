// A collector for one run: a process of its own, ports of the system's choice, a folder that goes with it.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Watch } from './watch.mjs';

const entry = fileURLToPath(new URL('../../bin/tallyd.cjs', import.meta.url));
const START_MS = 120_000;

/** Resolves when it is ready; `env` tells k6 where it is. */
export async function startCollector(folder) {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'collector.log');
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, [entry, 'start'], {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TALLYD_DATA_DIR: join(folder, 'data'),
      TALLYD_LISTEN: '127.0.0.1:0',
      TALLYD_METRICS_LISTEN: '127.0.0.1:0',
      TALLYD_STORE_LISTEN: '127.0.0.1:0',
      TALLYD_PRICES_URL: 'off',
      TALLYD_TAIL: 'none',
    },
    cwd: folder,
    stdio: ['ignore', output, output],
    // Ctrl-C is for k6, which then still has to count
    detached: true,
  });
  closeSync(output);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    const { http, store } = await addresses(join(folder, 'data/collector.json'), child, log);
    const watch = new Watch(child.pid);
    const env = { TALLYD_URL: urlOf(http), TALLYD_STORE_URL: urlOf(store) };
    return { env, watch, stop: async () => (watch.end(), await stop()) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addresses(file, child, log) {
  const deadline = Date.now() + START_MS;
  while (!existsSync(file)) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`the collector did not start:\n${readFileSync(log, 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return JSON.parse(readFileSync(file, 'utf8')).addresses;
}

function urlOf({ host, port }) {
  return `http://${host}:${port}`;
}
