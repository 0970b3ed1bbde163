/** Finds out the formats of files in `auto` roots, from how they begin. */
import type { Format } from '../../formats/format.ts';
import { arrayPathOf } from '../../formats/json-document.ts';
import { readSample, recogniseSample } from '../../formats/recognise.ts';
import { isAbsent, problemOf } from './discovery.ts';
import type { FileState } from './file-state.ts';

export class Recogniser {
  readonly #formats: readonly Format[];
  #waiting = new Set<FileState>();

  constructor(formats: readonly Format[]) {
    this.#formats = formats;
  }

  add(file: FileState): void {
    this.#waiting.add(file);
  }

  /** Looks at the files added. @returns those that have a format now; the others say why not. */
  async run(): Promise<FileState[]> {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    const recognised: FileState[] = [];
    for (const file of waiting) {
      // An empty file is about to be written.
      if (file.size === 0 || file.goneAt !== undefined) continue;
      await this.#look(file);
      if (file.format) recognised.push(file);
    }
    return recognised;
  }

  async #look(file: FileState): Promise<void> {
    try {
      const sample = await readSample(file.path);
      const found = recogniseSample(sample, this.#formats);
      delete file.problem;
      if ('problem' in found) file.unrecognised = found.problem;
      else if (found.format.layout === 'lines' && arrayPathOf(sample.head, found.format.arrays) !== undefined)
        file.unrecognised =
          'It is one JSON document with all its records, which is not followed: push it with tallyd push.';
      else file.format = found.format;
    } catch (error) {
      if (!isAbsent(error)) file.problem = problemOf(error);
    }
  }
}
