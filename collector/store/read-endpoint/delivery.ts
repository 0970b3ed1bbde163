/**
 * Brings an answer from the engine to a client: a small one whole, with its length; a large one as
 * it comes, holding no more than a few megabytes for a client that is slower than the engine.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { acceptsGzip, exceptionBlock, sendBytes } from './answer.ts';
import type { Limits } from './limits.ts';
import { gone, ReadError } from './refused.ts';
import type { Run } from './run.ts';

export class Delivery {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #limits: Limits;
  readonly #tag = randomBytes(8).toString('hex');
  /** What came before it was clear whether the answer is a large one. */
  #first: Buffer[] = [];
  #bytes = 0;
  #gzip: Gzip | undefined;
  #state: 'gathering' | 'streaming' | 'enough' = 'gathering';
  #tooLarge: ReadError | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, limits: Limits) {
    this.#request = request;
    this.#response = response;
    this.#limits = limits;
  }

  /** Takes what a statement gives, to its end. Never rejects: what goes wrong stops the statement. */
  async take(run: Run): Promise<void> {
    run.output.on('data', (chunk: Buffer) => this.#take(run, chunk));
    run.output.once('error', (error) => run.stop(error));
    await new Promise<void>((resolve) => run.output.once('close', resolve));
  }

  /**
   * To be called when the engine is done and everything was taken.
   * @throws ReadError with 396 when it was too much.
   */
  async finish(summary: object): Promise<void> {
    if (this.#tooLarge) {
      this.fail(this.#tooLarge);
      throw this.#tooLarge;
    }
    if (this.#state === 'streaming') this.#sink.end();
    if (this.#state === 'gathering')
      await sendBytes(this.#request, this.#response, { bytes: Buffer.concat(this.#first), summary });
  }

  /** Ends an answer that failed. One that has not begun is left to those who send errors. */
  fail(error: unknown): void {
    // a head is all that was asked for, and it is out
    if (!this.#response.headersSent || this.#response.writableEnded) return;
    const block = exceptionBlock(error, this.#tag);
    if (!this.#gzip) {
      this.#response.write(block, () => this.#breakOff());
      return;
    }
    this.#gzip.write(block);
    this.#gzip.flush(constants.Z_SYNC_FLUSH, () => this.#breakOff());
  }

  get #sink(): Gzip | ServerResponse {
    return this.#gzip ?? this.#response;
  }

  #take(run: Run, chunk: Buffer): void {
    // the engine may be done before all of it was read: there is nothing to stop then
    if (this.#state === 'enough' || this.#tooLarge) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.resultBytes) {
      const message = `an answer is at most ${this.#limits.resultBytes} bytes long: ask for fewer rows or columns`;
      this.#tooLarge = new ReadError(396, 'TOO_MANY_ROWS_OR_BYTES', message);
      return run.stop(this.#tooLarge);
    }
    if (this.#state === 'streaming') return this.#write(run, chunk);
    this.#first.push(chunk);
    if (this.#bytes > this.#limits.wholeBytes) this.#begin(run);
  }

  #begin(run: Run): void {
    if (this.#request.method === 'HEAD') {
      this.#state = 'enough';
      this.#response.writeHead(200).end();
      return run.stop(gone());
    }
    this.#state = 'streaming';
    this.#response.setHeader('x-clickhouse-exception-tag', this.#tag);
    if (acceptsGzip(this.#request)) this.#compress();
    this.#response.writeHead(200);
    for (const chunk of this.#first) this.#write(run, chunk);
    this.#first = [];
  }

  #compress(): void {
    this.#response.setHeader('content-encoding', 'gzip');
    this.#gzip = createGzip({ level: 1 });
    this.#gzip.pipe(this.#response);
    this.#gzip.once('error', (error) => this.#response.destroy(error));
    this.#response.once('close', () => this.#gzip?.destroy());
  }

  #write(run: Run, chunk: Buffer): void {
    this.#sink.write(chunk, () => {
      if (run.output.isPaused() && this.#sink.writableLength < this.#limits.bufferBytes / 2)
        run.output.resume();
    });
    if (this.#sink.writableLength > this.#limits.bufferBytes) run.pause();
  }

  /** The last chunk never comes, so that no client takes the answer for a whole one. */
  #breakOff(): void {
    if (this.#gzip && this.#gzip.readableLength > 0 && !this.#response.destroyed) {
      this.#response.once('drain', () => setImmediate(() => this.#breakOff()));
      return;
    }
    this.#response.socket?.destroySoon();
  }
}
