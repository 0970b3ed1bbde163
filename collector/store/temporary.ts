/** Tables that live as long as one batch. */
import type { Statements } from './engine.ts';

/** Tables that could not be dropped, by engine: a server keeps what is in them in memory. */
const left = new WeakMap<Pick<Statements, 'command'>, Set<string>>();

/**
 * Drops tables, also when something failed. One that cannot be dropped now, because the server is gone,
 * fails nothing: {@link dropLeft} tries it again.
 */
export async function dropTemporary(engine: Pick<Statements, 'command'>, ...tables: string[]): Promise<void> {
  for (const table of tables) {
    try {
      await engine.command(`DROP TABLE IF EXISTS ${table} SYNC`);
    } catch {
      const names = left.get(engine) ?? new Set();
      left.set(engine, names.add(table));
    }
  }
}

/** Drops what earlier batches left. Rejects while it cannot be dropped: then nothing else can be written either. */
export async function dropLeft(engine: Pick<Statements, 'command'>): Promise<void> {
  const names = left.get(engine) ?? new Set<string>();
  for (const table of names) {
    await engine.command(`DROP TABLE IF EXISTS ${table} SYNC`);
    names.delete(table);
  }
}
