/**
 * `positions.json`: how far every file is stored, so that a restart reads on. Losing it is harmless:
 * everything is read again and changes nothing. A wrong one would not be, so it is replaced in one
 * step and checked when it is read.
 */
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Position } from './file-state.ts';

const VERSION = 1;

const bytes = z.number().int().nonnegative();
const digest = z.object({ length: bytes, hash: z.string() });

const remembered = z.object({
  path: z.string(),
  id: z.string(),
  format: z.string(),
  dataset: z.string(),
  goneAt: z.number().optional(),
  position: z.object({
    size: bytes,
    mtimeMs: z.number(),
    offset: bytes,
    readTo: bytes,
    lines: bytes.optional(),
    fingerprint: digest,
    tail: digest,
    skipping: z.boolean().optional(),
  }),
});

const contents = z.object({ version: z.literal(VERSION), files: z.array(remembered) });

export interface Remembered {
  path: string;
  id: string;
  /** Name of the format. */
  format: string;
  dataset: string;
  goneAt?: number | undefined;
  position: Position;
}

export interface PositionsOptions {
  dataDir: string;
  log: Logger;
  /** All that is to be remembered now. */
  collect: () => Remembered[];
  /** At most one save in this time. */
  everyMs: number;
}

export class Positions {
  readonly path: string;
  readonly #options: PositionsOptions;
  #timer: NodeJS.Timeout | undefined;
  #dirty = false;
  #saving: Promise<void> = Promise.resolve();
  /** A save of very many files takes a while; the next one waits for a multiple of that. */
  #lastSaveMs = 0;

  constructor(options: PositionsOptions) {
    this.path = join(options.dataDir, 'positions.json');
    this.#options = options;
  }

  /** What is remembered; nothing when the file cannot be understood, which is then kept aside. */
  async load(): Promise<Remembered[]> {
    if (!existsSync(this.path)) return [];
    try {
      return contents.parse(JSON.parse(await readFile(this.path, 'utf8'))).files;
    } catch (error) {
      const aside = `${this.path}.broken-${Date.now()}`;
      await rename(this.path, aside);
      this.#options.log.warn(
        { reason: reasonOf(error) },
        `The remembered positions in ${this.path} cannot be read, so all files are read again from their ` +
          `beginning; no usage is counted twice. The unreadable file is kept as ${aside}.`,
      );
      return [];
    }
  }

  /** Saves soon. */
  changed(): void {
    this.#dirty = true;
    const wait = Math.max(this.#options.everyMs, 50 * this.#lastSaveMs);
    this.#timer ??= setTimeout(() => void this.flush(), wait);
    this.#timer.unref();
  }

  /** Saves what has changed. A disk that refuses is reported and tried again with the next change. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#saving = this.#saving.then(async () => {
      if (!this.#dirty) return;
      this.#dirty = false;
      const begun = performance.now();
      try {
        await replaceFile(
          this.path,
          JSON.stringify({ version: VERSION, files: this.#options.collect() }) + '\n',
        );
        this.#options.log.debug('positions saved');
      } catch (error) {
        this.#dirty = true;
        this.#options.log.error({ err: error }, `positions cannot be saved in ${this.path}`);
      }
      this.#lastSaveMs = performance.now() - begun;
    });
    await this.#saving;
  }
}

/**
 * Replaces a file so that a crash leaves the old one or the new one: the new text is on disk before it
 * takes the name, and the name is on disk before this resolves.
 */
async function replaceFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const file = await open(`${path}.tmp`, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error).slice(0, 500);
  return error instanceof Error ? error.message : String(error);
}
