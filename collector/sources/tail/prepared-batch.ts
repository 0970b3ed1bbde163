/** A batch that is ready to be written, and what its files become when it is. */
import type { Format } from '../../formats/format.ts';
import type { BatchRead } from '../../store/batch-read.ts';
import type { Batch, BatchInput } from '../../store/types.ts';
import { isAbsent, problemOf } from './discovery.ts';
import type { FileState, Position } from './file-state.ts';
import type { TailLimits } from './limits.ts';
import type { Spool } from './spool.ts';

/** What preparing needs to know. */
export interface Preparing {
  format: Format;
  dataset: string;
  formats: readonly Format[];
  limits: TailLimits;
  spool: Spool;
  readsFiles: boolean;
  firstPass: boolean;
}

/** What stands beside a database, and it itself. */
export const DATABASE_FILES = ['', '-wal', '-journal', '-shm'] as const;

export interface TooLong {
  file: FileState;
  offset: number;
  excerpt: string;
}

export class PreparedBatch {
  /** Files of which something is in the batch, or that turned out to hold nothing new. */
  readonly moves: { file: FileState; position: Position }[] = [];
  /** Files that are to be looked at again in so many milliseconds, stored or not. */
  readonly again: { file: FileState; inMs: number }[] = [];
  /** Files that are not there any more. */
  readonly absent: FileState[] = [];
  /** Files of an `auto` root that begin otherwise than before: they may be of another format now. */
  readonly changedKind: FileState[] = [];
  readonly tooLong: TooLong[] = [];
  /** Undefined when there is nothing to write. */
  input: BatchInput | undefined;
  bytes = 0;
  live = false;
  /** Where it is being read already. */
  ahead: BatchRead | undefined;
  #arrivedAt = 0;

  /** Puts a file into the batch, up to a position. */
  add(file: FileState, position: Position, bytes: number): void {
    this.moves.push({ file, position });
    this.bytes += bytes;
    this.#arrivedAt = Math.max(this.#arrivedAt, file.mtimeMs);
  }

  /** Notes that a file could not be read. */
  failed(file: FileState, error: unknown): void {
    if (isAbsent(error)) this.absent.push(file);
    else file.problem = problemOf(error);
  }

  toBatch(format: Format, dataset: string): Batch | undefined {
    if (!this.input) return undefined;
    return {
      format,
      dataset,
      input: this.input,
      uploadId: '',
      arrivedAt: Math.trunc(this.#arrivedAt),
      mode: 'append',
      live: this.live,
      // the hours of all batches of the first pass are computed at its end
      moreFollows: !this.live,
      ...(this.ahead && { ahead: this.ahead }),
    };
  }

  /** Removes what was spooled, and what was read ahead. */
  async discard(spool: Spool): Promise<void> {
    await this.ahead?.drop();
    if (this.input?.kind === 'frames') await spool.remove(this.input.spool);
    if (this.input?.kind === 'sqlite')
      for (const ending of DATABASE_FILES) await spool.remove(this.input.path + ending);
    if (this.input?.kind === 'table' && this.input.path !== this.input.origin)
      await spool.remove(this.input.path);
  }
}
