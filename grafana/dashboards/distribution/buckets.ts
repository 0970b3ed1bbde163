/** What stands under the bars of histograms. */

/** `1 k – 2 k`; from the last bound on it is open. */
export function span(show: (value: number) => string): (from: number, to: number | undefined) => string {
  return (from, to) => (to === undefined ? `${show(from)} or more` : `${show(from)} – ${show(to)}`);
}
