/**
 * Row 8: many small uploads, 50 at a time. An answer means that the rows are stored: after every
 * hundredth a reader looks for them at once, and after the last for all. Beside it a server that does
 * nothing but write each body to the disk.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Prng } from '../collector/demo/prng.ts';
import { CURSOR_HEADER, cursorRow } from './data/cursor-csv.ts';
import { type DayModelSums, mustBe, ofDailyReport } from './data/day-model-sums.ts';
import { compare, type Measurement, type Unit } from './measuring/measurement.ts';
import type { Context, Scenario } from './measuring/scenario.ts';
import { percentile } from './measuring/summary.ts';
import { startPlain } from './plain.ts';
import { Collector, environment, tallyd } from './tallyd.ts';

const UPLOADS = 10_000;
const ROWS = 10;
const AT_A_TIME = 50;
const CHECK_EVERY = 100;
const FROM = Date.UTC(2026, 5, 1);

export const smallUploads: Scenario = {
  name: 'small-uploads',
  rows: [8],
  about: '10,000 uploads of 10 rows, 50 at a time',
  measure,
};

interface Body {
  content: string;
  from: number;
  until: number;
}

interface Sent {
  rowsPerSecond: number;
  times: number[];
}

async function measure(context: Context): Promise<Measurement[]> {
  const uploads = context.entries ?? (context.small ? UPLOADS / 20 : UPLOADS);
  const { bodies, truth } = makeBodies(context.seed, uploads);
  const runs: { tallyd: Sent; plain: Sent }[] = [];
  for (let run = 1; run <= context.runs; run++) {
    const ours = await toTallyd(bodies, truth, join(context.scratch, 'home'));
    const plain = await toPlain(bodies, join(context.scratch, 'plain'));
    runs.push({ tallyd: ours, plain });
    context.say(`run ${run}: tallyd ${told(ours)}; the plain server ${told(plain)}`);
  }
  const work = `${uploads.toLocaleString('en')} uploads of ${ROWS} rows, ${AT_A_TIME} at a time`;
  const row = (measure: string, unit: Unit, of: (sent: Sent) => number): Measurement =>
    compare({
      ...{
        row: 8,
        id: `small-uploads/plain/${measure}`,
        work,
        pair: 'a server that writes bodies to files',
        measure,
        unit,
      },
      tallyd: runs.map((one) => of(one.tallyd)),
      other: runs.map((one) => of(one.plain)),
    });
  return [
    row('rate', 'rows/s', ({ rowsPerSecond }) => rowsPerSecond),
    row('p50', 'ms', ({ times }) => percentile(times, 50)),
    row('p99', 'ms', ({ times }) => percentile(times, 99)),
  ];
}

/** Every row of another millisecond, so that a reader can ask for those of one body. */
function makeBodies(seed: string, uploads: number): { bodies: Body[]; truth: DayModelSums } {
  const prng = new Prng(seed).fork('small uploads');
  const truth: DayModelSums = {};
  const bodies = Array.from({ length: uploads }, (_, upload) => {
    const from = FROM + upload * ROWS * 100;
    const rows = Array.from({ length: ROWS }, (_, row) => cursorRow(prng, from + row * 100, truth));
    return { content: CURSOR_HEADER + rows.join(''), from, until: from + ROWS * 100 };
  });
  return { bodies, truth };
}

async function toTallyd(bodies: readonly Body[], truth: DayModelSums, home: string): Promise<Sent> {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const env = environment(home, { TALLYD_TAIL: 'none' });
  const collector = await Collector.start(env);
  const count = async (where: string, wanted: number): Promise<void> => {
    const seen = await collector.query(`SELECT count() FROM tallyd.usage WHERE ${where}`);
    if (Number(seen) !== wanted)
      throw new Error(`${seen} of ${wanted} rows that were acknowledged are stored`);
  };
  const sent = await send(bodies, `${collector.url('http')}/api/v1/uploads/small.csv`, ({ from, until }) =>
    count(`ts >= fromUnixTimestamp64Milli(${from}) AND ts < fromUnixTimestamp64Milli(${until})`, ROWS),
  );
  await count('1', bodies.length * ROWS);
  const report = await tallyd(env, 'report', 'daily', '--json');
  mustBe(truth, ofDailyReport(report.stdout), 'tallyd');
  await collector.end();
  rmSync(home, { recursive: true, force: true });
  return sent;
}

async function toPlain(bodies: readonly Body[], folder: string): Promise<Sent> {
  mkdirSync(folder, { recursive: true });
  const server = await startPlain('store', folder);
  const sent = await send(bodies, server.url, () => Promise.resolve());
  await server.end();
  rmSync(folder, { recursive: true, force: true });
  return sent;
}

/** Sends all bodies; the time that `check` takes is nobody's. */
async function send(
  bodies: readonly Body[],
  url: string,
  check: (body: Body) => Promise<void>,
): Promise<Sent> {
  const times: number[] = [];
  const begun = performance.now();
  let next = 0;
  let checking = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < bodies.length; at = next++) {
      const body = bodies[at]!;
      const sentAt = performance.now();
      const response = await fetch(url, { method: 'PUT', body: body.content });
      const answer = await response.text();
      times.push(performance.now() - sentAt);
      if (response.status !== 201) throw new Error(`${response.status}: ${answer}`);
      if (at % CHECK_EVERY !== 0) continue;
      const checkAt = performance.now();
      await check(body);
      checking += performance.now() - checkAt;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  const seconds = (performance.now() - begun - checking / AT_A_TIME) / 1000;
  return { rowsPerSecond: (bodies.length * ROWS) / seconds, times };
}

function told({ rowsPerSecond, times }: Sent): string {
  return `${rowsPerSecond.toFixed(0)} rows/s, p50 ${percentile(times, 50).toFixed(0)} ms, p99 ${percentile(times, 99).toFixed(0)} ms`;
}
