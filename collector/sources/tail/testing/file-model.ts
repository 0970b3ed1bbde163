/**
 * Files to which anything happens, and what a tail that follows them must have stored: every record
 * that was there when the tail was idle, and none that never was.
 */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Numbers from 0 to 1, the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NAMES = ['a.jsonl', 'b.jsonl', 'x/c.jsonl', 'x/y/d.jsonl', '{e}.jsonl'];

export class FileModel {
  readonly #folder: string;
  readonly #random: () => number;
  readonly #line: (id: string) => string;
  readonly #name: string;
  #records = 0;
  /** The rest of a line of which a part was written, by path. */
  readonly #halves = new Map<string, { id: string; rest: string }>();
  /** Ids of records that were whole in some file at some time. */
  readonly written = new Set<string>();
  /** What was done, for the message of a failure. */
  readonly story: string[] = [];

  /** @param line the text of a record, without the newline */
  constructor(parts: { folder: string; name: string; random: () => number; line: (id: string) => string }) {
    this.#folder = parts.folder;
    this.#name = parts.name;
    this.#random = parts.random;
    this.#line = parts.line;
    mkdirSync(parts.folder, { recursive: true });
  }

  /** Whether the next happening takes records away. */
  static readonly destructive = [
    ...['truncate', 'copy and truncate', 'rewrite', 'rewrite end', 'rewrite end', 'delete', 'delete folder'],
  ];
  static readonly happenings = [
    ...['append', 'append', 'append', 'append half', 'append half', 'append half', 'rename', 'replace'],
    ...FileModel.destructive,
  ];

  pick(): string {
    return FileModel.happenings[this.#below(FileModel.happenings.length)]!;
  }

  /** Makes something happen to one of the files. */
  happen(what: string): void {
    const path = this.#anyPath();
    this.story.push(`${what} ${path.slice(this.#folder.length + 1)}`);
    switch (what) {
      case 'append':
        return this.#append(path, 1 + this.#below(12));
      case 'append half':
        return this.#appendHalf(path);
      case 'rename':
        return this.#rename(path, this.#anyPath());
      case 'replace':
        return this.#replace(path);
      case 'truncate':
        if (existsSync(path)) truncateSync(path, this.#below(readFileSync(path).length + 1));
        return this.#endAtNewline(path);
      case 'copy and truncate':
        if (!existsSync(path)) return;
        copyFileSync(path, join(dirname(path), 'copy.jsonl'));
        this.#halves.delete(join(dirname(path), 'copy.jsonl'));
        this.#endAtNewline(join(dirname(path), 'copy.jsonl'));
        truncateSync(path, 0);
        this.#halves.delete(path);
        return;
      case 'rewrite':
        rmSync(path, { force: true });
        this.#halves.delete(path);
        return this.#append(path, 1 + this.#below(20));
      case 'rewrite end':
        return this.#rewriteEnd(path);
      case 'delete':
        rmSync(path, { force: true });
        return void this.#halves.delete(path);
      case 'delete folder':
        rmSync(join(this.#folder, 'x'), { recursive: true, force: true });
        for (const half of [...this.#halves.keys()]) if (half.includes('/x/')) this.#halves.delete(half);
    }
  }

  /** Ids of the records that are whole in a file now. */
  present(): Set<string> {
    const ids = new Set<string>();
    for (const name of [...NAMES, 'copy.jsonl', 'x/copy.jsonl', 'x/y/copy.jsonl']) {
      const path = join(this.#folder, name);
      if (!existsSync(path)) continue;
      for (const line of readFileSync(path, 'utf8').split('\n')) {
        const id = new RegExp(`"(${this.#name}_\\d+)"`).exec(line)?.[1];
        if (id !== undefined && line === this.#line(id)) ids.add(id);
      }
    }
    return ids;
  }

  #append(path: string, count: number): void {
    let text = this.#finishHalf(path);
    for (let i = 0; i < count; i++) text += `${this.#newLine()}\n`;
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, text);
  }

  #appendHalf(path: string): void {
    const begun = this.#finishHalf(path);
    const id = this.#newId();
    const line = `${this.#line(id)}\n`;
    const cut = this.#below(line.length + 1);
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, begun + line.slice(0, cut));
    if (cut < line.length) this.#halves.set(path, { id, rest: line.slice(cut) });
    if (cut >= line.length - 1) this.written.add(id);
  }

  #finishHalf(path: string): string {
    const half = this.#halves.get(path);
    this.#halves.delete(path);
    if (half) this.written.add(half.id);
    return half?.rest ?? '';
  }

  #rename(from: string, to: string): void {
    if (!existsSync(from) || existsSync(to)) return;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
    const half = this.#halves.get(from);
    this.#halves.delete(from);
    if (half) this.#halves.set(to, half);
  }

  /** As editors and backups do: a copy with more in it takes the name. */
  #replace(path: string): void {
    if (!existsSync(path)) return;
    copyFileSync(path, `${path}.tmp`);
    renameSync(`${path}.tmp`, path);
    this.#append(path, 1);
  }

  /** In place, and as long as before. */
  #rewriteEnd(path: string): void {
    if (!existsSync(path) || this.#halves.has(path)) return;
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    const kept = this.#below(lines.length);
    for (let i = kept; i < lines.length; i++) lines[i] = this.#newLine();
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  }

  /** Always as long as the others. */
  #newId(): string {
    return `${this.#name}_${String(++this.#records).padStart(5, '0')}`;
  }

  #newLine(): string {
    const id = this.#newId();
    this.written.add(id);
    return this.#line(id);
  }

  /** So that what is appended next is not glued to what a truncation left. */
  #endAtNewline(path: string): void {
    this.#halves.delete(path);
    if (!existsSync(path)) return;
    const text = readFileSync(path, 'utf8');
    if (text === '' || text.endsWith('\n')) return;
    writeFileSync(path, text.slice(0, text.lastIndexOf('\n') + 1));
  }

  #anyPath(): string {
    return join(this.#folder, NAMES[this.#below(NAMES.length)]!);
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
