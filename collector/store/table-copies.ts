/** All tables of the embedded engine as files, as they were at one moment; and back. */
import { join } from 'node:path';
import type { EmbeddedEngine } from './embedded.ts';
import { migrate, readMigrations } from './migrate.ts';
import type { Migration } from './statements.ts';
import { sqlName, sqlString } from './sql.ts';

/** A table in a file of ClickHouse's Native format. */
export interface TableCopy {
  name: string;
  /** The file's name. */
  file: string;
  columns: string[];
  /** Rows that count: of several states of one, the last. */
  rows: number;
}

/** A migration that was applied. */
export type AppliedMigration = Pick<Migration, 'version' | 'name' | 'hash'>;

export interface StoreCopy {
  schema: AppliedMigration[];
  tables: TableCopy[];
}

const PREFIX = 'backup_';
/** What migrating makes itself. */
const NOT_COPIED = ['schema_migrations', 'schema_migration_lock'];

interface Table {
  name: string;
  engine: string;
}

/** Clones share the parts of their tables, so this takes milliseconds. Nothing may write meanwhile. */
export async function cloneTables(engine: EmbeddedEngine): Promise<Table[]> {
  await dropClones(engine);
  const tables = await engine.rows<Table>(
    "SELECT name, engine FROM system.tables WHERE database = 'tallyd' AND engine LIKE '%MergeTree' ORDER BY name",
  );
  const copied = tables.filter(({ name }) => !NOT_COPIED.includes(name));
  for (const { name } of copied)
    await engine.command(`CREATE TABLE tallyd.${PREFIX}${name} CLONE AS tallyd.${name}`);
  return copied;
}

/** Drops clones, also those of a copy that a crash cut off. */
export async function dropClones(engine: EmbeddedEngine): Promise<void> {
  const clones = await engine.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = 'tallyd' AND startsWith(name, '${PREFIX}')`,
  );
  for (const { name } of clones) await engine.command(`DROP TABLE IF EXISTS tallyd.${name} SYNC`);
}

/** Writes every clone to a file in the folder. */
export async function copyClones(
  engine: EmbeddedEngine,
  tables: readonly Table[],
  folder: string,
): Promise<StoreCopy> {
  const copies: TableCopy[] = [];
  for (const table of tables) {
    const clone = `tallyd.${PREFIX}${table.name}`;
    const columns = await engine.rows<{ name: string }>(`DESCRIBE TABLE ${clone}`);
    const names = columns.map(({ name }) => name);
    const file = `${table.name}.native.zst`;
    await engine.command(
      `INSERT INTO FUNCTION file(${sqlString(join(folder, file))}, 'Native') SELECT ${names.map(sqlName).join(', ')} FROM ${clone}`,
    );
    copies.push({ name: table.name, file, columns: names, rows: await rowsOf(engine, clone, table.engine) });
  }
  const schema = await engine.rows<AppliedMigration>(
    'SELECT version, name, hash FROM tallyd.schema_migrations FINAL ORDER BY version',
  );
  return { schema, tables: copies };
}

/**
 * Fills an empty store: first the schema that the copy has, then its rows. Opening it brings the
 * schema up to date.
 * @throws Error where a table has other rows afterwards than it had
 */
export async function loadCopy(
  engine: EmbeddedEngine,
  { schema, tables }: StoreCopy,
  folder: string,
): Promise<void> {
  const last = schema.at(-1)?.version ?? 0;
  await migrate(
    engine,
    readMigrations().filter(({ version }) => version <= last),
  );
  for (const { name, file, columns, rows } of tables) {
    const table = `tallyd.${name}`;
    // what the migrations put into it is in the copy
    await engine.command(`TRUNCATE TABLE ${table}`);
    const list = columns.map(sqlName).join(', ');
    await engine.command(
      `INSERT INTO ${table} (${list}) SELECT ${list} FROM file(${sqlString(join(folder, file))}, 'Native') ` +
        // in the order of the copy: of two alike the last counts
        `SETTINGS max_threads = 1, max_insert_threads = 1, max_partitions_per_insert_block = 0`,
    );
    const [made] = await engine.rows<Table>(
      `SELECT name, engine FROM system.tables WHERE database = 'tallyd' AND name = ${sqlString(name)}`,
    );
    const loaded = await rowsOf(engine, table, made!.engine);
    if (loaded !== rows)
      throw new Error(`the table ${name} has ${loaded} rows after loading, and had ${rows}`);
  }
}

async function rowsOf(engine: EmbeddedEngine, table: string, kind: string): Promise<number> {
  const [row] = await engine.rows<{ rows: number }>(
    `SELECT count() AS rows FROM ${table}${kind.startsWith('Replacing') ? ' FINAL' : ''}`,
  );
  return Number(row!.rows);
}

/** Why a copy cannot be loaded by this version; undefined when it can. */
export function schemaProblem(schema: readonly AppliedMigration[]): string | undefined {
  const known = readMigrations();
  for (const { version, name, hash } of schema) {
    const ours = known.find((migration) => migration.version === version);
    const title = `${String(version).padStart(4, '0')}_${name}`;
    if (!ours)
      return `it has the schema ${title}, which this version of tallyd does not know: it was made by a newer tallyd. Upgrade tallyd.`;
    if (ours.hash !== hash) return `its schema ${title} is not the one that this version of tallyd knows.`;
  }
  return undefined;
}
