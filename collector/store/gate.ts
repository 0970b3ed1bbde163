/**
 * Lets many readers through at once, and one change that readers must not see half of.
 *
 * A `replace` shows its new rows by one small insert, but a query that planned its reading before
 * the rows were there and looks up the live generation after that insert would see neither the old
 * nor the new rows. Queries of the embedded engine all pass here, so the change waits for those
 * that run and holds back those that come.
 */
export class Gate {
  #readers = 0;
  #closed: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  async read<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed) await this.#closed;
    this.#readers++;
    try {
      return await work();
    } finally {
      this.#readers--;
      if (this.#readers === 0) this.#drained?.();
    }
  }

  async change<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed) await this.#closed;
    let open!: () => void;
    this.#closed = new Promise((resolve) => (open = resolve));
    try {
      if (this.#readers > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
      return await work();
    } finally {
      this.#drained = undefined;
      this.#closed = undefined;
      open();
    }
  }
}
