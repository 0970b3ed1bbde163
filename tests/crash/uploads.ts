/**
 * People who push: exports that overlap, JSON lines, archives, and a dataset that is replaced again
 * and again. Like a careful client, each sends a file until it is acknowledged.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Prng } from '../../collector/demo/prng.ts';
import { zipOf } from '../support/zip.ts';
import type { Collector } from './collector.ts';
import { ReplacedDataset } from './replaced.ts';
import { jsonLine, TABLE_HEADER, tableRow, type UploadedRow } from './rows.ts';
import { keyOf } from './truth.ts';

/** What an upload that was acknowledged must come to. */
export interface Acknowledged {
  id: string;
  read: number;
  /** Numbers of the records that cannot be read. */
  rejected: number[];
}

interface Content {
  text: string;
  read: number;
  rejected: number[];
}

export class Uploads {
  readonly #prng: Prng;
  readonly #collector: () => Collector | undefined;
  readonly replaced: ReplacedDataset;
  readonly events: string[] = [];
  readonly acknowledged: Acknowledged[] = [];
  /** Answers that no careful client could make sense of. */
  readonly strange: string[] = [];
  attempts = 0;
  #rows = 0;
  #recent: UploadedRow[] = [];
  #over = false;

  constructor(prng: Prng, collector: () => Collector | undefined) {
    this.#prng = prng;
    this.#collector = collector;
    this.replaced = new ReplacedDataset(prng.fork('replaced'));
  }

  /** Sends until told to finish. Resolves when everything that was begun is acknowledged. */
  async run(): Promise<void> {
    await Promise.all([this.#loop(() => this.#append()), this.#loop(() => this.#replace())]);
  }

  finish(): void {
    this.#over = true;
  }

  async #loop(send: () => Promise<void>): Promise<void> {
    while (!this.#over) {
      await send();
      await delay(this.#prng.int(20, 250));
    }
  }

  async #append(): Promise<void> {
    const kind = this.#prng.pick(['table', 'table', 'lines', 'lines', 'archive'] as const);
    const parts =
      kind === 'archive'
        ? [this.#table(), this.#table()]
        : [kind === 'table' ? this.#table() : this.#lines()];
    const name = kind === 'lines' ? 'usage.jsonl' : 'usage.csv';
    const body =
      kind === 'archive'
        ? zipOf(parts.map(({ text }, i) => ({ name: `part-${i}.csv`, content: text })))
        : Buffer.from(parts[0]!.text);
    const dataset = kind === 'lines' ? 'lines' : 'table';
    const ids = await this.#untilAcknowledged(kind === 'archive' ? 'usage.zip' : name, body, { dataset });
    for (const [i, { read, rejected }] of parts.entries()) {
      const id = ids[i];
      if (id === undefined)
        this.strange.push(`an answer with ${ids.length} uploads for ${parts.length} files`);
      else this.acknowledged.push({ id, read, rejected });
    }
  }

  async #replace(): Promise<void> {
    const { replaced } = this;
    const body = Buffer.from(replaced.next());
    const wait = this.#prng.chance(0.5);
    const [id] = await this.#untilAcknowledged(
      'state.jsonl',
      body,
      { dataset: 'replaced', mode: 'replace' },
      wait,
    );
    this.acknowledged.push({ id: id!, read: replaced.size, rejected: [] });
    if (wait) replaced.shownAtLeast(replaced.sent);
  }

  /** Rows that nobody has seen, after some of those that were sent before, and one that is broken. */
  #table(): Content {
    const overlap = this.#prng.chance(0.5) ? this.#recent : [];
    const rows = [...overlap, ...this.#newRows()];
    this.#recent = rows.slice(-this.#prng.int(0, 8));
    for (const row of rows.slice(overlap.length)) this.#expect(row, 'cursor-csv', 'table');
    return withBroken(
      this.#prng,
      rows.map(tableRow),
      `"when?","a@b.c","On-Demand","m","No","1","2","3","4","10","0.5"`,
      TABLE_HEADER,
    );
  }

  #lines(): Content {
    const rows = this.#newRows();
    for (const row of rows) this.#expect(row, 'claude-code', 'lines');
    return withBroken(
      this.#prng,
      rows.map((row) => jsonLine(row, `msg_up${row.nth}`, 'up')),
      '{"type":"assistant","message":{"usage":{"input_tokens":1',
    );
  }

