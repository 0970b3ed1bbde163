/** Counts what the first pass has to do and has done. */
import { bytesBehind, type FileState } from './file-state.ts';
import type { TailProgress } from './types.ts';

export class FirstPass {
  readonly #onProgress: ((progress: TailProgress) => void) | undefined;
  readonly #waiting = new Map<FileState, number>();
  readonly #progress: TailProgress = { files: 0, filesDone: 0, bytes: 0, bytesDone: 0 };
  #begun = false;
  #told = false;

  constructor(onProgress: ((progress: TailProgress) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  add(file: FileState): void {
    if (this.#begun || this.#waiting.has(file)) return;
    const bytes = bytesBehind(file);
    this.#waiting.set(file, bytes);
    this.#progress.files++;
    this.#progress.bytes += bytes;
  }

  /** Everything that was there has been seen. */
  begin(): void {
    this.#begun = true;
    this.#tell();
  }

  /** A file was stored, at least in part, or will not be. */
  done(file: FileState): void {
    const bytes = this.#waiting.get(file);
    if (bytes === undefined) return;
    const left =
      file.goneAt === undefined && file.problem === undefined ? Math.min(bytes, bytesBehind(file)) : 0;
    this.#progress.bytesDone += bytes - left;
    this.#waiting.set(file, left);
    if (left === 0 || file.position.mtimeMs === file.mtimeMs) {
      this.#progress.bytesDone += left;
      this.#progress.filesDone++;
      this.#waiting.delete(file);
    }
    this.#tell();
  }

  /** Once per batch: the files of a batch are done in one go. */
  #tell(): void {
    if (!this.#onProgress || this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      this.#onProgress?.({ ...this.#progress });
    });
  }
}
