/** Corpora on the disk. */
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type ClaudeCodeOptions, type CorpusFacts, generateClaudeCode } from './claude-code.ts';
import { type CursorCsvOptions, generateCursorCsv } from './cursor-csv.ts';
import type { DayModelSums } from './day-model-sums.ts';
import { kept } from './kept.ts';

/** Another number where a generator writes other bytes. */
const VERSION = 1;

export interface Corpus extends CorpusFacts {
  /** What CLAUDE_CONFIG_DIR is set to. */
  home: string;
}

type Say = (text: string) => void;

/** Claude Code's logs below `data`, generated when they are not there yet. */
export async function claudeCodeCorpus(data: string, options: ClaudeCodeOptions, say: Say): Promise<Corpus> {
  const name = `claude-code-v${VERSION}-${options.seed}-${options.entries}`;
  const { folder, ...facts } = await kept(data, name, (home) => {
    say(`generating ${options.entries.toLocaleString('en')} entries (seed ${options.seed}) in ${data}`);
    return writeFiles(home, options);
  });
  return { home: folder, ...facts };
}

function writeFiles(home: string, options: ClaudeCodeOptions): CorpusFacts {
  const made = new Set<string>();
  const files = generateClaudeCode(options);
  for (;;) {
    const next = files.next();
    if (next.done) return next.value;
    const target = join(home, next.value.path);
    const folder = dirname(target);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    writeFileSync(target, next.value.content);
  }
}

export interface CsvCorpus {
  plain: string;
  gzip: string;
  bytes: number;
  gzipBytes: number;
  truth: DayModelSums;
}

/** A Cursor export below `data`, plain and packed. */
export async function cursorCsvCorpus(data: string, options: CursorCsvOptions, say: Say): Promise<CsvCorpus> {
  const name = `cursor-csv-v${VERSION}-${options.seed}-${options.rows}`;
  const { folder, truth } = await kept(data, name, async (made) => {
    say(`generating ${options.rows.toLocaleString('en')} rows (seed ${options.seed}) in ${data}`);
    const file = join(made, 'usage.csv');
    const sums = writePieces(file, generateCursorCsv(options));
    await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}.gz`));
    return { truth: sums };
  });
  const plain = join(folder, 'usage.csv');
  const packed = join(folder, 'usage.csv.gz');
  return { plain, gzip: packed, bytes: statSync(plain).size, gzipBytes: statSync(packed).size, truth };
}

/** Writes what a generator yields. @returns what it returns. */
function writePieces<T>(path: string, pieces: Generator<string, T>): T {
  const file = openSync(path, 'w');
  try {
    for (;;) {
      const next = pieces.next();
      if (next.done) return next.value;
      writeSync(file, next.value);
    }
  } finally {
    closeSync(file);
  }
}