  #newRows(): UploadedRow[] {
    return Array.from({ length: this.#prng.int(1, 60) }, () => ({
      nth: ++this.#rows,
      input: this.#prng.int(1, 5000),
      output: this.#prng.int(1, 900),
    }));
  }

  #expect(row: UploadedRow, source: string, dataset: string): void {
    const { input, output } = row;
    const ts = Date.UTC(2026, 1, 1) + row.nth * 97_000;
    const about =
      source === 'cursor-csv' ? { user: 'ada@demo.example', cacheRead: 3 } : { project: '/src/up' };
    this.events.push(keyOf({ source, dataset, ts, model: 'claude-sonnet-4-5', input, output, ...about }));
  }

  /** @returns the ids of the uploads that came of it */
  async #untilAcknowledged(
    name: string,
    body: Buffer,
    settings: Record<string, string>,
    wait = this.#prng.chance(0.5),
  ): Promise<string[]> {
    const packed = name.endsWith('.zip') ? 'none' : this.#prng.pick(['none', 'header', 'file'] as const);
    const bytes = packed === 'none' ? body : gzipSync(body);
    const query = new URLSearchParams({ ...settings, wait: String(wait) }).toString();
    for (;;) {
      const url = this.#collector()?.url;
      const ids =
        url === undefined
          ? undefined
          : await this.#send(
              `${url}/api/v1/uploads/${name}${packed === 'file' ? '.gz' : ''}?${query}`,
              bytes,
              packed === 'header',
            );
      if (ids) return ids;
      await delay(20);
    }
  }

  /** Undefined where no answer came: it may be stored, or not. */
  async #send(url: string, bytes: Buffer, gzip: boolean): Promise<string[] | undefined> {
    this.attempts++;
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: 'PUT',
        body: this.#prng.chance(0.4) ? this.#slowly(bytes) : new Uint8Array(bytes),
        duplex: 'half',
        ...(gzip && { headers: { 'content-encoding': 'gzip' } }),
      });
      text = await response.text();
    } catch {
      return undefined; // the collector was killed
    }
    if (response.status !== 201 && response.status !== 202) {
      // what starts or stops says so, and a client sends again
      if (response.status !== 503) this.strange.push(`${response.status} ${text.slice(0, 300)}`);
      return undefined;
    }
    const answer = JSON.parse(text) as { id: string } | { uploads: { id: string }[] };
    return 'uploads' in answer ? answer.uploads.map(({ id }) => id) : [answer.id];
  }

  /** In pieces, so that a body is often half received. */
  #slowly(bytes: Buffer): ReadableStream<Uint8Array> {
    const piece = Math.ceil(bytes.length / this.#prng.int(2, 6));
    let at = 0;
    return new ReadableStream({
      pull: async (controller) => {
        if (at > 0) await delay(8);
        if (at >= bytes.length) return controller.close();
        controller.enqueue(new Uint8Array(bytes.subarray(at, at + piece)));
        at += piece;
      },
    });
  }
}

/** One record in a few cannot be read, anywhere among the others. */
function withBroken(prng: Prng, records: string[], broken: string, header = ''): Content {
  const rejected: number[] = [];
  if (prng.chance(0.4)) {
    const at = prng.int(0, records.length);
    records.splice(at, 0, broken);
    rejected.push(at + 1);
  }
  return {
    text: `${[...(header ? [header] : []), ...records].join('\n')}\n`,
    read: records.length,
    rejected,
  };
}
