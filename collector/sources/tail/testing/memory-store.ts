/** A store for tests that keeps the lines it is given, by their ids, and can fail when told to. */
import { readFileSync } from 'node:fs';
import type { Batch, BatchReport } from '../../../store/types.ts';
import { documentIds, idOf } from './model-shapes.ts';
import type { ModelStore } from './run-cases.ts';

export interface Frame {
  path: string;
  base: number;
  complete: number;
  content: string;
}

export class MemoryStore {
  readsFiles = true;
  /** Ids of the records it was given. */
  readonly ids = new Set<string>();
  /** Complete lines that are no records: the tail cut one. */
  readonly broken: string[] = [];
  readonly batches: Batch[] = [];
  readonly commands: string[] = [];
  caughtUp = 0;
  bytes = 0;
  /** How many of the next writes fail. */
  failures = 0;
  /** Writes under way. */
  writing = 0;

  async write(batch: Batch): Promise<BatchReport> {
    this.writing++;
    try {
      // like the real one, it reads some time after it was asked
      await new Promise((resolve) => setImmediate(resolve));
      if (this.failures > 0) {
        this.failures--;
        throw new Error('the store is away');
      }
      this.batches.push(batch);
      this.#read(batch);
    } finally {
      this.writing--;
    }
    return {
      rows: { read: 0, accepted: 0, duplicate: 0, rejected: 0, revised: 0 },
      rejections: [],
      rejectedByReason: {},
      usage: [],
      unpriced: [],
    };
  }

  catchUp(): Promise<void> {
    this.caughtUp++;
    return Promise.resolve();
  }

  command(sql: string): Promise<void> {
    this.commands.push(sql);
    return Promise.resolve();
  }

  #read({ input, format }: Batch): void {
    if (input.kind === 'files') for (const { path } of input.files) this.#take(readFileSync(path, 'utf8'));
    if (input.kind === 'documents')
      for (const { path } of input.files) this.#takeDocument(readFileSync(path, 'utf8'));
    if (input.kind === 'table') this.#take(readFileSync(input.path, 'utf8').replace(/^.*\n/, ''));
    if (input.kind !== 'frames') return;
    for (const { content } of readFrames(input.spool))
      if (format.layout === 'document') this.#takeDocument(content);
      else this.#take(content);
  }

  #takeDocument(text: string): void {
    this.bytes += Buffer.byteLength(text);
    for (const id of documentIds(text)) this.ids.add(id);
  }

  #take(text: string): void {
    this.bytes += Buffer.byteLength(text);
    const lines = text.split('\n');
    for (const [i, line] of lines.entries()) {
      if (line === '') continue;
      const id = idOf(line);
      if (id !== undefined) this.ids.add(id);
      else if (i < lines.length - 1) this.broken.push(line);
    }
  }
}

/** Reads a spool file as the engine does: RowBinary rows. */
export function readFrames(path: string): Frame[] {
  const bytes = readFileSync(path);
  const frames: Frame[] = [];
  let at = 0;
  const text = () => {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      length += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  while (at < bytes.length) {
    const name = text();
    const base = Number(bytes.readBigUInt64LE(at));
    const complete = bytes.readUInt32LE(at + 8);
    at += 12;
    frames.push({ path: name, base, complete, content: text() });
  }
  return frames;
}

/** A store of one case of the model. */
export function memoryStoreOf(_dataset: string, readsFiles: boolean): ModelStore {
  const store = new MemoryStore();
  store.readsFiles = readsFiles;
  return {
    tail: store,
    stored: () => Promise.resolve({ ids: [...store.ids], broken: store.broken }),
  };
}
