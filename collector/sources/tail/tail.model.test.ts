import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { claudeCode } from '../../formats/claude-code/recognise.ts';
import { silentTelemetry } from '../../telemetry.ts';
import { createTail } from './tail.ts';
import { FileModel, random } from './testing/file-model.ts';
import { MemoryStore } from './testing/memory-store.ts';
import { QUICK } from './testing/quick-limits.ts';
import type { Tail } from './types.ts';

const CASES = Number(process.env['TAIL_MODEL_CASES'] ?? 100);
const FIRST = Number(process.env['TAIL_MODEL_SEED'] ?? 1);

const home = mkdtempSync(join(tmpdir(), 'tallyd-tail-model-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

class Case {
  readonly random: () => number;
  readonly store = new MemoryStore();
  readonly model: FileModel;
  readonly must = new Set<string>();
  readonly #folder: string;
  #tail: Tail | undefined;

  constructor(seed: number) {
    this.random = random(seed);
    this.#folder = join(home, String(seed));
    this.store.readsFiles = this.random() < 0.7;
    const padding = 'p'.repeat(Math.floor(this.random() * 400));
    this.model = new FileModel({
      folder: join(this.#folder, 'logs'),
      name: `r${seed}`,
      random: this.random,
      line: (id) => `{"id":"${id}","padding":"${padding}","end":"${id}"}`,
    });
  }

  /** @param strict the tail is idle before anything takes records away, so that none may be missing */
  async run(steps: number, strict: boolean): Promise<void> {
    if (this.random() < 0.5) await this.restart();
    for (let i = 0; i < steps; i++) {
      const what = this.model.pick();
      if (strict && FileModel.destructive.includes(what)) await this.settle();
      this.model.happen(what);
      if (this.random() < 0.15) this.store.failures = 1 + Math.floor(this.random() * 2);
      if (this.random() < 0.1) await this.restart();
      if (this.random() < 0.3) await this.settle();
    }
    await this.settle();
    if (strict) for (const id of this.model.written) this.must.add(id);
    await this.#tail?.stop();
    rmSync(this.#folder, { recursive: true });
  }

  /** Waits until the tail is idle; then everything that is there must be stored. */
  async settle(): Promise<void> {
    this.model.story.push('settle');
    if (!this.#tail) await this.restart();
    await this.#tail!.idle();
    for (const id of this.model.present()) this.must.add(id);
  }

  /** Stops and starts, now and then with older positions, as after a crash, or with none. */
  async restart(): Promise<void> {
    this.model.story.push('restart');
    const positions = join(this.#folder, 'data/positions.json');
    await this.#tail?.stop();
    if (existsSync(`${positions}.old`) && this.random() < 0.4) copyFileSync(`${positions}.old`, positions);
    else if (existsSync(positions)) copyFileSync(positions, `${positions}.old`);
    if (this.random() < 0.1) rmSync(positions, { force: true });
    this.#tail = createTail(
      {
        roots: [{ format: claudeCode, path: join(this.#folder, 'logs'), dataset: 'model' }],
        formats: [claudeCode],
        store: this.store,
        dataDir: join(this.#folder, 'data'),
        spoolDir: join(this.#folder, 'spool'),
        telemetry: silentTelemetry,
        log: pino({ level: 'silent' }),
      },
      { ...QUICK, chunkBytes: 300 + Math.floor(this.random() * 3000), batchBytes: 4000 },
    );
    const started = this.#tail.start();
    if (this.random() < 0.8) await started;
  }
}

describe('whatever happens to files', () => {
  it.each([
    ['stores exactly what was written, when nothing is taken away unseen', true],
    ['stores what was there when it looked, and nothing else', false],
  ])('%s', { timeout: 600_000 }, async (_name, strict) => {
    for (let seed = FIRST; seed < FIRST + CASES / 2; seed++) {
      const one = new Case(strict ? seed : -seed);
      await one.run(4 + Math.floor(one.random() * 20), strict);
      const story = `seed ${seed}: ${one.model.story.join(', ')}`;
      const missing = [...one.must].filter((id) => !one.store.ids.has(id));
      const invented = [...one.store.ids].filter((id) => !one.model.written.has(id));
      expect({ missing, invented, broken: strict ? one.store.broken : [] }, story).toEqual({
        missing: [],
        invented: [],
        broken: [],
      });
      expect(one.store.writing).toBe(0);
    }
  });
});
