/** One at a time, in the order asked: a batch of one source, with its spool file, after another. */
export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work);
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Resolves when nobody is at work any more. */
  async over(): Promise<void> {
    await this.#last;
  }
}
