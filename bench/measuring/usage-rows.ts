/** The lines of the table for work whose time, processor time and memory were measured. */
import { compare, type Measurement } from './measurement.ts';
import type { Usage } from './process.ts';

type Used = Usage & { wallMs: number };

/** Time, processor time and, where it is known, memory. */
export function rowsOf<T extends { tallyd: Used }>(
  common: { row: number; work: string; pair: string },
  id: string,
  runs: readonly T[],
  otherOf: (run: T) => Used,
  goals: { time?: number; memory?: number },
): Measurement[] {
  const values = (of: (run: Used) => number) => ({
    tallyd: runs.map((run) => of(run.tallyd)),
    other: runs.map((run) => of(otherOf(run))),
  });
  const goal = (atMost: number | undefined) =>
    atMost === undefined ? {} : { goal: { of: 'ratio' as const, atMost } };
  const rows = [
    compare({
      ...common,
      id: `${id}/time`,
      measure: 'time',
      unit: 'ms',
      ...values((run) => run.wallMs),
      ...goal(goals.time),
    }),
    compare({ ...common, id: `${id}/cpu`, measure: 'CPU', unit: 'ms', ...values((run) => run.cpuMs) }),
  ];
  if (runs.every((run) => run.tallyd.peakBytes && otherOf(run).peakBytes))
    rows.push(
      compare({
        ...{ ...common, id: `${id}/memory`, measure: 'memory', unit: 'bytes' as const },
        ...values((run) => run.peakBytes!),
        ...goal(goals.memory),
      }),
    );
  return rows;
}
