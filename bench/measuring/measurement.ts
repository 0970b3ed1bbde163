/** One line of the table: what was measured, of tallyd and of its pair, in turn. */
import { type Summary, summarise } from './summary.ts';

export type Unit = 'ms' | 'µs' | 'bytes' | 'percent' | 'rows/s';

/** What must hold: of the median ratio to the pair, of how much more it is, or of tallyd's own median. */
export interface Goal {
  of: 'ratio' | 'difference' | 'value';
  atMost: number;
}

export interface Measurement {
  /** The same in every run of the same size: what documented ratios are found by. */
  id: string;
  /** The line of the goals' table that it belongs to. */
  row: number;
  work: string;
  pair: string;
  /** Such as time, CPU, memory. */
  measure: string;
  unit: Unit;
  tallyd: Summary;
  other: Summary;
  /** Of each run's two values, so what slows both down for a while does not show. */
  ratio: Summary;
  goal?: Goal;
}

export interface Pairs {
  id: string;
  row: number;
  work: string;
  pair: string;
  measure: string;
  unit: Unit;
  goal?: Goal;
  /** One value of each run. */
  tallyd: readonly number[];
  other: readonly number[];
}

/** Sums up the runs of tallyd and of its pair, the first with the first. */
export function compare({ tallyd, other, ...rest }: Pairs): Measurement {
  if (tallyd.length === 0 || tallyd.length !== other.length)
    throw new Error(`${rest.id}: ${tallyd.length} values of tallyd, ${other.length} of its pair`);
  return {
    ...rest,
    tallyd: summarise(tallyd),
    other: summarise(other),
    ratio: summarise(tallyd.map((value, run) => value / other[run]!)),
  };
}

/** Whether a goal is met; undefined where there is none. */
export function isMet({ goal, ratio, tallyd, other }: Measurement): boolean | undefined {
  if (!goal) return undefined;
  const found = {
    ratio: ratio.median,
    difference: tallyd.median - other.median,
    value: tallyd.median,
  }[goal.of];
  return found <= goal.atMost;
}
