/** Keeps the price list up to date: once a day from the network, kept in the data directory. */
import { readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { REMOTE_DATA_JSON_URL } from '@pydantic/genai-prices';
import { downloadPriceList, listFrom, replaceFile } from './price-file.ts';
import { bundledPriceList, type PriceList } from './price-list.ts';

const DAY_MS = 86_400_000;

export interface PriceRefresherOptions {
  /** Where `prices.json` is kept. */
  dataDir: string;
  /** Where the list is fetched from; `off`: never. @default REMOTE_DATA_JSON_URL of genai-prices */
  url?: string;
  /** Called with a list whose prices differ from those before; not for the first, see `load`. */
  onChange?: (list: PriceList) => void;
  /** From `start` to the first attempt. @default 5 seconds */
  firstAfterMs?: number;
  /** Between attempts, whether they succeed or not; up to a tenth is added at random. @default a day */
  everyMs?: number;
  /** @default 10 seconds */
  timeoutMs?: number;
  /** @default 64 MiB */
  maxBytes?: number;
}

export interface PriceStatus {
  origin: 'bundled' | 'refreshed';
  /** When the refreshed list was last known to be the current one; absent for the bundled list. */
  asOf?: Date;
  lastAttempt?: Date;
  /** Why the last attempt, or reading the kept list, failed; absent after a success. */
  lastError?: string;
  modelCount: number;
}

export type RefreshOutcome = 'changed' | 'unchanged' | 'failed' | 'off';

/**
 * Holds the price list in use. Whatever fails, the list before stays in use and nothing is thrown:
 * prices a day old are better than none.
 */
export class PriceRefresher {
  readonly #options: Required<PriceRefresherOptions>;
  readonly #path: string;
  readonly #stopping = new AbortController();
  #list: PriceList | undefined;
  #status: Omit<PriceStatus, 'modelCount'> = { origin: 'bundled' };
  /** Of the list in use; not kept on disk, so the first attempt after a start fetches it whole. */
  #etag: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<RefreshOutcome> | undefined;

  constructor(options: PriceRefresherOptions) {
    this.#path = join(options.dataDir, 'prices.json');
    this.#options = {
      url: REMOTE_DATA_JSON_URL,
      onChange: () => undefined,
      firstAfterMs: 5_000,
      everyMs: DAY_MS,
      timeoutMs: 10_000,
      maxBytes: 64 * 1024 * 1024,
      ...withoutUndefined(options),
    };
  }

  /** The list to begin with: the last one refreshed when there is a valid one, else the bundled. */
  async load(): Promise<PriceList> {
    try {
      this.#list = listFrom(await readFile(this.#path));
      this.#status = { origin: 'refreshed', asOf: (await stat(this.#path)).mtime };
    } catch (error) {
      this.#list = await bundledPriceList();
      const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
      this.#status = absent
        ? { origin: 'bundled' }
        : { origin: 'bundled', lastError: `prices.json: ${reason(error)}` };
    }
    return this.#list;
  }

  /** Begins to refresh; the timer does not keep the process alive. Call `load` before. */
  start(): void {
    if (this.#options.url !== 'off') this.#schedule(this.#options.firstAfterMs);
  }

  /** Stops for good; a download under way is given up. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopping.abort(new Error('stopped'));
    await this.#running;
  }

  /** Fetches now. Calls while one is under way share it. */
  refreshNow(): Promise<RefreshOutcome> {
    this.#running ??= this.#refresh().finally(() => (this.#running = undefined));
    return this.#running;
  }

  status(): PriceStatus {
    return { ...this.#status, modelCount: this.#list?.modelCount ?? 0 };
  }

  #schedule(afterMs: number): void {
    if (this.#stopping.signal.aborted) return;
    // The random part keeps many collectors from asking at the same second.
    this.#timer = setTimeout(
      () => void this.refreshNow().then(() => this.#schedule(this.#options.everyMs)),
      afterMs * (1 + Math.random() / 10),
    );
    this.#timer.unref();
  }

  async #refresh(): Promise<RefreshOutcome> {
    const { url, timeoutMs, maxBytes } = this.#options;
    if (url === 'off' || this.#stopping.signal.aborted) return 'off';
    const now = new Date();
    this.#status.lastAttempt = now;
    try {
      const signal = this.#stopping.signal;
      const got = await downloadPriceList({ url, etag: this.#etag, timeoutMs, maxBytes, signal });
      if (got.is === 'new') await replaceFile(this.#path, got.bytes);
      else await utimes(this.#path, now, now);
      this.#status = { origin: 'refreshed', asOf: now, lastAttempt: now };
      return got.is === 'new' ? this.#use(got.list, got.etag) : 'unchanged';
    } catch (error) {
      this.#status.lastError = reason(error);
      // The file may be what failed; the next attempt asks for the whole list.
      this.#etag = undefined;
      return 'failed';
    }
  }

  #use(list: PriceList, etag: string | undefined): RefreshOutcome {
    const changed = list.fingerprint !== this.#list?.fingerprint;
    this.#list = list;
    this.#etag = etag;
    if (changed) this.#options.onChange(list);
    return changed ? 'changed' : 'unchanged';
  }
}

/** fetch wraps what went wrong ("fetch failed"); the cause says it. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return error.name === 'TimeoutError' ? 'no whole answer in time' : error.message + cause;
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
