/**
 * Brings the database to the schema of this version: `clickhouse/migrations/NNNN_name.sql` in order,
 * each once. What was applied is kept with a hash of its text, so that a migration that was edited
 * later is noticed instead of ignored. Two processes may start at once: one migrates, the other waits.
 * A new embedded store is made from what they come to instead, see schema-snapshot.ts.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { packageRoot } from '../package-root.ts';
import type { Engine } from './engine.ts';
import { fingerprintOf, readSnapshot } from './schema-snapshot.ts';
import { sqlString } from './sql.ts';
import { type Migration, statements } from './statements.ts';
import { synced } from './synced-tables.ts';

/** A lock older than this was left by a process that died. */
const LOCK_STALE_SECONDS = 60;
const LOCK = 'tallyd.schema_migration_lock';

/** Reads the migrations of a folder, in order. Throws on a gap, a double number or a strange name. */
export function readMigrations(folder = join(packageRoot, 'clickhouse/migrations')): Migration[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file, i) => {
    const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file);
    if (!match) throw new Error(`migration ${file}: a name is NNNN_words.sql`);
    if (Number(match[1]) !== i + 1)
      throw new Error(`migration ${file}: number ${String(i + 1).padStart(4, '0')} is missing or double`);
    const text = readFileSync(join(folder, file), 'utf8');
    return { version: i + 1, name: match[2]!, text, hash: createHash('sha256').update(text).digest('hex') };
  });
}

/** Applies what is missing. @returns the versions applied now. */
export async function migrate(engine: Engine, migrations = readMigrations()): Promise<number[]> {
  await engine.command('CREATE DATABASE IF NOT EXISTS tallyd ENGINE = Atomic');
  await engine.command(
    forEngine(
      'CREATE TABLE IF NOT EXISTS tallyd.schema_migrations (version UInt32, name String, hash String, ' +
        "applied_at DateTime64(3, 'UTC') DEFAULT now64(3)) ENGINE = ReplacingMergeTree(applied_at) ORDER BY version",
      engine,
    ),
  );
  if ((await missing(engine, migrations)).length === 0) return [];
  const owner = randomUUID();
  await lock(engine, owner);
  try {
    const todo = await missing(engine, migrations);
    if (!(await makeAtOnce(engine, todo))) for (const migration of todo) await apply(engine, migration);
    return todo.map((migration) => migration.version);
  } finally {
    await unlock(engine, owner);
  }
}

async function missing(engine: Engine, migrations: readonly Migration[]): Promise<Migration[]> {
  const rows = await engine.rows<{ version: number; name: string; hash: string }>(
    'SELECT version, name, hash FROM tallyd.schema_migrations FINAL ORDER BY version',
  );
  const applied = new Map(rows.map((row) => [row.version, row]));
  for (const row of rows) {
    const known = migrations.find((migration) => migration.version === row.version);
    const title = `${String(row.version).padStart(4, '0')}_${row.name}`;
    if (!known) {
      throw new Error(
        `the store has migration ${title}, which this version of tallyd does not know: the store was written by a newer tallyd. Upgrade tallyd.`,
      );
    }
    if (known.hash !== row.hash) {
      throw new Error(
        `migration ${title} is not the text that was applied to this store: an applied migration must not change; restore the file and add a new migration instead.`,
      );
    }
  }
  return migrations.filter((migration) => !applied.has(migration.version));
}

async function apply(engine: Engine, migration: Migration): Promise<void> {
  for (const statement of statements(migration.text)) {
    await engine.command(forEngine(statement, engine));
  }
  await noteApplied(engine, [migration]);
}

/**
 * Makes an empty embedded store from the snapshot. Not where anything is left of a store that a crash
 * cut off: the migrations go on from any state, the snapshot does not.
 * @returns false, and nothing was done, where the migrations must be applied
 */
async function makeAtOnce(engine: Engine, todo: readonly Migration[]): Promise<boolean> {
  if (engine.kind !== 'embedded') return false;
  const snapshot = readSnapshot();
  if (snapshot.of !== fingerprintOf(todo)) return false;
  const [{ n } = { n: 0 }] = await engine.rows<{ n: number }>(
    "SELECT count() AS n FROM system.tables WHERE database = 'tallyd' AND name NOT LIKE 'schema\\\\_migration%'",
  );
  if (n > 0) return false;
  for (const statement of snapshot.statements) await engine.command(statement);
  await noteApplied(engine, todo);
  return true;
}

async function noteApplied(engine: Engine, migrations: readonly Migration[]): Promise<void> {
  const rows = migrations.map(
    ({ version, name, hash }) => `(${version}, ${sqlString(name)}, ${sqlString(hash)})`,
  );
  await engine.command(
    `INSERT INTO tallyd.schema_migrations (version, name, hash) VALUES ${rows.join(', ')}`,
  );
}

function forEngine(statement: string, engine: Engine): string {
  const made = withCredentials(statement, engine);
  // what a server's tables sync is its operator's to say
  return engine.kind === 'embedded' ? synced(made) : made;
}

/** A dictionary's definition with the credentials its source is read with. */
export function withCredentials(statement: string, engine: Engine): string {
  // a function: a password may hold what replace would take for a pattern
  return statement.replace('SOURCE(CLICKHOUSE(', (source) => source + engine.dictionaryCredentials);
}

/** CREATE TABLE without IF NOT EXISTS succeeds for one of several processes. */
async function lock(engine: Engine, owner: string): Promise<void> {
  for (;;) {
    try {
      await engine.command(`CREATE TABLE ${LOCK} ENGINE = Memory AS SELECT ${sqlString(owner)} AS owner`);
      return;
    } catch (error) {
      if ((error as { type?: string }).type !== 'TABLE_ALREADY_EXISTS') throw error;
    }
    const [age] = await engine.rows<{ seconds: number }>(
      "SELECT toUInt32(now() - metadata_modification_time) AS seconds FROM system.tables WHERE database = 'tallyd' AND name = 'schema_migration_lock'",
    );
    // a data directory has one owner, so a lock found in it is one that a crash left
    const stale = engine.kind === 'embedded' || (age && age.seconds > LOCK_STALE_SECONDS);
    if (stale) await engine.command(`DROP TABLE IF EXISTS ${LOCK} SYNC`);
    else await delay(100);
  }
}

async function unlock(engine: Engine, owner: string): Promise<void> {
  const rows = await engine.rows<{ owner: string }>(`SELECT owner FROM ${LOCK}`).catch(() => []);
  if (rows[0]?.owner === owner) await engine.command(`DROP TABLE IF EXISTS ${LOCK} SYNC`);
}
