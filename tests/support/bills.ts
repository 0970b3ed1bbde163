/** Lines of bills as the store has them, and as a generator says they must be. */
import { type BillTruth, nanosOf } from '../../collector/demo/bill-truth.ts';
import type { Reader } from '../../collector/store/types.ts';

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
