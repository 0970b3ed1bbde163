/**
 * What a table has acknowledged is on the disk. ClickHouse by itself leaves the parts of an insert to the
 * system, which writes them within half a minute: a loss of power would take them away after positions
 * and acknowledgements have relied on them.
 */
import type { Engine } from './engine.ts';

/**
 * Merges and mutations, too: the engine would do them again where they did not reach the disk, but leaves
 * their damaged parts in `detached` each time, and opens no table with too many of them.
 */
const SETTINGS = 'fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1';

/** The statement that makes a table, with these settings; any other as it is. */
export function synced(statement: string): string {
  if (!/^CREATE TABLE\b.*\bENGINE = \w*MergeTree\b/s.test(statement)) return statement;
  return `${statement}${/\bSETTINGS\b/.test(statement) ? ',' : ' SETTINGS'} ${SETTINGS}`;
}

/** Tables that an earlier version made get the settings, too. */
export async function syncTables(engine: Engine): Promise<void> {
  const tables = await engine.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'tallyd' AND engine LIKE '%MergeTree' " +
      `AND position(create_table_query, '${SETTINGS}') = 0 ORDER BY name`,
  );
  for (const { name } of tables)
    await engine.command(`ALTER TABLE tallyd.${name} MODIFY SETTING ${SETTINGS}`);
}
