/** Lines of bills as the store has them, as a generator says they must be, and a store to send them to. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll } from 'vitest';
import { type BillTruth, type GeneratedBill, nanosOf } from '../../collector/demo/bill-truth.ts';
import { DAY } from '../../collector/demo/clock.ts';
import type { TableWriting } from '../../collector/demo/table-text.ts';
import { builtInFormats } from '../../collector/formats/index.ts';
import type { Store } from '../../collector/store/store.ts';
import type { BatchReport, Reader } from '../../collector/store/types.ts';
import { readFile } from './read-fixture.ts';
import { openTestStore, temporaryFolder } from './store.ts';

/** Ways to write an export; none of them changes what it says. */
export const writing: fc.Arbitrary<TableWriting> = fc.record({
  bom: fc.boolean(),
  crlf: fc.boolean(),
  quote: fc.constantFrom('all', 'minimal'),
  finalNewline: fc.boolean(),
  blankLinesAtEnd: fc.boolean(),
  shuffleColumns: fc.boolean(),
  shuffleRows: fc.boolean(),
  extraColumns: fc.boolean(),
});

export interface Period {
  seed: number;
  from: number;
  until: number;
}

export type MakeBill = (
  period: Period,
  how: TableWriting & { amounts?: number; shownFrom?: number; shownUntil?: number },
) => GeneratedBill;

export interface BillBench {
  store: () => Store;
  /** A path in the bench's folder that nothing else has. */
  path: (ending: string) => string;
  /** Writes a file there. @returns its path */
  write: (content: string | Buffer) => string;
  upload: (content: string, dataset: string, more?: object) => Promise<BatchReport>;
  /** Days of its own: lines alike of two periods would be one. */
  period: () => Period;
}

/** A store for the tests of a file, opened before and removed after them. `days`: of each period. */
export function useBillBench(name: string, days = 9): BillBench {
  const folder = temporaryFolder(name);
  let store: Store;
  let periods = 0;
  let files = 0;
  beforeAll(async () => {
    store = await openTestStore(join(folder.path, 'store'));
  });
  afterAll(async () => {
    await store.close();
    folder.remove();
  });
  const path = (ending: string): string => join(folder.path, `bill-${++files}.${ending}`);
  const write = (content: string | Buffer): string => {
    const file = path('csv');
    writeFileSync(file, content);
    return file;
  };
  return {
    store: () => store,
    path,
    write,
    upload: async (content, dataset, more = {}) =>
      (await readFile(store, write(content), { formats: builtInFormats, dataset, ...more })).report,
    period: () => {
      const from = Date.UTC(2021, 0, 1) + ++periods * 30 * DAY;
      return { seed: periods, from, until: from + days * DAY };
    },
  };
}

/** The lines of a dataset, each as text, sorted: equal lines stand as often as they are stored. */
export async function storedBills(store: Reader, dataset: string): Promise<string[]> {
  const rows = await store.rows<Omit<BillTruth, 'nanos'> & { charged: string }>(
    `SELECT toString(day) AS day, model, line_item AS lineItem, project, user, ` +
      `toString(amount) AS charged, currency FROM tallyd.billed_costs WHERE dataset = '${dataset}'`,
  );
  return sorted(rows.map((row) => ({ ...row, nanos: nanosOf(row.charged) })));
}

export function sorted(lines: readonly BillTruth[]): string[] {
  return lines
    .map(({ day, model, lineItem, project, user, nanos, currency }) =>
      JSON.stringify([day, model, lineItem, project, user, String(nanos), currency]),
    )
    .sort();
}
