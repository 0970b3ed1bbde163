/**
 * A seeded source of draws. The same seed gives the same draws on every machine, and a fork depends
 * on its label only, not on how much was drawn before it: one more draw in a session does not change
 * the sessions after it.
 */

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const HEX = '0123456789abcdef';

/** A 32-bit hash of a text, different for every salt. */
function hash(text: string, salt: number): number {
  let value = (0x811c9dc5 ^ Math.imul(salt + 1, 0x9e3779b1)) >>> 0;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}

/** Marsaglia's xorshift with 128 bits of state: long enough that forks never meet. */
export class Prng {
  readonly #name: string;
  #x: number;
  #y: number;
  #z: number;
  #w: number;

  constructor(seed: string | number) {
    this.#name = String(seed);
    this.#x = hash(this.#name, 1);
    this.#y = hash(this.#name, 2);
    this.#z = hash(this.#name, 3);
    this.#w = hash(this.#name, 4) | 1;
    for (let warmUp = 0; warmUp < 16; warmUp++) this.word();
  }

  /** Another source, the same for the same seed and label whatever was drawn here. */
  fork(label: string | number): Prng {
    return new Prng(`${this.#name}/${label}`);
  }

  /** A whole number of 0 to 2^32 - 1. */
  word(): number {
    const shifted = this.#x ^ (this.#x << 11);
    this.#x = this.#y;
    this.#y = this.#z;
    this.#z = this.#w;
    this.#w = (this.#w ^ (this.#w >>> 19) ^ shifted ^ (shifted >>> 8)) >>> 0;
    return this.#w;
  }

  /** A number from 0 up to, not including, 1. */
  fraction(): number {
    return this.word() / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** Like `int`, with every order of magnitude as likely as the next: token counts look like this. */
  magnitude(low: number, high: number): number {
    return Math.round(Math.exp(Math.log(low) + this.fraction() * Math.log(high / low)));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)] as T;
  }

  /** A value, each as likely as its weight says. */
  weighted<T>(pairs: readonly (readonly [T, number])[]): T {
    let rest = this.fraction() * pairs.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of pairs) if ((rest -= weight) < 0) return value;
    return (pairs[pairs.length - 1] as readonly [T, number])[0];
  }

  /** A copy in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let last = copy.length - 1; last > 0; last--) {
      const other = this.int(0, last);
      [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
    }
    return copy;
  }

  base62(length: number): string {
    let text = '';
    while (text.length < length) text += BASE62[this.int(0, 61)];
    return text;
  }

  hex(length: number): string {
    let text = '';
    while (text.length < length) text += HEX[this.word() >>> 28];
    return text;
  }

  uuid(): string {
    const variant = HEX[8 + (this.word() >>> 30)];
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-${variant}${this.hex(3)}-${this.hex(12)}`;
  }
}
