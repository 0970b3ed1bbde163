/** A root and which files of it are followed. */
import type { Format, Layout } from '../../formats/format.ts';
import { parseGlob } from './glob.ts';
import type { PathProblem, TailRoot } from './types.ts';

/** What a folder is looked through for when its files are to be recognised. */
const RECOGNISABLE = ['.csv', '.tsv', '.jsonl', '.json', '.parquet', '.db'];

const ENDINGS: Record<Layout, string[]> = {
  lines: ['.jsonl'],
  table: ['.csv', '.tsv'],
  parquet: ['.parquet'],
  document: ['.json'],
  sqlite: ['.db'],
};

export class FollowedRoot {
  readonly path: string;
  readonly format: Format | 'auto';
  readonly dataset: string;
  /** Place among the roots: a file under two of them belongs to the first. */
  readonly index: number;
  /** The folder, or file, below which everything lies. */
  readonly base: string;
  /** As the last sweep found it. */
  exists = false;
  problems: PathProblem[] = [];
  readonly #matches: (path: string) => boolean;
  readonly #enters: (folder: string) => boolean;

  constructor(root: TailRoot, index: number) {
    this.path = root.path;
    this.format = root.format;
    this.dataset = root.dataset;
    this.index = index;
    const glob = parseGlob(root.path);
    this.base = glob?.base ?? root.path;
    this.#enters = glob?.enters ?? (() => true);
    const endings = endingsOf(root.format);
    this.#matches =
      glob?.matches ??
      ((path) => path === this.base || (this.holds(path) && endings.some((ending) => path.endsWith(ending))));
  }

  /** Whether a file at this path is followed. */
  follows(path: string): boolean {
    return this.#matches(path);
  }

  /** Whether a folder below the base can hold files that are followed. */
  enters(folder: string): boolean {
    return this.#enters(folder);
  }

  /** Whether the file at a path may be a database, which writes to a log beside it. */
  isDatabase(path: string): boolean {
    return this.format === 'auto' ? path.endsWith('.db') : this.format.layout === 'sqlite';
  }

  /** Whether the path is the base or lies below it. */
  holds(path: string): boolean {
    return path === this.base || path.startsWith(this.base.endsWith('/') ? this.base : `${this.base}/`);
  }
}

function endingsOf(format: Format | 'auto'): readonly string[] {
  if (format === 'auto') return RECOGNISABLE;
  return format.agent?.endings ?? ENDINGS[format.layout];
}
