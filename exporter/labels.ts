/**
 * Label values that stay few and readable. A Prometheus series lives as long as the process, so a
 * value that anybody can invent (a model's name, a reason) must not be able to make series without end.
 */

/** Stands for every value beyond a bound. */
export const OTHER = 'other';
/** Stands for the empty value: Prometheus does not tell an empty label from an absent one. */
export const UNKNOWN = 'unknown';

const MAX_CHARACTERS = 100;
/** Control, format, line-separator characters and lone surrogates: none of them can be read or typed. */
const UNREADABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** `value` as one line of at most 100 readable characters; 'unknown' when nothing is left of it. */
export function cleanLabel(value: string): string {
  const readable = value
    .slice(0, 4 * MAX_CHARACTERS)
    .replace(UNREADABLE, ' ')
    .trim();
  // Array.from cuts between characters, where slice could cut one in half.
  return readable === '' ? UNKNOWN : Array.from(readable).slice(0, MAX_CHARACTERS).join('').trim();
}

/** Remembers the first `limit` keys it sees; the others are strangers for ever. */
export class Bound {
  readonly #limit: number;
  readonly #known = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether `key` is one of the first `limit`. */
  admits(key: string): boolean {
    if (this.#known.has(key)) return true;
    if (this.#known.size >= this.#limit) return false;
    this.#known.add(key);
    return true;
  }
}

/** A label of at most `limit` distinct values and 'other'. */
export class BoundedLabel {
  readonly #bound: Bound;

  constructor(limit: number) {
    this.#bound = new Bound(limit);
  }

  /** The label value for `value`: cleaned, or 'other' when there are too many already. */
  of(value: string): string {
    const label = cleanLabel(value);
    return this.#bound.admits(label) ? label : OTHER;
  }
}
