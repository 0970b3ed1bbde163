/** How many records of a batch were read and rejected; the same for usage and bills. */
import type { Engine } from './engine.ts';
import type { RejectionScope } from './rejections.ts';
import type { RowCounts } from './types.ts';

export interface ReadCounts {
  /** Records that could be read, and those that could not. */
  read: number;
  rejected: number;
  /** Rejected records by reason; those that an earlier reading of a followed file met are left out. */
  reasons: Record<string, number>;
  /** There are records, and every one of them was rejected. */
  nothingReadable: boolean;
}

export async function readCounts(engine: Engine, table: string, scope: RejectionScope): Promise<ReadCounts> {
  const [good] = await engine.rows<{ read: number }>(`SELECT countIf(rejected = '') AS read FROM ${table}`);
  const reasons = await engine.rows<{ reason: string; records: number; fresh: number }>(
    `SELECT rejected AS reason, count() AS records, countIf(${scope.isNew}) AS fresh ` +
      `FROM ${table} WHERE ${scope.kept} GROUP BY reason`,
  );
  const rejected = reasons.reduce((sum, row) => sum + Number(row.records), 0);
  const read = Number(good!.read) + rejected;
  return {
    read,
    rejected,
    reasons: Object.fromEntries(
      reasons.map((row) => [row.reason, Number(row.fresh)] as const).filter(([, fresh]) => fresh > 0),
    ),
    nothingReadable: rejected > 0 && rejected === read,
  };
}

/** The counts of a report: what was neither new nor rejected was there before. */
export function rowCounts(
  { read, rejected }: ReadCounts,
  { accepted, revised }: { accepted: number; revised: number },
): RowCounts {
  return { read, accepted, duplicate: Math.max(0, read - rejected - accepted), rejected, revised };
}
