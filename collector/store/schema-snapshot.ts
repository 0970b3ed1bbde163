/**
 * The schema of this version in one file, `clickhouse/schema.sql`: what all migrations come to. An empty
 * embedded store is made from it, in a third of the time, because a view that five migrations define is
 * defined once and its columns are given, so that the engine need not plan its query.
 * The migrations are the truth; the file is made from them (`npm run schema`), and says of which.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import type { Engine } from './engine.ts';
import { type Migration, statements } from './statements.ts';

export interface SchemaSnapshot {
  /** {@link fingerprintOf} the migrations it was made from. */
  of: string;
  statements: readonly string[];
}

export const SNAPSHOT_FILE = join(packageRoot, 'clickhouse/schema.sql');

/** Reads the snapshot. Throws when the file is not there, which is a fault of the installation. */
export function readSnapshot(file = SNAPSHOT_FILE): SchemaSnapshot {
  const text = readFileSync(file, 'utf8');
  return { of: /^-- of: (\w+)$/m.exec(text)?.[1] ?? '', statements: statements(text) };
}

/** A hash of the texts and the order of migrations. */
export function fingerprintOf(migrations: readonly Migration[]): string {
  const hash = createHash('sha256');
  for (const migration of migrations) hash.update(`${migration.version} ${migration.hash}\n`);
  return hash.digest('hex');
}

/** The file's text, from an embedded engine that the migrations were applied to. */
export async function describeSchema(engine: Engine, migrations: readonly Migration[]): Promise<string> {
  const objects = await engine.rows<{ ddl: string }>(
    'SELECT formatQuery(create_table_query) AS ddl FROM system.tables ' +
      "WHERE database = 'tallyd' AND name NOT LIKE 'schema\\\\_migration%' " +
      "ORDER BY engine = 'View', engine = 'Dictionary', name",
  );
  return [
    '-- The whole schema, for reading and for new embedded stores. Made from the migrations by `npm run schema`:',
    '-- do not edit it, add a migration.',
    `-- of: ${fingerprintOf(migrations)}`,
    ...objects.map(({ ddl }) => `\n${ddl.trimEnd()};`),
    '',
  ].join('\n');
}
