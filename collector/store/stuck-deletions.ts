/**
 * Deletions that can never be carried out. Those of earlier versions looked into the table of their batch,
 * which is gone when the engine takes up after a crash what it had not finished; and until they are
 * given up, every later deletion from the same table waits for them. What they were to take away is
 * taken away when its file is read again.
 */
import type { Engine } from './engine.ts';

/** Of the embedded engine, before any batch is written. */
export async function dropStuckDeletions(engine: Engine): Promise<void> {
  const stuck = "database = 'tallyd' AND NOT is_done AND position(command, 'tallyd.batch_') > 0";
  const rows = await engine.rows(`SELECT mutation_id FROM system.mutations WHERE ${stuck}`);
  if (rows.length > 0) await engine.command(`KILL MUTATION WHERE ${stuck} SYNC`);
}
