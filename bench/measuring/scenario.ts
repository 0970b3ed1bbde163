/** What a file of measurements gives, and what it is given. */
import type { Measurement } from './measurement.ts';

export interface Context {
  /** The folder with generated data, kept between runs. */
  data: string;
  /** A folder for stores, emptied before and after. */
  scratch: string;
  seed: string;
  /** How many runs; several where the scenario says nothing else. */
  runs: number;
  /** A size in place of the scenario's own. */
  entries: number | undefined;
  /** A form that takes minutes off: sizes a fifth or a tenth. */
  small: boolean;
  /** For people who wait. */
  say: (text: string) => void;
}

export interface Scenario {
  name: string;
  /** Lines of the goals' table. */
  rows: readonly number[];
  about: string;
  measure(context: Context): Promise<Measurement[]>;
}
