/** Runs the engine alone in a process of its own, on an empty store that is removed after. */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DayModelSums, mustBe } from '../data/day-model-sums.ts';
import { type Run, runToEnd } from '../measuring/process.ts';
import type { Alone } from './alone.ts';

/** A program of the bench itself, with the variables that a program needs. */
export function benchProgram(name: string, ...args: string[]) {
  return {
    name,
    command: process.execPath,
    // they lie beside each other: see bench.mjs
    args: [join(dirname(fileURLToPath(import.meta.url)), `${name}.js`), ...args],
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', UV_THREADPOOL_SIZE: '12' },
  };
}

/** @returns the whole process, and `inside` it the work alone. Rejects where the sums are not the truth. */
export async function runAlone(
  work: 'claude-code' | 'cursor-csv',
  input: string,
  { store, truth }: { store: string; truth: DayModelSums },
): Promise<Run & { inside: Alone }> {
  rmSync(store, { recursive: true, force: true });
  const run = await runToEnd(benchProgram('engine-alone', work, store, input));
  rmSync(store, { recursive: true, force: true });
  const inside = JSON.parse(run.stdout) as Alone;
  mustBe(truth, inside.sums, 'the engine alone');
  return { ...run, inside };
}
