/** The order of uploads: a clock that never stands still, and ids that sort by it. */
import { randomBytes } from 'node:crypto';

/**
 * Milliseconds since the epoch that strictly increase, also when the system's clock is set back:
 * the later upload decides what a source revised, so two uploads must never tie.
 */
export class ArrivalClock {
  #last = 0;
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  next(): number {
    this.#last = Math.max(this.#now(), this.#last + 1);
    return this.#last;
  }

  /** Never gives `ms` or less again. */
  passed(ms: number): void {
    this.#last = Math.max(this.#last, ms);
  }
}

/** A UUID of version 7: sorts by its time, and two collectors never make the same. */
export function newUploadId(ms: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(ms, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [0, 8, 12, 16, 20].map((at, i, ats) => hex.slice(at, ats[i + 1])).join('-');
}
