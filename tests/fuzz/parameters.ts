/** How long a property is tried, and with which seed. */
import type { Parameters } from 'fast-check';

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 120);

/** For the tests: so many runs, always the same, unless it is a long run. */
export function quickly<T>(numRuns: number): Parameters<T> {
  return process.env['FUZZ_SECONDS'] === undefined ? { seed: 1, numRuns } : parameters('property');
}

/** Prints the seed, so that a run can be repeated with FUZZ_SEED. */
export function parameters<T>(title: string): Parameters<T> {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x7fffffff);
  console.log(`${title}: ${SECONDS} s, FUZZ_SEED=${seed}`);
  return { seed, numRuns: 1e9, interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false };
}
