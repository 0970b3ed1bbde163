/**
 * Files on a real disk to which anything happens, and what is known of their records: which are whole
 * in a file that is followed now, and which ever were written.
 */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ENDINGS, type RecordText, type Shape } from './model-shapes.ts';

/** Names of files; the last is one that the engine would take for a pattern. */
export const NAMES = ['a', 'b', 'x/c', 'x/y/d', '{e}'] as const;
/** A share of something, in thousandths. */
const SHARE = 1000;

export class FileModel {
  readonly followed: string;
  readonly #outside: string;
  readonly #text: RecordText;
  readonly #name: string;
  /** A record that every new file begins with; '' for none. */
  readonly #common: string;
  #records = 0;
  #times = 0;
  /** The rest of a text of which a part was written, by inode. */
  readonly #halves = new Map<bigint, { ids: string[]; rest: string }>();
  /** Ids of records that were whole in some file at some time. */
  readonly written = new Set<string>();
  /** Files that were made anew and got the inode of one that had just been deleted. */
  sameInodes = 0;

  constructor(parts: { folder: string; name: string; text: RecordText; common: boolean }) {
    this.followed = join(parts.folder, 'logs');
    this.#outside = join(parts.folder, 'elsewhere');
    this.#text = parts.text;
    this.#name = parts.name;
    this.#common = parts.common ? `${parts.name}_00000` : '';
    for (const folder of [this.followed, this.#outside]) mkdirSync(folder, { recursive: true });
  }

  get shape(): Shape {
    return this.#text.shape;
  }

  has(file: number): boolean {
    return existsSync(this.#path(file));
  }

  /** Whether there is a file, or a link that leads nowhere. */
  isTaken(file: number): boolean {
    return lstatSync(this.#path(file), { throwIfNoEntry: false }) !== undefined;
  }

  isOutside(file: number): boolean {
    return existsSync(this.#outsidePath(file));
  }

  isHalf(file: number): boolean {
    return this.#halves.has(inodeOf(this.#path(file)));
  }

  /** Ids of the records that are whole in a followed file now. */
  present(): string[] {
    const paths = NAMES.map((_name, file) => this.#path(file));
    const copies = new Set(paths.map((path) => this.#copyOf(path)));
    return [...paths, ...copies]
      .filter((path) => existsSync(path))
      .flatMap((path) => this.#text.ids(readFileSync(path, 'utf8')));
  }

  /** Writes records at the end. */
  write(file: number, count: number, path = this.#path(file)): void {
    if (this.#text.shape === 'document') return this.#put(path, [...this.#idsAt(path), ...this.#ids(count)]);
    const rest = this.#finish(path);
    if (!existsSync(path) || statSync(path).size === 0)
      return this.#put(path, [...this.#first(), ...this.#ids(count)]);
    const ids = this.#ids(count);
    appendFileSync(path, rest + ids.map((id) => `${this.#text.line(id)}\n`).join(''));
    this.#note(ids);
  }

  /** Writes the beginning of a record, or, of a document, the beginning of the whole. */
  writeHalf(file: number, share: number): void {
    const path = this.#path(file);
    const ids = this.#ids(1);
    const isDocument = this.#text.shape === 'document';
    const begun = isDocument ? '' : this.#finish(path);
    const all = isDocument ? [...this.#idsAt(path), ...ids] : ids;
    const text = isDocument ? this.#text.file(all) : `${this.#text.line(ids[0]!)}\n`;
    const cut = Math.floor((share * text.length) / SHARE);
    mkdirSync(dirname(path), { recursive: true });
    if (isDocument) writeFileSync(path, text.slice(0, cut));
    else appendFileSync(path, begun + text.slice(0, cut));
    this.#halves.delete(inodeOf(path));
    if (cut < text.length) this.#halves.set(inodeOf(path), { ids: all, rest: text.slice(cut) });
    if (cut >= text.length - (isDocument ? 0 : 1)) this.#note(all);
  }

  /** Writes what is missing of what was begun. */
  finishHalf(file: number): void {
    const path = this.#path(file);
    appendFileSync(path, this.#finish(path));
  }

  rename(from: number, to: number): void {
    mkdirSync(dirname(this.#path(to)), { recursive: true });
    renameSync(this.#path(from), this.#path(to));
  }

  /** As editors and backups do: a copy with more in it takes the name. */
  replaceByCopy(file: number): void {
    const path = this.#path(file);
    copyFileSync(path, `${path}.tmp`);
    this.#endWhole(`${path}.tmp`);
    renameSync(`${path}.tmp`, path);
    this.write(file, 1);
  }

  truncate(file: number, share: number): void {
    const path = this.#path(file);
    truncateSync(path, Math.floor((share * statSync(path).size) / SHARE));
    this.#endWhole(path);
  }

  copyTruncate(file: number): void {
    const path = this.#path(file);
    copyFileSync(path, this.#copyOf(path));
    this.#endWhole(this.#copyOf(path));
    truncateSync(path, 0);
    this.#halves.delete(inodeOf(path));
  }

  /** In place, as agents do when they compact: some of the old records, then new ones. */
  compact(file: number, share: number, count: number): void {
    const path = this.#path(file);
    const old = this.#idsAt(path);
    const kept = old.slice(0, Math.floor((share * old.length) / SHARE));
    this.#put(path, [...kept, ...this.#ids(count)]);
  }

  /** In place, and as long as before: new records from some place on. */
  rewriteEnd(file: number, share: number): void {
    const path = this.#path(file);
    const old = this.#idsAt(path);
    const kept = old.slice(0, Math.floor((share * old.length) / SHARE));
    this.#put(path, [...kept, ...this.#ids(old.length - kept.length)]);
  }

  delete(file: number): void {
    this.#remove(this.#path(file));
  }

  deleteFolder(): void {
    for (const [file, name] of NAMES.entries()) if (name.startsWith('x/')) this.delete(file);
    rmSync(join(this.followed, 'x'), { recursive: true, force: true });
  }

  /** Deletes a file and makes one of that name; file systems like to give the inode again. */
  recreate(file: number, share: number, count: number): void {
    const path = this.#path(file);
    const old = this.#idsAt(path);
    const inode = inodeOf(path);
    this.#remove(path);
    this.#put(path, [...old.slice(0, Math.floor((share * old.length) / SHARE)), ...this.#ids(count)]);
    if (inodeOf(path) === inode) this.sameInodes++;
  }

  /** Another file that begins with what this one holds. */
  copyBeginning(from: number, to: number, share: number): void {
    const old = this.#idsAt(this.#path(from));
    this.#put(this.#path(to), [...old.slice(0, Math.ceil((share * old.length) / SHARE)), ...this.#ids(1)]);
  }

  hardLink(from: number, to: number): void {
    mkdirSync(dirname(this.#path(to)), { recursive: true });
    linkSync(this.#path(from), this.#path(to));
  }

  symbolicLink(from: number, to: number): void {
    mkdirSync(dirname(this.#path(to)), { recursive: true });
    symlinkSync(this.#path(from), this.#path(to));
  }

  /** Out of what is followed. */
  moveOut(file: number): void {
    renameSync(this.#path(file), this.#outsidePath(file));
  }

  writeOutside(file: number, count: number): void {
    this.write(file, count, this.#outsidePath(file));
  }

  moveBack(from: number, to: number): void {
    mkdirSync(dirname(this.#path(to)), { recursive: true });
    renameSync(this.#outsidePath(from), this.#path(to));
  }

  /** Gives a file another time, of the past or the future; never one that it had. */
  touch(file: number, days: number): void {
    const time = new Date(Date.now() + days * 86_400_000 + ++this.#times);
    utimesSync(this.#path(file), time, time);
  }

  /** Replaces what is in a file, in place. */
  #put(path: string, ids: string[]): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, this.#text.file(ids));
    this.#halves.delete(inodeOf(path));
    this.#note(ids);
  }

  #remove(path: string): void {
    if (existsSync(path) && !lstatSync(path).isSymbolicLink() && statSync(path).nlink === 1)
      this.#halves.delete(inodeOf(path));
    rmSync(path, { force: true });
  }

  /** The rest of what was begun in a file, which is whole with it. */
  #finish(path: string): string {
    const half = this.#halves.get(inodeOf(path));
    this.#halves.delete(inodeOf(path));
    if (half) this.#note(half.ids);
    return half?.rest ?? '';
  }

  /** So that what is written next is not glued to what a truncation or a copy left. */
  #endWhole(path: string): void {
    this.#halves.delete(inodeOf(path));
    const text = readFileSync(path, 'utf8');
    const whole = this.#text.wholeLines(text);
    if (whole !== text) writeFileSync(path, whole);
  }

  /** Records of a file, those that were begun and not finished left out. */
  #idsAt(path: string): string[] {
    if (!existsSync(path)) return this.#first();
    const ids = this.#text.ids(readFileSync(path, 'utf8'));
    const begun = this.#text.shape === 'document' ? this.#halves.get(inodeOf(path))?.ids : undefined;
    return begun ?? ids;
  }

  #first(): string[] {
    return this.#common === '' ? [] : [this.#common];
  }

  #ids(count: number): string[] {
    return Array.from({ length: count }, () => `${this.#name}_${String(++this.#records).padStart(5, '0')}`);
  }

  #note(ids: readonly string[]): void {
    for (const id of ids) this.written.add(id);
  }

  #path(file: number): string {
    return join(this.followed, NAMES[file]! + ENDINGS[this.#text.shape]);
  }

  #copyOf(path: string): string {
    return join(dirname(path), `copy${ENDINGS[this.#text.shape]}`);
  }

  #outsidePath(file: number): string {
    return join(this.#outside, `${file}${ENDINGS[this.#text.shape]}`);
  }
}

function inodeOf(path: string): bigint {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? -1n;
}
