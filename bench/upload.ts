/**
 * Rows 4 and 5: a large export sent with curl to a collector that runs, until its rows can be read, against
 * the engine reading the same file. Each run has a new store.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cursorCsvCorpus, type CsvCorpus } from './data/corpus.ts';
import { mustBe, ofDailyReport } from './data/day-model-sums.ts';
import { runAlone } from './engine/run-alone.ts';
import type { Measurement } from './measuring/measurement.ts';
import { runToEnd } from './measuring/process.ts';
import type { Context, Scenario } from './measuring/scenario.ts';
import { told } from './measuring/told.ts';
import { rowsOf } from './measuring/usage-rows.ts';
import { Collector, environment, tallyd } from './tallyd.ts';

const ROWS = 1_000_000;

export const upload: Scenario = {
  name: 'upload',
  rows: [4, 5],
  about: 'a large CSV with curl, plain and gzip, until it is readable',
  measure,
};

async function measure(context: Context): Promise<Measurement[]> {
  const rows = context.entries ?? (context.small ? ROWS / 5 : ROWS);
  const corpus = await cursorCsvCorpus(context.data, { seed: context.seed, rows }, context.say);
  const size = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const count = rows.toLocaleString('en');
  return [
    ...(await both(context, corpus, {
      ...{ row: 4, id: 'upload/engine', file: corpus.plain, headers: [], rows },
      work: `upload of a CSV of ${count} rows (${size(corpus.bytes)})`,
    })),
    ...(await both(context, corpus, {
      ...{
        row: 5,
        id: 'upload-gzip/engine',
        file: corpus.gzip,
        headers: ['-H', 'Content-Encoding: gzip'],
        rows,
      },
      work: `the same, gzip (${size(corpus.gzipBytes)})`,
    })),
  ];
}

interface Sent {
  row: number;
  id: string;
  work: string;
  file: string;
  headers: readonly string[];
  rows: number;
}

async function both(context: Context, corpus: CsvCorpus, sent: Sent): Promise<Measurement[]> {
  const runs: { tallyd: Took; engine: Took }[] = [];
  for (let run = 1; run <= context.runs; run++) {
    const ours = await send(corpus, sent, join(context.scratch, 'home'));
    const store = join(context.scratch, 'engine');
    const { inside, peakBytes } = await runAlone('cursor-csv', sent.file, { store, truth: corpus.truth });
    const engine = { wallMs: inside.wallMs, cpuMs: inside.cpuMs, peakBytes };
    runs.push({ tallyd: ours, engine });
    context.say(`${sent.work}, run ${run}: tallyd ${told(ours)}; the engine alone ${told(engine)}`);
  }
  const { row, work, id } = sent;
  return rowsOf({ row, work, pair: 'the engine alone' }, id, runs, ({ engine }) => engine, { time: 2 });
}

interface Took {
  wallMs: number;
  cpuMs: number;
  peakBytes: number | undefined;
}

/** From curl's start until a reader sees every row; the processor's time is the collector's. */
async function send(corpus: CsvCorpus, { file, headers, rows }: Sent, home: string): Promise<Took> {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const env = environment(home, { TALLYD_TAIL: 'none' });
  const collector = await Collector.start(env);
  const [begun, before] = [performance.now(), collector.cpuMs];
  const url = `${collector.url('http')}/api/v1/uploads/usage.csv`;
  await runToEnd({
    name: 'curl',
    command: 'curl',
    args: ['--silent', '--show-error', '--fail-with-body', '-T', file, ...headers, url],
    env,
  });
  const seen = await collector.query('SELECT count() FROM tallyd.usage');
  const [wallMs, cpuMs] = [performance.now() - begun, collector.cpuMs - before];
  if (Number(seen) !== rows) throw new Error(`after the answer ${seen} of ${rows} rows could be read`);
  const report = await tallyd(env, 'report', 'daily', '--json');
  mustBe(corpus.truth, ofDailyReport(report.stdout), 'tallyd');
  const { peakBytes } = await collector.end();
  rmSync(home, { recursive: true, force: true });
  return { wallMs, cpuMs, peakBytes };
}
