import { stat, statfs } from 'node:fs/promises';
import type { Meter } from '@opentelemetry/api';
import { diskUsage } from '../disk-usage.ts';

const INTERVAL_MS = 60_000;

interface DiskState {
  dataDirBytes: number;
  freeBytes: number;
  sizeBytes: number;
}

/**
 * The size of the data directory and the room beside it. Measured every minute in the background:
 * a scrape must neither walk thousands of files nor hang on a disk that does.
 */
export class DiskInstruments {
  readonly #dataDir: string;
  #state: DiskState | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = new AbortController();

  constructor(meter: Meter, dataDir: string) {
    this.#dataDir = dataDir;
    const gauge = (name: string, description: string, value: keyof DiskState) =>
      meter.createObservableGauge(name, { unit: 'By', description }).addCallback((result) => {
        if (this.#state !== undefined) result.observe(this.#state[value]);
      });
    gauge('tallyd_data_dir_bytes', 'Disk space that the data directory occupies', 'dataDirBytes');
    gauge('tallyd_disk_free_bytes', 'Free space of the disk that holds the data directory', 'freeBytes');
    gauge('tallyd_disk_size_bytes', 'Size of the disk that holds the data directory', 'sizeBytes');
  }

  /** Measures now and then a minute after each measurement has ended. */
  start(): void {
    this.#stopping = new AbortController();
    void this.#measureAgainAndAgain(this.#stopping.signal);
  }

  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  async #measureAgainAndAgain(signal: AbortSignal): Promise<void> {
    // The SDK never forgets a series, so a failure leaves the last values where they are anyway.
    this.#state = await measure(this.#dataDir, signal).catch(() => this.#state);
    if (signal.aborted) return;
    this.#timer = setTimeout(() => void this.#measureAgainAndAgain(signal), INTERVAL_MS).unref();
  }
}

async function measure(dataDir: string, signal: AbortSignal): Promise<DiskState> {
  await stat(dataDir);
  const disk = await statfs(dataDir);
  return {
    dataDirBytes: await diskUsage(dataDir, signal),
    // bavail, not bfree: what is reserved for root is not free for tallyd.
    freeBytes: disk.bavail * disk.bsize,
    sizeBytes: disk.blocks * disk.bsize,
  };
}
