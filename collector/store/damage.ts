/** Parts of the embedded store that a disk has damaged: finding them, and setting them aside. */
import { reasonOf } from './passing.ts';
import { sqlString } from './sql.ts';
import type { Reader } from './types.ts';

export interface DamagedPart {
  table: string;
  part: string;
  /** What the engine says is wrong. */
  message: string;
}

/** What the engine says of bytes of its own that are not as it wrote them. */
const DAMAGE =
  /^(CHECKSUM_DOESNT_MATCH|CORRUPTED_DATA|CANNOT_READ_ALL_DATA|CANNOT_DECOMPRESS|UNKNOWN_CODEC|ATTEMPT_TO_READ_AFTER_EOF|TOO_LARGE_SIZE_COMPRESSED)/;

/** Said when the store cannot be opened because a part of it is damaged. */
export class StoreDamagedError extends Error {
  constructor(path: string, cause: unknown) {
    super(
      `the store in ${path} is damaged (${reasonOf(cause)}). Copy the data directory, then: tallyd doctor names the ` +
        'damaged parts, and tallyd doctor --set-aside takes them out; see docs/operations.md, "A damaged store".',
      { cause },
    );
    this.name = 'StoreDamagedError';
  }
}

/** The error to throw in the place of one that the engine gave while the store in `path` was opened. */
export function explainedDamage(path: string, error: unknown): unknown {
  return DAMAGE.test(String((error as { type?: unknown }).type)) ? new StoreDamagedError(path, error) : error;
}

/** Reads every part of every table and compares it with its checksums. */
export async function damagedParts(reader: Reader): Promise<DamagedPart[]> {
  const tables = await reader.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'tallyd' AND engine LIKE '%MergeTree' ORDER BY name",
  );
  const damaged: DamagedPart[] = [];
  for (const { name } of tables) {
    const parts = await reader.rows<{ part_path: string; is_passed: number; message: string }>(
      `CHECK TABLE tallyd.${name} SETTINGS check_query_single_value_result = 0`,
    );
    for (const { part_path: part, is_passed: passed, message } of parts)
      if (!passed) damaged.push({ table: name, part, message: message.split('\n', 1)[0]!.slice(0, 300) });
  }
  return damaged;
}

/**
 * Takes damaged parts out of their tables, into the folder `detached` of each. What the rest of the store
 * knows of their events is forgotten, so that reading their files again brings them back.
 */
export async function setAside(
  store: Reader & { command(sql: string): Promise<void> },
  damaged: readonly DamagedPart[],
): Promise<void> {
  for (const { table, part } of damaged)
    await store.command(`ALTER TABLE tallyd.${table} DETACH PART ${sqlString(part)}`);
  if (damaged.length === 0) return;
  await store.command(
    'DELETE FROM tallyd.usage_event_places WHERE (event_id, generation) NOT IN ' +
      '(SELECT event_id, generation FROM tallyd.usage_events) SETTINGS lightweight_deletes_sync = 2',
  );
}
