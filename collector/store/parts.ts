/**
 * Several small uploads as one batch: a statement takes the engine milliseconds however few rows it
 * has, and a batch is some twenty of them.
 *
 * What becomes of each must be what would have become of it alone and in its turn. So nothing may be
 * rejected, and no two of them may have an event in common; otherwise they are written one by one.
 */
import type { Engine } from './engine.ts';
import type { BatchPart, PartReport } from './types.ts';

/** Thrown before anything is stored. */
export class NotTogetherError extends Error {
  constructor() {
    super('these uploads must be written one after another');
    this.name = 'NotTogetherError';
  }
}

/** What was read of one upload. */
interface PartRead {
  path: string;
  read: number;
  models: string[];
}

/** What was read of each part. Throws {@link NotTogetherError} when they must be written one by one. */
export async function readParts(engine: Engine, read: string): Promise<PartRead[]> {
  const parts = await engine.rows<PartRead & { rejected: number; events: number }>(
    `SELECT path, count() AS read, countIf(rejected != '') AS rejected, uniqExact(event_id) AS events, ` +
      `groupUniqArray(toString(model)) AS models FROM ${read} GROUP BY path`,
  );
  const [all] = await engine.rows<{ events: number }>(`SELECT uniqExact(event_id) AS events FROM ${read}`);
  const events = parts.reduce((sum, part) => sum + Number(part.events), 0);
  if (events !== Number(all!.events) || parts.some((part) => Number(part.rejected) > 0))
    throw new NotTogetherError();
  return parts;
}

/**
 * The reports of the parts, in their order.
 * @param best the table of best copies, beside where the store had them
 * @param unpriced models of the batch that have no price
 */
export async function partReports(
  engine: Engine,
  {
    read,
    best,
    parts,
    found,
    unpriced,
  }: {
    read: string;
    best: string;
    parts: readonly BatchPart[];
    found: readonly PartRead[];
    unpriced: readonly string[];
  },
): Promise<PartReport[]> {
  const rows = await engine.rows<{ path: string; accepted: number; revised: number }>(
    `SELECT path, countIf(NOT is_known AND NOT withdrawn) AS accepted, ` +
      `countIf(is_better AND is_known AND content != place_content) AS revised FROM ${best} ` +
      `INNER JOIN (SELECT DISTINCT event_id, path FROM ${read}) AS origin USING (event_id) GROUP BY path`,
  );
  const decided = new Map(rows.map((row) => [row.path, row]));
  const given = new Map(found.map((part) => [part.path, part]));
  return parts.map(({ path }) => {
    const count = Number(given.get(path)?.read ?? 0);
    const accepted = Number(decided.get(path)?.accepted ?? 0);
    const revised = Number(decided.get(path)?.revised ?? 0);
    const models = new Set(given.get(path)?.models);
    return {
      rows: { read: count, accepted, duplicate: count - accepted, rejected: 0, revised },
      unpriced: unpriced.filter((model) => models.has(model)),
    };
  });
}
