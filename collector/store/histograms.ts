/**
 * The bars of the histograms that the hourly sums keep: how many single requests lie between which
 * bounds. Bounds are lower ones, ascending, the first is 0. To change them is to compute every hour
 * again: a migration must mark them all.
 */

/** 1, 2 and 5 times the powers of ten, from `first` to `last`. */
export function log125(first: number, last: number): number[] {
  const bounds: number[] = [];
  for (let power = Math.floor(Math.log10(first)); ; power++) {
    for (const step of [1, 2, 5]) {
      // by way of text: 2 * 10 ** -4 has digits of its own
      const bound = Number(`${step}e${power}`);
      if (bound > last) return bounds;
      if (bound >= first) bounds.push(bound);
    }
  }
}

export const HISTOGRAM_BOUNDS = {
  tokens: [0, ...log125(10, 5_000_000)],
  cost: [0, ...log125(0.0001, 50)],
  duration: [
    0, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
    3_600_000,
  ],
} as const satisfies Record<string, readonly number[]>;

/** An array with a count per bar, of the events that `when` holds for. */
export function histogramSql(bounds: readonly number[], value: string, when: string): string {
  const list = `[${bounds.join(', ').replace(/^0/, '0.')}]`;
  const bar = `toUInt8(indexOf(${list}, roundDown(toFloat64(${value}), ${list})))`;
  return `countResampleIf(1, ${bounds.length + 1}, 1)(${bar}, ${when})`;
}
