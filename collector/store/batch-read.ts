/** A batch on its way into a table of its own, in its turn or while others are written. */
export class BatchRead {
  readonly table: string;
  /** Resolves when the table is filled. */
  readonly done: Promise<void>;
  readonly #dropTable: () => Promise<void>;
  #dropped: Promise<void> | undefined;
  #isTaken = false;

  constructor(table: string, done: Promise<void>, dropTable: () => Promise<void>) {
    this.table = table;
    this.done = done;
    // met where it is written
    done.catch(() => undefined);
    this.#dropTable = dropTable;
  }

  /** Whether another one may be read ahead: this one was given to be written, or dropped. */
  get isOver(): boolean {
    return this.#isTaken || this.#dropped !== undefined;
  }

  /** It is being written, or waits for its turn. */
  taken(): void {
    this.#isTaken = true;
  }

  /** Drops the table when it is filled, once. */
  drop(): Promise<void> {
    this.#dropped ??= this.done.catch(() => undefined).then(this.#dropTable);
    return this.#dropped;
  }
}
