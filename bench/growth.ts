/**
 * Row 10: the first read of one, three and ten times as much. What an entry costs must not grow, and
 * memory must not grow with the data; so the pair of each is the smallest.
 */
import { join } from 'node:path';
import { claudeCodeCorpus } from './data/corpus.ts';
import { firstReadOf, gibibytes, warm } from './first-read.ts';
import { compare, type Measurement } from './measuring/measurement.ts';
import type { Run } from './measuring/process.ts';
import type { Context, Scenario } from './measuring/scenario.ts';
import { told } from './measuring/told.ts';

const ENTRIES = 1_000_000;
const FACTORS = [1, 3, 10];

export const growth: Scenario = {
  name: 'growth',
  rows: [10],
  about: 'the first read of one, three and ten times as many entries',
  measure,
};

interface Read {
  run: Run;
  entries: number;
}

async function measure(context: Context): Promise<Measurement[]> {
  const base = context.entries ?? (context.small ? ENTRIES / 20 : ENTRIES);
  const reads = new Map<number, { label: string; of: Read[] }>();
  for (let run = 1; run <= context.runs; run++) {
    for (const factor of FACTORS) {
      const corpus = await claudeCodeCorpus(
        context.data,
        { seed: context.seed, entries: base * factor },
        context.say,
      );
      const label = `first read of ${corpus.entries.toLocaleString('en')} entries (${gibibytes(corpus.bytes)})`;
      warm(corpus.home);
      const read = await firstReadOf(corpus, join(context.scratch, 'home'));
      context.say(`${label}, run ${run}: ${told(read)}`);
      const known = reads.get(factor) ?? { label, of: [] };
      known.of.push({ run: read, entries: corpus.entries });
      reads.set(factor, known);
    }
  }
  const smallest = reads.get(1)!.of;
  return FACTORS.slice(1).flatMap((factor) => rowsOf(factor, reads.get(factor)!, smallest));
}

/** A tenth more is no growth: measurements differ by as much. */
const ROOM = 1.1;

function rowsOf(
  factor: number,
  { label, of }: { label: string; of: readonly Read[] },
  smallest: readonly Read[],
): Measurement[] {
  const common = { row: 10, work: label, pair: `a ${ordinal(factor)} of it` };
  const goal = { of: 'ratio', atMost: ROOM } as const;
  const rows = [
    compare({
      ...{ ...common, id: `growth/${factor}/time`, measure: 'time per entry', unit: 'µs', goal },
      tallyd: of.map(({ run, entries }) => (run.wallMs / entries) * 1000),
      other: smallest.map(({ run, entries }) => (run.wallMs / entries) * 1000),
    }),
    compare({
      ...{ ...common, id: `growth/${factor}/cpu`, measure: 'CPU per entry', unit: 'µs' },
      tallyd: of.map(({ run, entries }) => (run.cpuMs / entries) * 1000),
      other: smallest.map(({ run, entries }) => (run.cpuMs / entries) * 1000),
    }),
  ];
  if ([...of, ...smallest].every(({ run }) => run.peakBytes !== undefined))
    rows.push(
      compare({
        ...{ ...common, id: `growth/${factor}/memory`, measure: 'memory', unit: 'bytes', goal },
        tallyd: of.map(({ run }) => run.peakBytes!),
        other: smallest.map(({ run }) => run.peakBytes!),
      }),
    );
  return rows;
}

function ordinal(factor: number): string {
  return factor === 3 ? 'third' : 'tenth';
}
