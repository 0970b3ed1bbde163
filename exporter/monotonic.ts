import type { Attributes, Counter } from '@opentelemetry/api';

/**
 * A counter that may be told of corrections downward.
 *
 * A Prometheus counter that falls reads as a restart: `rate()` would add its whole value again. So a
 * negative amount is kept as a debt of its label set, and later increments pay it off before they
 * show. The counter is then the running maximum of the true sum, and equal to it without debt.
 */
export class MonotonicCounter {
  readonly #counter: Counter;
  readonly #debts = new Map<string, number>();

  constructor(counter: Counter) {
    this.#counter = counter;
  }

  /**
   * Adds `amount`, which may be negative. Zero makes the series visible, so that its first
   * increment counts in `increase()`. What is not finite is ignored: one NaN would stay for ever.
   */
  add(amount: number, labels: Attributes): void {
    if (!Number.isFinite(amount)) return;
    const key = JSON.stringify(labels);
    const balance = (this.#debts.get(key) ?? 0) + amount;
    if (balance < 0) this.#debts.set(key, balance);
    else this.#debts.delete(key);
    this.#counter.add(Math.max(balance, 0), labels);
  }
}
