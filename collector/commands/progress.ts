/** The progress of the first read: a bar at a terminal, a line now and then elsewhere. */
import { Presets, SingleBar } from 'cli-progress';

interface Numbers {
  files: number;
  filesDone: number;
  bytes: number;
  bytesDone: number;
}

/** Fewer bytes than this are read before a bar could be seen. */
const WORTH_A_BAR = 8 * 1024 * 1024;

export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #bar: SingleBar | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(now: Numbers): void {
    if (!this.#stream.isTTY || now.bytes < WORTH_A_BAR) return;
    if (!this.#bar) {
      const format = ' reading {bar} {percentage}% | {files} of {allFiles} files | {size} of {allSize} MB';
      this.#bar = new SingleBar(
        { format, stream: this.#stream, hideCursor: true, clearOnComplete: true },
        Presets.shades_classic,
      );
      this.#bar.start(now.bytes, 0, payload(now));
    }
    this.#bar.setTotal(now.bytes);
    this.#bar.update(now.bytesDone, payload(now));
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

function payload(now: Numbers): Record<string, string | number> {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  return {
    files: now.filesDone,
    allFiles: now.files,
    size: megabytes(now.bytesDone),
    allSize: megabytes(now.bytes),
  };
}
