/** Deleting everything of a dataset. */
import type { Engine } from './engine.ts';
import type { Generations } from './generations.ts';
import { sqlString } from './sql.ts';

/** How much there was. */
export interface DeletedDataset {
  events: number;
  bills: number;
  rejections: number;
}

/**
 * Usage and bills are hidden in one step, as a `replace` does it: a reader sees all of them or none.
 * Their rows go with the next sweep. What readers never saw beside them, rejected records and the turns
 * of threads, is removed after that, so that a crash in between leaves nothing that would come back.
 * Not while a batch is being written.
 * @returns undefined when there is nothing of such a dataset.
 */
export async function deleteDataset(
  engine: Engine,
  generations: { usage: Generations; bills: Generations },
  dataset: string,
): Promise<DeletedDataset | undefined> {
  const where = `WHERE dataset = ${sqlString(dataset)}`;
  const [row] = await engine.rows<Record<keyof DeletedDataset, number | string>>(
    `SELECT (SELECT count() FROM tallyd.usage ${where}) AS events, ` +
      `(SELECT count() FROM tallyd.billed_costs ${where}) AS bills, ` +
      `(SELECT count() FROM tallyd.rejected_records FINAL ${where}) AS rejections`,
  );
  const [usage, bills] = [await generations.usage.of(dataset), await generations.bills.of(dataset)];
  const found = {
    events: Number(row!.events),
    bills: Number(row!.bills),
    rejections: Number(row!.rejections),
  };
  if (found.events + found.bills + found.rejections === 0) return undefined;
  await engine.exclusively(async () => {
    await generations.usage.hide(usage, dataset);
    await generations.bills.hide(bills, dataset);
  });
  for (const table of ['rejected_records', 'thread_turns'])
    await engine.command(`DELETE FROM tallyd.${table} ${where} SETTINGS lightweight_deletes_sync=2`);
  return found;
}
