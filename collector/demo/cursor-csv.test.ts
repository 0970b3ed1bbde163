import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { CursorExport, CursorOptions } from './cursor-csv.ts';
import { CURSOR_VARIANTS, cursorHeader, generateCursorCsv, mergedTruth, reviseExport } from './cursor-csv.ts';

const span = { from: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 1, 1) };
const plain: CursorOptions = { seed: 'cursor', rows: 300, ...span, costs: 'mixed' };

type Row = Record<string, string>;

function rowsOf({ file }: CursorExport): Row[] {
  return parse(file.content, { columns: true, bom: true });
}

const any = (row: Row, ...names: string[]) =>
  names.map((name) => row[name]).find((cell) => cell !== undefined);
const count = (cell: string | undefined) => Number((cell ?? '').replaceAll(',', ''));

/** Cells, read by name, against the truth of the row. */
function expectTruth(made: CursorExport): void {
  const rows = rowsOf(made);
  expect(rows).toHaveLength(made.truth.length);
  rows.forEach((row, index) => {
    const truth = made.truth[index] as (typeof made.truth)[0];
    const date = any(row, 'Date', 'readable_timestamp') as string;
    expect(Date.parse(/Z$|^.{10}$/.test(date) ? date : `${date}Z`)).toBe(truth.ts);
    expect(any(row, 'User', 'userEmail') ?? '').toBe(truth.user);
    expect(any(row, 'Kind', 'kind') ?? '').toBe(truth.kind);
    expect(count(any(row, 'Input (w/o Cache Write)', 'inputTokens'))).toBe(truth.input);
    expect(count(any(row, 'Input (w/ Cache Write)', 'cacheWriteTokens'))).toBe(truth.cacheWrite5m);
    expect(count(any(row, 'Cache Read', 'cacheReadTokens'))).toBe(truth.cacheRead);
    expect(count(any(row, 'Output Tokens', 'Output', 'outputTokens'))).toBe(truth.output);
    expect(count(row.Tokens)).toBe(truth.unclassified);
    if (row['Total Tokens']) {
      expect(count(row['Total Tokens'])).toBe(
        truth.input + truth.cacheWrite5m + truth.cacheRead + truth.output,
      );
    }
    const cost = any(row, 'Cost', 'Cost ($)', 'totalCents');
    expect(cost).toBe(truth.costCell);
    const dollars = Number(cost?.replace(/[$,]/g, '') || NaN) / ('totalCents' in row ? 100 : 1);
    if (truth.reportedCostUsd === undefined) expect(dollars).toBeNaN();
    else expect(dollars).toBeCloseTo(Number(truth.reportedCostUsd), 6);
  });
}

describe('cursor exports', () => {
  it('are the same for the same seed and others for another', () => {
    expect(generateCursorCsv(plain)).toEqual(generateCursorCsv(plain));
    expect(generateCursorCsv({ ...plain, seed: 'other' }).file).not.toEqual(generateCursorCsv(plain).file);
  });

  it.each(CURSOR_VARIANTS)('say in variant %s what is true', (variant) => {
    const made = generateCursorCsv({ ...plain, variant });
    expect(made.file.content.split('\n')[0]).toBe(cursorHeader(variant).join(','));
    expectTruth(made);
  });

  const ways: Partial<CursorOptions>[] = [
    { bom: true, crlf: true },
    { quote: 'all', finalNewline: false },
    { quote: 'minimal', thousands: true, costs: 'words' },
    { shuffleColumns: true, extraColumns: true },
    { quotedNewlines: true, variant: 'v3t', quote: 'all' },
    {
      quotedNewlines: true,
      crlf: true,
      quote: 'minimal',
      bom: true,
      shuffleColumns: true,
      finalNewline: false,
    },
    { dates: 'seconds' },
    { dates: 'zoneless', newestFirst: false },
    { dates: 'day', variant: 'v1' },
    { costs: 'dollar', alike: 20 },
  ];
  it.each(ways)('say what is true when written %o', (way) =>
    expectTruth(generateCursorCsv({ ...plain, ...way })),
  );

  it('have an identity for every row, also for rows alike', () => {
    const { truth } = generateCursorCsv({ ...plain, alike: 25 });
    expect(new Set(truth.map(({ identity }) => identity)).size).toBe(300);
    expect(truth.filter(({ identity }) => identity.endsWith('#1')).length).toBeGreaterThan(10);
  });

  it('hold every oddity', () => {
    const { truth } = generateCursorCsv({ ...plain, rows: 3000 });
    const cells = new Set(truth.map(({ costCell }) => costCell));
    for (const word of ['Included', 'Free', '-', 'NaN', '']) expect(cells).toContain(word);
    expect([...cells].some((cell) => /^\$\d,\d{3}\.\d\d$/.test(cell ?? ''))).toBe(true);
    const errors = truth.filter(({ status }) => status === 'error');
    expect(errors.some(({ output, reportedCostUsd }) => output > 0 && Number(reportedCostUsd) > 0)).toBe(
      true,
    );
    expect(errors.every(({ billable }) => !billable)).toBe(true);
    expect(truth.some(({ kind, output }) => kind === 'Included' && output === 0)).toBe(true);
  });
});

describe('a later export', () => {
  const earlier = generateCursorCsv({ ...plain, alike: 10 });
  const until = span.until + 7 * 86_400_000;
  const later = reviseExport(earlier, {
    seed: 'later',
    newer: 50,
    until,
    kinds: 0.1,
    writing: { variant: 'v2t' },
  });
  const first = generateCursorCsv({ ...plain, alike: 10, variant: 'v2t' });

  it('says what is true, overlapping in all but cost and kind', () => {
    expectTruth(later);
    expect(later.truth).toHaveLength(350);
    const merged = mergedTruth(first, later);
    expect(merged).toHaveLength(350);
    const before = new Map(first.truth.map((row) => [row.identity, row]));
    const same = later.truth.filter(({ identity }) => before.has(identity));
    expect(same).toHaveLength(300);
    expect(same.filter((row) => row.costCell !== before.get(row.identity)?.costCell).length).toBeGreaterThan(
      30,
    );
    expect(same.filter((row) => row.kind !== before.get(row.identity)?.kind).length).toBeGreaterThan(10);
  });

  it('may begin later than the earlier one, whose rows then stay as they were', () => {
    const window = reviseExport(first, {
      seed: 'window',
      newer: 20,
      until,
      from: span.from + 15 * 86_400_000,
    });
    expect(window.truth.length).toBeLessThan(300);
    expect(mergedTruth(first, window)).toHaveLength(320);
  });
});
