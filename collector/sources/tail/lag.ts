/** Tells how far the tail is behind: now and then while it is, and once when it has caught up. */
import type { Telemetry } from '../../telemetry.ts';
import { bytesBehind, type FileState } from './file-state.ts';

export interface Lag {
  source: string;
  files: number;
  bytesBehind: number;
  secondsBehind: number;
}

/** By source. A file that cannot be read counts as behind. */
export function lagOf(files: Iterable<FileState>): Lag[] {
  const bySource = new Map<string, Lag>();
  const now = Date.now();
  for (const file of files) {
    if (!file.format || !file.root || file.goneAt !== undefined) continue;
    const source = file.format.name;
    let lag = bySource.get(source);
    if (!lag) bySource.set(source, (lag = { source, files: 0, bytesBehind: 0, secondsBehind: 0 }));
    lag.files++;
    lag.bytesBehind += bytesBehind(file);
    lag.secondsBehind = Math.max(lag.secondsBehind, secondsBehind(file, now));
  }
  return [...bySource.values()];
}

export function secondsBehind(file: FileState, now: number): number {
  return file.waitingSince === 0 ? 0 : (now - file.waitingSince) / 1000;
}

export class LagReporter {
  readonly #telemetry: Telemetry;
  readonly #files: () => Iterable<FileState>;
  readonly #timer: NodeJS.Timeout;
  readonly #everyMs: number;
  #wasBehind = true;
  #lastAt = 0;

  constructor(parts: {
    telemetry: Telemetry;
    files: () => Iterable<FileState>;
    isBehind: () => boolean;
    everyMs: number;
  }) {
    this.#telemetry = parts.telemetry;
    this.#files = parts.files;
    this.#everyMs = parts.everyMs;
    this.#timer = setInterval(() => {
      if (parts.isBehind()) this.report(true);
      else if (this.#wasBehind) this.report(false);
    }, parts.everyMs);
    this.#timer.unref();
  }

  /** At most once in the interval, except for the change to being up to date after a while behind. */
  report(isBehind: boolean): void {
    const now = Date.now();
    const isSoon = now - this.#lastAt < this.#everyMs;
    if (isSoon && (isBehind || !this.#wasBehind)) return;
    this.#wasBehind = isBehind;
    this.#lastAt = now;
    for (const lag of lagOf(this.#files())) this.#telemetry.tailLag(lag);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
