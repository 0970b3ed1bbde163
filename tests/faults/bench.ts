/**
 * A collector's sources over a ClickHouse server with a faulty way to it: files are written, uploads are
 * sent, and in the end every record must be stored once.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { claudeCode } from '../../collector/formats/claude-code/recognise.ts';
import { QUICK } from '../../collector/sources/tail/testing/quick-limits.ts';
import { createTail } from '../../collector/sources/tail/tail.ts';
import type { Tail } from '../../collector/sources/tail/types.ts';
import { UploadProblem } from '../../collector/sources/upload/problem.ts';
import { tinyTable } from '../../collector/sources/upload/testing.ts';
import { createUploads, type Uploads } from '../../collector/sources/upload/uploads.ts';
import type { Store } from '../../collector/store/store.ts';
import { silentTelemetry, type Telemetry } from '../../collector/telemetry.ts';
import { ClickHouseFront } from '../support/clickhouse-front.ts';
import { openTestStore, temporaryFolder } from '../support/store.ts';
import { FaultyProxy } from './proxy.ts';

const FILES = 3;

export class FaultBench {
  readonly #folder = temporaryFolder('faults');
  readonly #logs = join(this.#folder.path, 'logs');
  readonly dataDir = join(this.#folder.path, 'data');
  readonly written = new Set<string>();
  /** What the log said at `warn` or above. */
  readonly warnings: string[] = [];
  batchesFailed = 0;
  refusedUploads = 0;
  proxy!: FaultyProxy;
  uploads!: Uploads;
  #front!: ClickHouseFront;
  #store!: Store;
  #straight!: Store;
  #tail!: Tail;
  #ids = 0;

  /** @param spoolMaxBytes what uploads may hold */
  static async open(spoolMaxBytes = 1 << 20): Promise<FaultBench> {
    const bench = new FaultBench();
    const path = join(bench.#folder.path, 'server');
    for (const folder of [path, bench.#logs, bench.dataDir]) mkdirSync(folder, { recursive: true });
    bench.#front = await ClickHouseFront.start({ path, user: 'collector', password: 'p' });
    bench.proxy = new FaultyProxy(bench.#front.url());
    await bench.proxy.open();
    bench.#straight = await openTestStore('', { clickhouseUrl: bench.#front.url() });
    await bench.#start(spoolMaxBytes);
    return bench;
  }

  async #start(spoolMaxBytes: number): Promise<void> {
    const log = pino(
      { level: 'warn' },
      { write: (line: string) => void this.warnings.push((JSON.parse(line) as { msg: string }).msg) },
    );
    const telemetry: Telemetry = { ...silentTelemetry, batchFailed: () => this.batchesFailed++ };
    this.#store = await openTestStore('', { clickhouseUrl: this.proxy.url, clickhouseSilenceMs: 5000, log });
    const formats = [claudeCode, tinyTable];
    this.uploads = createUploads({
      ...{ store: this.#store, formats, telemetry, log, dir: join(this.dataDir, 'uploads'), spoolMaxBytes },
      ...{ retryDelaysMs: [5, 20], retryMinMs: 10, retryMaxMs: 300 },
    });
    await this.uploads.start();
    this.#tail = createTail(
      {
        roots: [{ format: claudeCode, path: this.#logs, dataset: 'logs' }],
        ...{ formats, store: this.#store, telemetry, log, dataDir: this.dataDir },
        spoolDir: join(this.dataDir, 'spool'),
      },
      { ...QUICK, retryMinMs: 10, retryMaxMs: 300 },
    );
    await this.#tail.start();
  }

  /** Appends records to files, as agents do. */
  write(count: number): void {
    for (let i = 0; i < count; i++) {
      const id = this.#newId();
      appendFileSync(join(this.#logs, `s${i % FILES}.jsonl`), claudeRecord(id));
      this.written.add(id);
    }
  }

  /** Sends an upload of so many records; what is not taken is sent again by nobody. @returns whether it was taken */
  async upload(count: number, kind: 'lines' | 'table'): Promise<boolean> {
    const ids = Array.from({ length: count }, () => this.#newId());
    const lines =
      kind === 'lines'
        ? ids.map(claudeRecord)
        : ['When,Model,Tokens\n', ...ids.map((id) => `2026-01-01,${id},5\n`)];
    const body = async function* () {
      yield await Promise.resolve(Buffer.from(lines.join('')));
    };
    try {
      await this.uploads.receive(body(), {
        name: kind === 'lines' ? 'a.jsonl' : 'a.csv',
        dataset: `uploads-${kind}`,
      });
    } catch (error) {
      if (!(error instanceof UploadProblem) || error.kind !== 'spool-full') throw error;
      this.refusedUploads++;
      return false;
    }
    for (const id of ids) this.written.add(id);
    return true;
  }

  /** How far files are stored, by what is on the disk. */
  positions(): string {
    const { files } = JSON.parse(readFileSync(join(this.dataDir, 'positions.json'), 'utf8')) as {
      files: { path: string; position: { offset: number } }[];
    };
    return files
      .map(({ path, position }) => `${path} ${position.offset}`)
      .sort()
      .join('\n');
  }

  /** Whether the positions on the disk are at the end of every followed file: they are saved a little later. */
  positionsAreAtEnd(): boolean {
    const saved = new Set(this.positions().split('\n'));
    return readdirSync(this.#logs).every((name) => {
      const path = join(this.#logs, name);
      return saved.has(`${path} ${statSync(path).size}`);
    });
  }

  /** What uploads hold of the disk. */
  spooledBytes(): number {
    const folder = join(this.dataDir, 'uploads');
    const bodies = readdirSync(folder).filter((name) => name.endsWith('.body'));
    return bodies.reduce(
      (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }

  /** Resolves when all that was written and received is stored. */
  async settled(): Promise<void> {
    await this.#tail.idle();
    for (;;) {
      const { items } = await this.uploads.list({ offset: 0, limit: 1000 });
      if (items.every(({ status }) => status === 'done')) return;
      const failed = items.find(({ status }) => status === 'failed');
      if (failed) throw new Error(`an upload failed: ${failed.error}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What is in the store, asked past the faults. */
  async judged(): Promise<{
    written: number;
    stored: number;
    lost: string[];
    doubled: string[];
    hourly: number;
    left: string[];
  }> {
    const rows = await this.#straight.rows<{ id: string; copies: number }>(
      "SELECT if(source = 'tiny-csv', toString(model), request_id) AS id, toUInt32(sum(requests)) AS copies FROM tallyd.usage GROUP BY id",
    );
    const [sums] = await this.#straight.rows<{ n: number }>(
      'SELECT toUInt32(sum(requests)) AS n FROM tallyd.usage_hourly',
    );
    const tables = await this.#straight.rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'tallyd' AND match(name, '^(batch|look)_')",
    );
    const stored = new Map(rows.map(({ id, copies }) => [id, copies]));
    return {
      written: this.written.size,
      stored: stored.size,
      lost: [...this.written].filter((id) => !stored.has(id)),
      doubled: [...stored].filter(([id, copies]) => copies > 1 || !this.written.has(id)).map(([id]) => id),
      hourly: sums!.n,
      left: tables.map(({ name }) => name),
    };
  }

  async close(): Promise<void> {
    this.proxy.fault = () => undefined;
    await this.#tail.stop();
    await this.uploads.stop();
    await this.#store.close();
    await this.#straight.close();
    await this.proxy.close();
    await this.#front.stop();
    this.#folder.remove();
  }

  #newId(): string {
    return `id-${String(++this.#ids).padStart(6, '0')}`;
  }
}

function claudeRecord(id: string): string {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const hour = Number(id.slice(-6)) % 24;
  return `${JSON.stringify({
    ...{ type: 'assistant', sessionId: 's1', requestId: id },
    timestamp: `2026-02-01T${String(hour).padStart(2, '0')}:00:01.000Z`,
    message: { id: `msg_${id}`, model: 'claude-sonnet-4-5', usage },
  })}\n`;
}
