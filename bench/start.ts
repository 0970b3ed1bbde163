/** Row 11: from the start of the program until it is ready, with a store of millions of events. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { filledStore, type FilledStore } from './data/filled-store.ts';
import { benchProgram } from './engine/run-alone.ts';
import { compare, type Measurement } from './measuring/measurement.ts';
import { Process } from './measuring/process.ts';
import type { Context, Scenario } from './measuring/scenario.ts';
import { environment, startTallyd } from './tallyd.ts';

const EVENTS = 10_000_000;
/** Starts per run. */
const STARTS = 3;

export const start: Scenario = {
  name: 'start',
  rows: [11],
  about: 'start to ready with a store of 10,000,000 events',
  measure,
};

async function measure(context: Context): Promise<Measurement[]> {
  const events = context.entries ?? (context.small ? EVENTS / 10 : EVENTS);
  const store = await filledStore(context.data, events, context.say);
  const times: { tallyd: number[]; engine: number[] } = { tallyd: [], engine: [] };
  for (let run = 1; run <= context.runs * STARTS; run++) {
    times.tallyd.push(await untilReady(store));
    times.engine.push(await untilOpen(store));
  }
  return [
    compare({
      ...{
        row: 11,
        id: 'start/engine/time',
        work: `start to ready, a store of ${events.toLocaleString('en')} events`,
      },
      ...{
        pair: 'the engine opening it',
        measure: 'time',
        unit: 'ms',
        goal: { of: 'difference', atMost: 500 },
      },
      tallyd: times.tallyd,
      other: times.engine,
    }),
  ];
}

/** Until `/readyz` says yes. */
async function untilReady({ home }: FilledStore): Promise<number> {
  const port = await freePort();
  const begun = performance.now();
  const program = startTallyd(environment(home, { TALLYD_TAIL: 'none', TALLYD_LISTEN: `127.0.0.1:${port}` }));
  while (!(await isReady(port))) {
    if (program.hasEnded) throw new Error(`tallyd ended before it was ready:\n${program.stderr}`);
    await wait(2);
  }
  const took = performance.now() - begun;
  await program.end();
  return took;
}

async function isReady(port: number): Promise<boolean> {
  // nobody listens yet
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status === 200;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { port } = await new Promise<AddressInfo>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(server.address() as AddressInfo)),
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilOpen({ home, events }: FilledStore): Promise<number> {
  const begun = performance.now();
  const program = new Process(benchProgram('engine-open', join(home, 'data/store')));
  await program.says('.\n');
  const took = performance.now() - begun;
  if (!program.stdout.includes(`open: ${events}.`)) throw new Error(`the engine says ${program.stdout}`);
  await program.result();
  return took;
}
