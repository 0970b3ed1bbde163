/** How much of the disk uploads may hold while they wait: what is being received, and what is not stored yet. */
import type { Bytes } from '../text.ts';
import { UploadProblem } from './problem.ts';
import { readableBytes } from './spool.ts';

export class SpoolBudget {
  readonly maxBytes: number;
  readonly #held = new Map<string, number>();
  readonly #onChange: (held: { bytes: number; uploads: number }) => void;
  #bytes = 0;

  /** @param onChange told how much is held, when an upload came or went */
  constructor(maxBytes: number, onChange: (held: { bytes: number; uploads: number }) => void) {
    this.maxBytes = maxBytes;
    this.#onChange = onChange;
  }

  /** Takes what an earlier process left into account. It stays, however much it is. */
  hold(id: string, bytes: number): void {
    this.#bytes += bytes - (this.#held.get(id) ?? 0);
    this.#held.set(id, bytes);
    this.tell();
  }

  release(id: string): void {
    this.#bytes -= this.#held.get(id) ?? 0;
    if (this.#held.delete(id)) this.tell();
  }

  /** Throws where nothing more may come, before a byte is read. */
  check(): void {
    if (this.#bytes >= this.maxBytes) throw this.#full();
  }

  /** Counts bytes for an upload as they pass; throws when they become too many. */
  async *counted(id: string, source: Bytes): Bytes {
    for await (const chunk of source) {
      if (this.#bytes + chunk.length > this.maxBytes) throw this.#full();
      this.#bytes += chunk.length;
      this.#held.set(id, (this.#held.get(id) ?? 0) + chunk.length);
      yield chunk;
    }
    this.tell();
  }

  tell(): void {
    this.#onChange({ bytes: this.#bytes, uploads: this.#held.size });
  }

  #full(): UploadProblem {
    return new UploadProblem(
      'spool-full',
      `uploads that are not stored yet hold ${readableBytes(this.#bytes)} of the ${readableBytes(this.maxBytes)} that they may ` +
        '(TALLYD_SPOOL_MAX_BYTES). Nothing of this one was kept: send it again when the store has caught up; /readyz says whether it answers.',
    );
  }
}
