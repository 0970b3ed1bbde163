/** The tail's files in the spool folder: what is being sent, one at a time. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const PREFIX = 'tail-';

export class Spool {
  readonly #folder: string;
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder and removes what a crash left in it: nothing of it was acknowledged. */
  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    for (const name of await readdir(this.#folder))
      if (name.startsWith(PREFIX)) await rm(join(this.#folder, name), { force: true });
  }

  newPath(ending: string): string {
    return join(this.#folder, `${PREFIX}${process.pid}-${++this.#count}${ending}`);
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }
}
