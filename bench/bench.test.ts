/** How measurements are summed up, printed, documented and held against what is documented. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ArgumentError, readArguments } from './arguments.ts';
import { PAGE, readDocumented, withTables, worseThan } from './measuring/documented.ts';
import { compare, isMet, type Pairs } from './measuring/measurement.ts';
import { runToEnd, Process } from './measuring/process.ts';
import { percentile, summarise } from './measuring/summary.ts';
import { markdown, shown } from './measuring/table.ts';

const pairs: Pairs = {
  ...{ id: 'read/cat/time', row: 1, work: 'read a file', pair: 'cat', measure: 'time', unit: 'ms' },
  goal: { of: 'ratio', atMost: 0.5 },
  tallyd: [100, 400, 200],
  other: [1000, 2000, 400],
};

describe('measurements', () => {
  it('have ratios of runs, not of sums over runs', () => {
    expect(compare(pairs).ratio).toEqual({ min: 0.1, median: 0.2, max: 0.5 });
  });

  it('need a value of the pair for each of their own', () => {
    expect(() => compare({ ...pairs, other: [1] })).toThrow(
      'read/cat/time: 3 values of tallyd, 1 of its pair',
    );
  });

  it.each([
    ['ratio', 0.2, true],
    ['ratio', 0.19, false],
    ['value', 200, true],
    ['value', 199, false],
    ['difference', -800, true],
    ['difference', -801, false],
  ] as const)('meet a goal of the %s at most %d: %s', (of, atMost, met) => {
    expect(isMet(compare({ ...pairs, goal: { of, atMost } }))).toBe(met);
  });

  it('stand in a Markdown table with minimum, median and maximum', () => {
    expect(
      markdown([compare(pairs)])
        .split('\n')
        .at(-1),
    ).toBe(
      '| 1 | read a file | time | 100 ms / 200 ms / 400 ms | cat | 400 ms / 1.00 s / 2.00 s | **0.10 / 0.20 / 0.50** | ratio ≤ 0.5 | yes |',
    );
  });

  it.each([
    [5.25, 'ms', '5.3 ms'],
    [12_345, 'ms', '12.35 s'],
    [3 * 2 ** 20, 'bytes', '3 MiB'],
    [0.5, 'percent', '0.50 %'],
    [12_345.6, 'rows/s', '12,346/s'],
    [3.14, 'µs', '3.1 µs'],
  ] as const)('show %d %s as %s', (value, unit, text) => {
    expect(shown(value, unit)).toBe(text);
  });

  it('are worse than documented from more than twice the ratio on, in rows 1 to 5 only', () => {
    const documented = [compare(pairs)];
    const measured = (factor: number, row: number) => [
      compare({ ...pairs, row, tallyd: pairs.tallyd.map((value) => value * factor) }),
    ];
    expect(worseThan(documented, measured(2, 1))).toEqual([]);
    expect(worseThan(documented, measured(2.1, 1))).toEqual([
      'read/cat/time (row 1, time): the ratio to cat is 0.420, more than 2 times the documented 0.200.',
    ]);
    expect(worseThan(documented, measured(2.1, 6))).toEqual([]);
    expect(worseThan([], measured(1, 1))).toEqual(['read/cat/time is not documented: record it (--record).']);
  });
});

describe('summaries', () => {
  it('take the middle of an even number of values', () => {
    expect(summarise([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 });
  });

  it('know percentiles', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([50, 99, 100].map((percent) => percentile(values, percent))).toEqual([50, 99, 100]);
    expect(percentile([7], 99)).toBe(7);
  });
});

describe('a program that is measured', () => {
  const node = (script: string) => ({
    ...{
      name: 'node',
      command: process.execPath,
      args: ['-e', script],
      env: { PATH: process.env['PATH'] ?? '' },
    },
  });

  it('tells its processor time and memory, its own and that of what it starts', async () => {
    const work = 'const end = Date.now() + 300; while (Date.now() < end);';
    const child = `require('child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(work)}])`;
    const run = await runToEnd(node(`${child}; console.log('done')`));
    expect(run.stdout).toBe('done\n');
    expect(run.wallMs).toBeGreaterThan(300);
    expect(run.cpuMs).toBeGreaterThan(50);
    if (process.platform === 'linux') expect(run.peakBytes).toBeGreaterThan(50 * 2 ** 20);
  });

  it('is an error with what it said when it fails', async () => {
    await expect(runToEnd(node("console.error('no such luck'); process.exit(3)"))).rejects.toThrow(
      /node ended with 3:\nno such luck/,
    );
  });

  it.runIf(process.platform === 'linux')('ends when it is asked to', async () => {
    const program = new Process(node("console.log('ready'); setInterval(() => {}, 1000)"));
    await program.says('ready');
    expect((await program.end()).stdout).toBe('ready\n');
  });
});

describe('arguments', () => {
  it('have defaults', () => {
    expect(readArguments([], { TALLYD_BENCH_DATA: '/data' })).toEqual({
      ...{ wanted: [], data: '/data', seed: '1', runs: 3, entries: undefined },
      ...{ small: false, check: false, record: false, help: false },
    });
  });

  it('name what is measured, and how much', () => {
    const read = readArguments(['upload', '6', '--entries', '200_000', '--runs=5', '--small'], {});
    expect(read).toMatchObject({ wanted: ['upload', '6'], entries: 200_000, runs: 5, small: true });
  });

  it.each([
    [['--runs', '0'], '--runs must be a whole number above 0, not "0".'],
    [['--entries', '5', '--check'], '--entries cannot go with --check or --record'],
    [['--nonsense'], "Unknown option '--nonsense'"],
  ])('%j are refused with a sentence', (argv, sentence) => {
    expect(() => readArguments(argv, {})).toThrow(ArgumentError);
    expect(() => readArguments(argv, {})).toThrow(sentence);
  });
});

describe('docs/performance.md', () => {
  const page = readFileSync(PAGE, 'utf8');

  it('has the tables of docs/performance.json', () => {
    expect(withTables(page, readDocumented())).toBe(page);
  });

  it('has a place for each size', () => {
    const documented = { machine: 'a machine.', seed: '1', measurements: [compare(pairs)] };
    const text = withTables(page, { full: documented, small: documented });
    expect(text.match(/\| read a file \|/g)).toHaveLength(2);
  });
});
