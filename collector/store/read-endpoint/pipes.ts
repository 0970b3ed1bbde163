/**
 * Named pipes through which the engine hands over its answers. `SELECT … INTO OUTFILE` writes every
 * format as it is computed, waits when nobody reads, and can be stopped; what the engine offers to
 * programs either keeps the whole answer in memory or begins the format anew with every block.
 */
import { execFile } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder of pipes that nobody else can open. */
export class Pipes {
  readonly #free: string[];
  readonly #folder: string;

  private constructor(folder: string, paths: string[]) {
    this.#folder = folder;
    this.#free = paths;
  }

  /** @throws Error where no pipe can be made. */
  static async make(count: number): Promise<Pipes> {
    // mkdtemp makes it for its owner alone
    const folder = mkdtempSync(join(tmpdir(), 'tallyd-answers-'));
    const paths = Array.from({ length: count }, (_, i) => join(folder, String(i)));
    try {
      await run('mkfifo', ['-m', '600', ...paths]);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      const message = `no pipes could be made in ${folder} for the answers of the read endpoint: is mkfifo there, and may it write?`;
      throw new Error(message, { cause: error });
    }
    return new Pipes(folder, paths);
  }

  /** The path of a pipe that nobody has. */
  take(): string {
    const path = this.#free.pop();
    if (path === undefined) throw new Error('more connections were opened than pipes were made');
    return path;
  }

  giveBack(path: string): void {
    this.#free.push(path);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The reading end of a pipe, open until the writer is known to be done. */
export interface ReadingEnd {
  output: Socket;
  /** To be called when nobody will write any more: the output ends when it is read. */
  end: () => void;
}

/**
 * Opens a pipe for reading before somebody writes. A writing end of one's own keeps it from ending
 * until then; and as long as `output` is not destroyed, a writer that comes late does not wait for a
 * reader for ever.
 */
export function openPipe(path: string): ReadingEnd {
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let writing: number;
  try {
    writing = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    closeSync(reading);
    throw error;
  }
  const output = new Socket({ fd: reading, readable: true, writable: false });
  return { output, end: () => closeSync(writing) };
}
