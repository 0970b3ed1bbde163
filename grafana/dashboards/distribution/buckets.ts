/** Bars of histograms that people can read: 1, 2, 5, 10, 20, 50, … */

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

/** `1 k – 2 k`; from the last bound on it is open. */
export function span(show: (value: number) => string): (from: number, to: number | undefined) => string {
  return (from, to) => (to === undefined ? `${show(from)} or more` : `${show(from)} – ${show(to)}`);
}
