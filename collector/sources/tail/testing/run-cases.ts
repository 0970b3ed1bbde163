/** Runs cases of the model, several beside each other since they mostly wait, and counts what came of them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { TailOptions } from '../types.ts';
import { happenings } from './file-commands.ts';
import { FileModel } from './file-model.ts';
import { RecordText, type Shape, SHAPES } from './model-shapes.ts';
import { TailCase } from './tail-case.ts';

/** What a case's records end in. */
export interface ModelStore {
  tail: TailOptions['store'];
  /** The ids that are stored, each as often as it counts, and lines that were taken for none. */
  stored(): Promise<{ ids: string[]; broken: string[] }>;
}

export interface RunOptions {
  folder: string;
  cases: number;
  /** @default random */
  seed?: number;
  /** @default 12 */
  lanes?: number;
  /** Happenings of a case at most. */
  most: number;
  /** A store of a case's own, or a share in one. */
  storeOf: (dataset: string, readsFiles: boolean, shape: Shape) => ModelStore;
}

export class Counts {
  cases = 0;
  written = 0;
  required = 0;
  stored = 0;
  /** Required and not stored; stored and never written; stored twice. */
  lost = 0;
  invented = 0;
  doubled = 0;
  sameInodes = 0;
  readonly happened = new Map<string, number>();

  get operations(): number {
    return [...this.happened.values()].reduce((sum, count) => sum + count, 0);
  }

  /** A table for people. */
  toString(): string {
    const rows: [string, number][] = [
      ['cases', this.cases],
      ['operations', this.operations],
      ['records written', this.written],
      ['records that had to be stored', this.required],
      ['records stored', this.stored],
      ['files that got the inode of the one before', this.sameInodes],
      ['lost', this.lost],
      ['invented', this.invented],
      ['doubled', this.doubled],
    ];
    const kinds = [...this.happened].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`);
    const width = Math.max(...rows.map(([, count]) => String(count).length));
    return [
      ...rows.map(([name, count]) => `${String(count).padStart(width)}  ${name}`),
      kinds.join(', '),
    ].join('\n');
  }
}

const setting = fc.record({
  shape: fc.constantFrom(...SHAPES, 'lines' as const),
  isStrict: fc.boolean(),
  /** Whether the engine reads files where they lie. */
  readsFiles: fc.boolean(),
  /** Whether all files begin alike. */
  common: fc.boolean(),
  padding: fc.nat({ max: 400 }),
  chunkBytes: fc.integer({ min: 300, max: 3300 }),
  startsFirst: fc.boolean(),
});

/** Rejects with the seed and the smallest case that fails. */
export async function runCases(options: RunOptions): Promise<Counts> {
  const { cases, lanes = 12, seed = Math.floor(Math.random() * 2 ** 31), most } = options;
  const counts = new Counts();
  const one = setting.chain((its) => fc.tuple(fc.constant(its), happenings(its.shape, most)));
  const share = Math.ceil(cases / lanes);
  let failed: { lane: number; at: number } | undefined;
  const property = (nth: number) =>
    fc.asyncProperty(one, async ([its, commands]) => {
      // the others need not go on, and looking for the smallest case has an end
      if (failed && (failed.lane !== nth || Date.now() - failed.at > SHRINKING_MS)) return;
      try {
        await runCase(options, its, commands, counts);
      } catch (error) {
        failed ??= { lane: nth, at: Date.now() };
        throw error;
      }
    });
  const lane = (nth: number): Promise<void> =>
    fc.assert(property(nth), {
      numRuns: Math.min(share, Math.max(0, cases - nth * share)),
      // a lane's own seed is in its report, and runs it again alone
      seed: seed + nth,
      endOnFailure: false,
    });
  const all = Array.from({ length: Math.min(lanes, cases) }, (_, nth) => nth).filter(
    (nth) => nth * share < cases,
  );
  const ended = await Promise.allSettled(all.map(lane));
  const first = ended.find((result) => result.status === 'rejected');
  if (first) throw first.reason;
  return counts;
}

/** How long the smallest case that fails is looked for. */
const SHRINKING_MS = 60_000;

let made = 0;

async function runCase(
  options: RunOptions,
  its: typeof setting extends fc.Arbitrary<infer T> ? T : never,
  commands: Iterable<fc.AsyncCommand<FileModel, TailCase>>,
  counts: Counts,
): Promise<void> {
  const name = `r${++made}`;
  const folder = join(options.folder, name);
  const store = options.storeOf(name, its.readsFiles, its.shape);
  const text = new RecordText(its.shape, its.padding);
  const model = new FileModel({ folder, name, text, common: its.common });
  const real = new TailCase({
    ...{ folder, model, shape: its.shape, dataset: name, isStrict: its.isStrict, chunkBytes: its.chunkBytes },
    store: store.tail,
    counts: (what) => counts.happened.set(what, (counts.happened.get(what) ?? 0) + 1),
  });
  try {
    if (its.startsFirst) await real.restart(true);
    await fc.asyncModelRun(() => ({ model, real }), commands);
    await real.end();
    judge(await store.stored(), model, real, counts);
  } finally {
    await real.abandon();
    rmSync(folder, { recursive: true, force: true });
  }
}

function judge(
  { ids, broken }: { ids: string[]; broken: string[] },
  model: FileModel,
  real: TailCase,
  counts: Counts,
): void {
  const stored = new Set(ids);
  const may = real.isStrict ? real.must : model.written;
  const lost = [...real.must].filter((id) => !stored.has(id));
  const invented = [...stored].filter((id) => !may.has(id));
  const doubled = ids.filter((id, i) => ids.indexOf(id) !== i);
  counts.cases++;
  counts.written += model.written.size;
  counts.required += real.must.size;
  counts.stored += stored.size;
  counts.lost += lost.length;
  counts.invented += invented.length;
  counts.doubled += doubled.length;
  counts.sameInodes += model.sameInodes;
  // a reader between a truncation and what is written next sees a line that never was one
  const glued = real.isStrict ? broken : [];
  if (lost.length + invented.length + doubled.length + glued.length > 0)
    throw new Error(
      `lost ${JSON.stringify(lost)}, invented ${JSON.stringify(invented)}, doubled ${JSON.stringify(doubled)}, broken ${JSON.stringify(glued)}`,
    );
}
