/** The store away, in every way: `npm run test:faults` does the same for longer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultBench } from './faults/bench.ts';
import { FAULT_KINDS, type FaultKind } from './faults/kinds.ts';
import { until } from './support/program.ts';

let bench: FaultBench;
beforeAll(async () => {
  bench = await FaultBench.open(20_000);
});
afterAll(() => bench.close());

const clean = { lost: [], doubled: [], left: [] };

describe('a server with faults', () => {
  it('gets every record once, whatever goes wrong with a statement', async () => {
    const waiting: FaultKind[] = [...FAULT_KINDS];
    let statements = 0;
    // one of every kind, each at another statement of a batch
    bench.proxy.fault = () => (++statements % 7 === 0 ? waiting.shift() : undefined);
    while (waiting.length > 0) {
      bench.write(3);
      await bench.upload(2, waiting.length % 2 === 0 ? 'lines' : 'table');
      await bench.settled().catch((error: unknown) => {
        // the list of uploads is asked over the same way
        if (/an upload failed/.test(String(error))) throw error;
      });
    }
    await bench.settled();
    const judged = await bench.judged();
    expect(judged).toMatchObject(clean);
    expect([judged.stored, judged.hourly]).toEqual([bench.written.size, bench.written.size]);
    expect([...bench.proxy.injected.keys()].sort()).toEqual([...FAULT_KINDS].sort());
  });

  it('that is gone leaves positions where they are, a bounded spool and one line in the log, and misses nothing', async () => {
    await bench.settled();
    await until(() => bench.positionsAreAtEnd());
    bench.warnings.length = 0;
    const before = bench.positions();
    await bench.proxy.close();
    const failed = bench.batchesFailed;
    bench.write(30);
    let taken = 0;
    while (await bench.upload(10, 'lines')) taken++;
    await until(() => bench.batchesFailed > failed + 12);
    expect(bench.positions()).toBe(before);
    expect(taken).toBeGreaterThan(2);
    expect(bench.warnings.filter((line) => /^a batch was not stored/.test(line)).length).toBeLessThanOrEqual(
      2,
    );
    expect(bench.warnings.filter((line) => /waits: the store/.test(line)).length).toBeLessThanOrEqual(1);
    expect(bench.warnings.filter((line) => /TALLYD_SPOOL_MAX_BYTES/.test(line)).length).toBe(1);
    await bench.proxy.open();
    await bench.settled();
    const judged = await bench.judged();
    expect(judged).toMatchObject(clean);
    expect(judged.stored).toBe(bench.written.size);
    expect(await bench.upload(1, 'lines')).toBe(true);
  });
});
