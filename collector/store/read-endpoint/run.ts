/** A statement that runs, its answer coming through a pipe. */
import type { Socket } from 'node:net';
import { openPipe } from './pipes.ts';
import type { Session } from './session.ts';

/** Milliseconds between two attempts to stop a statement: it may not have begun when it is told. */
const AGAIN_MS = 100;

export interface RunOptions {
  session: Session;
  /** A SELECT without FORMAT. */
  line: string;
  format: string;
  pipe: string;
  /** Tells the engine to stop the statements that contain a text. */
  kill: (containing: string) => Promise<void>;
}

export class Run {
  /** Must be read to its end, or the engine waits. It ends when the engine has. */
  readonly output: Socket;
  /** The summary of what was read. Rejects with the engine's error, or why it was stopped. */
  readonly ended: Promise<object>;
  readonly #pipe: string;
  readonly #kill: RunOptions['kill'];
  #done = false;
  #reason: Error | undefined;
  #stopping: Promise<void> = Promise.resolve();

  constructor({ session, line, format, pipe, kill }: RunOptions) {
    const { output, end } = openPipe(pipe);
    this.output = output;
    this.#pipe = pipe;
    this.#kill = kill;
    const target = ` INTO OUTFILE '${pipe}' TRUNCATE`;
    this.ended = session
      .run(`${line}${target} FORMAT ${format}`, format)
      .then(
        ({ summary }) => {
          if (this.#reason) throw this.#reason;
          return summary;
        },
        (error: Error) => {
          error.message = error.message.replaceAll(target, '');
          throw this.#reason ?? error;
        },
      )
      .finally(() => {
        this.#done = true;
        end();
        // what is left in the pipe must be out of it before the next statement writes there
        this.output.resume();
        // a word to stop that is still on its way would stop the next statement on this pipe
        return this.#stopping;
      });
  }

  /** The engine stops soon, and `ended` rejects with the reason. What still comes is thrown away. */
  stop(reason: Error): void {
    if (this.#done || this.#reason) return;
    this.#reason = reason;
    // a writer that waits for a reader does not hear that it should stop
    this.output.removeAllListeners('data');
    this.output.resume();
    this.#stopping = this.#untilDone();
  }

  /** Lets the engine wait; when it is done there is nothing to wait for. */
  pause(): void {
    if (!this.#done && !this.#reason) this.output.pause();
  }

  async #untilDone(): Promise<void> {
    while (!this.#done) {
      // the time limit of the engine stays, should this not reach it
      await this.#kill(this.#pipe).catch(() => undefined);
      if (!this.#done) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
