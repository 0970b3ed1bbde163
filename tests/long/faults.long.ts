/**
 * `npm run test:faults`: a ClickHouse server with hundreds of faults, and gone for long, several times.
 * `FAULTS=50` for fewer, `FAULTS_SEED=…` for those of an earlier run.
 */
import { afterEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { FaultBench } from '../faults/bench.ts';
import { FAULT_KINDS, type FaultKind } from '../faults/kinds.ts';
import { table } from '../faults/table.ts';
import { until } from '../support/program.ts';

const wanted = Number(process.env['FAULTS'] ?? 300);
const seed = Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Waits are a hundredth of what they are outside, so this is an hour. */
const HOUR_MS = 36_000;

/** A process has one engine, so one bench is closed before the next, also after a test that failed. */
let open: FaultBench | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function benchOf(spoolMaxBytes: number): Promise<FaultBench> {
  open = await FaultBench.open(spoolMaxBytes);
  return open;
}

async function judge(bench: FaultBench, title: string): Promise<void> {
  await bench.settled();
  const { written, stored, lost, doubled, hourly, left } = await bench.judged();
  const faults = [...bench.proxy.injected].sort().map(([kind, count]) => [kind, count] as const);
  console.log(
    table(title, [
      ['faults', faults.reduce((sum, [, count]) => sum + count, 0)],
      ...faults.map(([kind, count]) => [`  ${kind}`, count] as const),
      ['requests', bench.proxy.requests],
      ['attempts that failed', bench.batchesFailed],
      ['uploads refused because the spool was full', bench.refusedUploads],
      ['records written', written],
      ['records stored', stored],
      ['records in the hourly sums', hourly],
      ['lost', lost.length],
      ['doubled', doubled.length],
      ['tables left on the server', left.length],
    ]),
  );
  expect({ lost, doubled, left, stored, hourly }).toEqual({
    ...{ lost: [], doubled: [], left: [] },
    ...{ stored: written, hourly: written },
  });
}

describe('a server with faults', () => {
  it('gets every record once, whatever goes wrong with its statements', async () => {
    const bench = await benchOf(1 << 20);
    // a fault in some of the statements of a batch; a hang takes seconds, so there are few
    const kinds = fc.sample(
      fc.record({
        kind: fc.oneof(
          { weight: 30, arbitrary: fc.constantFrom(...FAULT_KINDS.filter((kind) => kind !== 'hang')) },
          { weight: 1, arbitrary: fc.constant<FaultKind>('hang') },
        ),
        after: fc.integer({ min: 1, max: 25 }),
      }),
      { numRuns: wanted, seed },
    );
    let next = kinds.shift();
    bench.proxy.fault = () => {
      if (!next || --next.after > 0) return undefined;
      const { kind } = next;
      next = kinds.shift();
      return kind;
    };
    for (let round = 0; next !== undefined; round++) {
      bench.write(5);
      await bench.upload(3, round % 2 === 0 ? 'lines' : 'table');
      await bench.settled().catch((error: unknown) => {
        // whether uploads are done is asked over the same way
        if (/an upload failed/.test(String(error))) throw error;
      });
    }
    await judge(bench, `Faults of single statements, seed ${seed}`);
  });

  it.each<FaultKind | 'refuse'>(['refuse', 'hang', '503', 'disk full', 'read-only', 'wrong password'])(
    'that is gone for an hour (%s) costs neither memory nor records',
    async (kind) => {
      const bench = await benchOf(60_000);
      bench.write(10);
      await bench.settled();
      await until(() => bench.positionsAreAtEnd());
      const before = bench.positions();
      bench.warnings.length = 0;
      if (kind === 'refuse') await bench.proxy.close();
      else bench.proxy.fault = () => kind;
      const { requests } = bench.proxy;
      const back = Date.now() + HOUR_MS;
      let heap = 0;
      let held = 0;
      for (let round = 0; Date.now() < back; round++) {
        bench.write(3);
        if (round % 5 === 0) await bench.upload(20, round % 2 === 0 ? 'lines' : 'table');
        await new Promise((resolve) => setTimeout(resolve, 50));
        heap = Math.max(heap, process.memoryUsage().heapUsed);
        held = Math.max(held, bench.spooledBytes());
      }
      expect(bench.positions()).toBe(before);
      expect(held).toBeLessThanOrEqual(60_000);
      const said = bench.warnings.length;
      // two sources and the list of files try again every 150 to 300 ms, as every 15 to 30 s outside
      expect(bench.proxy.requests - requests).toBeLessThan(20 * (HOUR_MS / 150));
      expect(said).toBeLessThanOrEqual(10);
      if (kind === 'refuse') await bench.proxy.open();
      else bench.proxy.fault = () => undefined;
      console.log(
        `\n${kind}: ${bench.proxy.requests - requests} requests, ${said} lines in the log, spool ${held} of 60000 bytes, ` +
          `heap at most ${Math.round(heap / 1024 / 1024)} MiB`,
      );
      await judge(bench, `Gone for an hour: ${kind}`);
    },
  );
});
